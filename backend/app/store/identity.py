"""Who a new conversation is."""

from secrets import token_hex, token_urlsafe

from app.ports import KeptConversation


def new_conversation() -> KeptConversation:
    """Return an empty conversation; nobody guesses its id, and much less its token."""
    return KeptConversation(id=f"conv_{token_hex(10)}", token=token_urlsafe(32))
