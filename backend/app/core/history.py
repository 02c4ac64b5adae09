"""The conversation so far: items in order, as clients edit them and as the language model is to see them.

What was not heard was not said: an answer that was cut off counts as what the speaker heard of it. The rest of its
text is kept beside that, for a later truncation may correct the estimate.
"""

from collections.abc import Callable
from dataclasses import replace

from app.core.chat import Message, chat_messages, item_tokens, turns
from app.core.items import Item, Part

__all__ = ["ROOT", "DuplicateItem", "History", "Item", "Part", "UnknownItem"]

ROOT = "root"
"""As `after`: in front of everything."""

# When the history outgrows the budget it is cut to this share of it. Cutting off only as much as needed would change
# the beginning with every turn, and the model server would have to read everything again each time.
_KEPT_SHARE = 0.5


class DuplicateItem(KeyError):  # noqa: N818 - said of the request, as the protocol says it
    """There is an item with this id already."""


class UnknownItem(KeyError):  # noqa: N818 - said of the request, as the protocol says it
    """There is no item with this id."""


class History:
    """At most `limit` items in order; the oldest make room for new ones."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._items: dict[str, Item] = {}
        self._order: list[str] = []
        self._first_sent: str | None = None

    def copy(self) -> "History":
        """Return another history with the same items, to try something out on."""
        other = History(self._limit)
        other._items, other._order = dict(self._items), list(self._order)
        other._first_sent = self._first_sent
        return other

    def items(self) -> tuple[Item, ...]:
        """Return all items in order."""
        return tuple(self._items[item_id] for item_id in self._order)

    def find(self, item_id: str) -> Item | None:
        """Return an item, None if there is none."""
        return self._items.get(item_id)

    def get(self, item_id: str) -> Item:
        """Return an item.

        Raises:
            UnknownItem: there is none.
        """
        if item_id not in self._items:
            raise UnknownItem(item_id)
        return self._items[item_id]

    def previous_id(self, item_id: str) -> str | None:
        """Return the id of the item before this one, None for the first.

        Raises:
            UnknownItem: there is no item with this id.
        """
        at = self._index(item_id)
        return self._order[at - 1] if at else None

    def add(self, item: Item, after: str | None = None) -> None:
        """Put an item at the end, in front of everything (`ROOT`), or after the item with the id `after`.

        Raises:
            DuplicateItem: its id is taken.
            UnknownItem: there is no item `after`.
        """
        if item.id in self._items:
            raise DuplicateItem(item.id)
        at = len(self._order) if after is None else 0 if after == ROOT else self._index(after) + 1
        self._order.insert(at, item.id)
        self._items[item.id] = item
        if len(self._order) > self._limit:
            self.delete(next(each for each in self._order if each != item.id))

    def replace(self, item: Item) -> None:
        """Put an item in the place of the one with its id.

        Raises:
            UnknownItem: there is none.
        """
        self.get(item.id)
        self._items[item.id] = item

    def delete(self, item_id: str) -> None:
        """Take an item out.

        Raises:
            UnknownItem: there is none.
        """
        at = self._index(item_id)
        if item_id == self._first_sent:
            self._first_sent = self._order[at + 1] if at + 1 < len(self._order) else None
        del self._order[at], self._items[item_id]

    def truncate(self, item_id: str, heard_text: str) -> None:
        """Write down what was heard of an answer; a second time corrects the first.

        The item becomes incomplete unless everything was heard.

        Raises:
            UnknownItem: there is none.
            ValueError: it is no message of the assistant.
        """
        item = self.get(item_id)
        if item.role != "assistant":
            raise ValueError(f"{item_id} is no message of the assistant")
        heard = (heard_text, *[""] * (len(item.parts) - 1))
        cut = replace(
            item, parts=tuple(replace(part, heard=text) for part, text in zip(item.parts, heard, strict=False))
        )
        self._items[item_id] = replace(cut, status="incomplete" if cut.cut_off else item.status)

    def messages(self, budget_tokens: int, count: Callable[[str], int]) -> list[Message]:
        """Return the chat messages for the language model, in `budget_tokens` as `count` counts a text.

        When it does not fit, whole turns are left out from the oldest on, down to half the budget, and stay out. The
        newest turn is always there, whatever its length.
        """
        items = self.items()
        start = 0 if self._first_sent is None else self._index(self._first_sent)
        kept = turns(items[start:])
        costs = [sum(item_tokens(item, count) for item in turn) for turn in kept]
        if sum(costs) > budget_tokens:
            while len(kept) > 1 and sum(costs) > budget_tokens * _KEPT_SHARE:
                del kept[0], costs[0]
            self._first_sent = kept[0][0].id if kept else None
        return chat_messages([item for turn in kept for item in turn])

    def _index(self, item_id: str) -> int:
        self.get(item_id)
        return self._order.index(item_id)
