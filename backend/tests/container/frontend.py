"""The container under test, as its callers see it."""

import ssl
from dataclasses import dataclass

AUTHORITY = "/data/caddy/pki/authorities/local/root.crt"
PLAIN, TLS = "http://localhost:5173", "https://localhost:8443"


@dataclass(frozen=True, slots=True)
class Frontend:
    """The running container, the trust of who installed its authority, and where the mocks tell their state."""

    name: str
    trust: ssl.SSLContext
    mocks: str
