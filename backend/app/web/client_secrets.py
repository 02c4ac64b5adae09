"""Short-lived secrets that a trusted server fetches for somebody's browser: they begin sessions, and nothing else.

They are kept in memory, by their hash, and end with the process.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field

from app.web.errors import Refused
from app.wire.received import AnyObject, Received
from app.wire.sent import JsonObject

PREFIX = "ek_"
MOST = 1000


class ExpiresAfter(Received):
    """How long a secret lasts."""

    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, Field(ge=10, le=7200)] = 600


class SecretRequest(Received):
    """Body of `POST /v1/realtime/client_secrets`; `session` is as in `session.update`."""

    expires_after: ExpiresAfter = ExpiresAfter()
    session: AnyObject = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """What a secret stands for: what the session is to be, until when (Unix seconds) it can be begun."""

    session: JsonObject
    expires_at: float


@dataclass(slots=True)
class ClientSecrets:
    """All secrets that have not expired. `clock` tells Unix seconds."""

    clock: Callable[[], float]
    _by_hash: dict[bytes, ClientSecret] = field(default_factory=dict)

    def make(self, asked: SecretRequest) -> tuple[str, ClientSecret]:
        """Return a new secret and what it stands for.

        Raises:
            Refused: there are too many.
        """
        now = self.clock()
        self._by_hash = {hashed: kept for hashed, kept in self._by_hash.items() if kept.expires_at > now}
        if len(self._by_hash) >= MOST:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"There are {MOST} client secrets already. Wait until some expire.",
                code="too_many_client_secrets",
            )
        value = PREFIX + secrets.token_urlsafe(32)
        made = self._by_hash[_hash(value)] = ClientSecret(asked.session, int(now) + asked.expires_after.seconds)
        return value, made

    def find(self, value: str) -> ClientSecret | None:
        """Return what a secret stands for, unless it is unknown or expired."""
        found = self._by_hash.get(_hash(value))
        return found if found and found.expires_at > self.clock() else None


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "surrogateescape")).digest()
