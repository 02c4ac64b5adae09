"""The assistant as another process serves it."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen


@dataclass(frozen=True, slots=True)
class Assistant:
    """Where it listens, and its mock servers."""

    websocket: str
    mocks: str

    def change(self, service: str, **changes: Any) -> None:
        """Tell a mock server what to answer from now on."""
        self._ask(service, "POST", json.dumps(changes).encode())

    def restore(self) -> None:
        """Begin anew, with the time that real models take: pipecat mixes up who spoke first within a millisecond."""
        for service, delays in (("stt", {"delay_ms": 40}), ("llm", {"first_token_ms": 80})):
            self._ask(service, "DELETE")
            self.change(service, **delays)

    def _ask(self, service: str, method: str, body: bytes | None = None) -> None:
        urlopen(Request(f"{self.mocks}/{service}", body, method=method), timeout=5).close()  # noqa: S310 - our own
