"""Which web pages may talk to us.

A server on loopback is open to every page that its owner visits. So a page is known by its `Origin`, and one that calls
itself by our address (DNS rebinding) by the `Host` that it came to.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from app.web.errors import Refused

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def loopback_hosts(listening: str, allowed: tuple[str, ...]) -> frozenset[str]:
    """Return the names by which a server that listens on loopback may be called."""
    return frozenset({*_LOOPBACK, listening, *(urlsplit(origin).hostname or "" for origin in allowed)})


@dataclass(frozen=True, slots=True)
class Origins:
    """Who may come.

    Args:
        allowed: origins of other pages that may connect.
        hosts: the names we may be called by; None is any, for where keys are needed: a page that calls itself
            by our address has no cookie of ours.
    """

    allowed: tuple[str, ...] = ()
    hosts: frozenset[str] | None = None

    def check(self, connection: HTTPConnection) -> None:
        """Let a connection pass, or not.

        Raises:
            Refused: it asks for a host that we are not, or comes from a page that is not ours.
        """
        host = connection.headers.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                "This server answers at localhost only. Add an origin to ALLOWED_ORIGINS to let another name in.",
                code="unknown_host",
            )
        origin = connection.headers.get("origin")
        is_harmless = connection.scope["type"] == "http" and connection.scope["method"] in _SAFE_METHODS
        if origin is None or is_harmless or origin in self.allowed:
            return
        # A proxy may speak TLS for us, so that the scheme, and with it an unwritten port, is the page's to say.
        if _address(origin) is None or _address(origin) != _address(f"{urlsplit(origin).scheme}://{host}"):
            raise Refused(
                HTTPStatus.FORBIDDEN,
                "This web page may not connect: its origin is neither this server's nor one of ALLOWED_ORIGINS.",
                code="origin_not_allowed",
            )


def _name(host: str) -> str | None:
    address = _address(f"http://{host}")
    return address and address[0]


def _address(url: str) -> tuple[str, int | None] | None:
    """Host and port; None for what is no address, such as the origin `null`."""
    try:
        parts = urlsplit(url)
        return (parts.hostname, parts.port or _PORTS.get(parts.scheme)) if parts.hostname else None
    except ValueError:
        return None
