"""The file in which the supervisor tells the backend how each program fares; replaced whole, never half written.

{"pid": 1, "services": {"tts": {"state": "ready", "pid": 2, "restarts": 1, "last_exit": "signal SIGKILL",
"since": "2030-01-01T00:00:00+00:00"}}}
"""

import json
import os
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

State = Literal["starting", "ready", "waiting", "stopped"]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How one program fares; `waiting` means that it ended and will be started again."""

    state: State = "starting"
    pid: int | None = None
    restarts: int = 0
    last_exit: str | None = None
    since: str = field(default_factory=_now)


@dataclass(slots=True)
class StateFile:
    """Keeps `file` equal to what is known of each program."""

    file: Path
    services: dict[str, ServiceState] = field(default_factory=dict)

    def update(self, name: str, **changes: Any) -> None:
        """Change what is known of a program and write the file."""
        before = self.services.get(name, ServiceState())
        self.services[name] = replace(before, since=_now(), **changes)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        known = {service: asdict(state) for service, state in self.services.items()}
        fresh = self.file.with_name(f"{self.file.name}.new")
        fresh.write_text(json.dumps({"pid": os.getpid(), "services": known}))
        fresh.replace(self.file)
