"""What the opening handshake of the WebSocket says of the client."""

from collections.abc import Iterable, Mapping

SUBPROTOCOL = "realtime"
_BETA_SUBPROTOCOL = "openai-beta.realtime-v1"
_KEY_PREFIX = "openai-insecure-api-key."


def select_subprotocol(offered: Iterable[str]) -> str | None:
    """Return the one to answer with: `realtime` if it is offered, else none. Never one that holds a key."""
    return SUBPROTOCOL if SUBPROTOCOL in offered else None


def is_beta(headers: Mapping[str, str], offered: Iterable[str]) -> bool:
    """Say whether the client asks for the Realtime API of before September 2025, whose names we do not speak."""
    asked = next((value for name, value in headers.items() if name.lower() == "openai-beta"), "")
    return "realtime=v1" in asked or _BETA_SUBPROTOCOL in offered


def offered_key(offered: Iterable[str]) -> str | None:
    """Return the key that a browser, which cannot set headers, hid among its subprotocols. Never log it."""
    return next((name.removeprefix(_KEY_PREFIX) for name in offered if name.startswith(_KEY_PREFIX)), None)
