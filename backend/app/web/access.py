"""Who may come in: a key in the `Authorization` header or among the subprotocols, or the cookie made from one.

No code here is one of those over which stock clients give up for good (`invalid_api_key` and its like).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from app.web.client_secrets import PREFIX, ClientSecret, ClientSecrets
from app.web.errors import Refused
from app.web.keys import COOKIE, Keys, Role
from app.wire.handshake import offered_key

REALTIME = "/v1/realtime"
SIGN_IN = "/v1/sign-in"
METRICS = "/metrics"
_MOST_FAILURES = 10  # wrong keys from one address before it has to wait
_FORGOTTEN_PER_S = 0.1
_MOST_ADDRESSES = 1000


def role_for(path: str) -> Role | None:
    """Return who may see a path; None is anybody: the page, its files, the health probes, the sign-in."""
    if path == METRICS:
        return "operator"
    return "speaker" if path.startswith("/v1/") and path != SIGN_IN else None


@dataclass(slots=True)
class Failures:
    """Counts the wrong keys of each address, and forgets them slowly. `clock` tells seconds that only grow."""

    clock: Callable[[], float]
    _by_address: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # how many, when

    def add(self, address: str) -> None:
        """Take note of a wrong key."""
        self._by_address[address] = (self._left(address) + 1, self.clock())
        self._by_address.move_to_end(address)
        if len(self._by_address) > _MOST_ADDRESSES:
            self._by_address.popitem(last=False)

    def check(self, address: str) -> None:
        """Let an address try a key, or not.

        Raises:
            Refused: too many were wrong.
        """
        if self._left(address) > _MOST_FAILURES - 1:
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Too many wrong keys came from this address. Wait a minute.",
                code="too_many_wrong_keys",
                headers={"Retry-After": "60"},
            )

    def _left(self, address: str) -> float:
        count, then = self._by_address.get(address, (0.0, 0.0))
        return max(0.0, count - (self.clock() - then) * _FORGOTTEN_PER_S)


@dataclass(frozen=True, slots=True)
class Access:
    """Decides for each connection. `clock` tells Unix seconds."""

    keys: Keys
    secrets: ClientSecrets
    failures: Failures
    clock: Callable[[], float]

    def admit(self, connection: HTTPConnection) -> ClientSecret | None:
        """Let a connection in; what its client secret stands for is returned if it came with one.

        Raises:
            Refused: it has no key, or a wrong one, or one that opens something else.
        """
        role = role_for(connection.scope["path"])
        if role is None:
            return None
        given = _bearer(connection.headers) or offered_key(connection.scope.get("subprotocols", ()))
        if given and given.startswith(PREFIX):
            return self._admit_secret(given, connection)
        if not self.keys.for_role(role):
            return None
        if given:
            self.try_key(given, role, connection)
        elif not self.keys.knows_token(connection.cookies.get(COOKIE, ""), role, self.clock()):
            raise _unauthorized("This needs a key: send it as a bearer token, or sign in.", "key_needed")
        return None

    def try_key(self, given: str, role: Role, connection: HTTPConnection) -> None:
        """Compare a key.

        Raises:
            Refused: it is wrong, or too many were.
        """
        address = _address(connection)
        self.failures.check(address)
        if not self.keys.knows(given, role):
            self.failures.add(address)
            raise _unauthorized("The key is wrong.", "wrong_key")

    def _admit_secret(self, given: str, connection: HTTPConnection) -> ClientSecret:
        address = _address(connection)
        self.failures.check(address)
        secret = self.secrets.find(given)
        if secret is None:
            self.failures.add(address)
            raise _unauthorized(
                "The client secret is unknown or has expired: fetch a new one.", "unknown_client_secret"
            )
        if connection.scope["path"] != REALTIME:
            raise Refused(
                HTTPStatus.FORBIDDEN, f"A client secret opens {REALTIME} only.", code="client_secret_not_allowed"
            )
        return secret


def _address(connection: HTTPConnection) -> str:
    return connection.client.host if connection.client else ""


def _bearer(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _unauthorized(message: str, code: str) -> Refused:
    return Refused(HTTPStatus.UNAUTHORIZED, message, code=code, headers={"WWW-Authenticate": "Bearer"})
