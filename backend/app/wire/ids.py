"""Identifiers of everything that has one on the wire: `resp_…`, `item_…`, `event_…`."""

from secrets import token_hex


def new_id(kind: str) -> str:
    """Return `kind`, an underscore and 80 random bits: nobody guesses another session's item."""
    return f"{kind}_{token_hex(10)}"
