"""The items of one session: in the history, told to the client, and noted for keeping."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from app.core.heard import heard_of
from app.core.history import History, Item, Part
from app.core.prompt import build, estimate_tokens
from app.errors import RequestError
from app.ports import ChatMessage, KeptItem
from app.session.keeping import Keeping
from app.wire import server_events as wire
from app.wire.items import to_wire

_OVERSHOOT_MS = 2_000  # a client's count of what it played may run this far past what it was sent


def heard_item(item_id: str, words: str | None) -> Item:
    """Return the item of an utterance; `words` None: they are not known yet."""
    return Item(id=item_id, kind="message", role="user", parts=(Part("input_audio", words),), status="completed")


@dataclass(slots=True)
class Speech:
    """An answer as it grows. More may be written than was sent, and more sent than was heard."""

    sentences: list[tuple[str, int]] = field(default_factory=list)  # sent: (text, milliseconds of sound)
    written: str = ""
    finished: bool = False  # nothing more will be written


class Conversation:
    """What was said, in order. `tell` sends a message to the client at once."""

    def __init__(self, tell: Callable[[wire.ServerEvent], None], *, longest: int) -> None:
        self.history = History(longest)
        self.keeping: Keeping | None = None  # set once, by the session, as they need each other
        self._tell = tell
        self._speeches: dict[str, Speech] = {}

    def add(self, item: Item, after: str | None = None) -> None:
        """Take an item in and tell the client.

        Args:
            item: with an id that is not taken.
            after: the id it follows; "root" for the front, None for the end.

        Raises:
            DuplicateItem: the id is taken.
            UnknownItem: there is no item `after`.
        """
        previous, shown = self.open(item, after), to_wire(item)
        self._tell(wire.ConversationItemAdded(previous, shown))
        self._tell(wire.ConversationItemDone(shown, previous))

    def open(self, item: Item, after: str | None = None) -> str | None:
        """Take an item in, and return the id of the one before it; whoever calls this tells the client.

        Raises:
            DuplicateItem: the id is taken.
            UnknownItem: there is no item `after`.
        """
        self.history.add(item, after)
        self._forget_lost_speeches()
        if self.keeping:
            self.keeping.place([each.id for each in self.history.items()])
        return self.history.previous_id(item.id)

    def restore(self, kept: Sequence[KeptItem]) -> None:
        """Take in what was kept; the history must be empty."""
        for each in kept:
            self.history.add(each.item)
            if each.sentences:
                self._speeches[each.item.id] = Speech(list(each.sentences), each.written, each.finished)

    def read_item(self, item_id: str, position: int) -> KeptItem | None:
        """Return an item as it is to be kept; None while nothing is said in it."""
        item, speech = self.history.find(item_id), self._speeches.get(item_id, Speech(finished=True))
        if item is None or (
            item.kind == "message" and not speech.written and not any(part.text for part in item.parts)
        ):
            return None
        return KeptItem(item, position, tuple(speech.sentences), speech.written, speech.finished)

    def _changed(self, item_id: str) -> None:
        if self.keeping:
            self.keeping.change(item_id)

    @property
    def last_id(self) -> str | None:
        """The id of the last item."""
        items = self.history.items()
        return items[-1].id if items else None

    def hear(self, item_id: str, transcript: str) -> None:
        """Write down what the speaker said in an item whose words were not known, if it is still there."""
        item = self.history.find(item_id)
        if item is not None:
            self.history.replace(replace(item, parts=(Part("input_audio", transcript),)))
            self._changed(item_id)

    def speak(self, item: Item, speech: Speech) -> None:
        """Write down how far the assistant's item has grown; `speech` may grow on, see `grow`."""
        if self.history.find(item.id) is not None:
            self.history.replace(item)
            self._speeches[item.id] = speech
            self._changed(item.id)

    def grow(self, item_id: str) -> None:
        """Take note that the speech of the assistant's item has grown."""
        if item_id in self._speeches:
            self._changed(item_id)

    def cut(self, item_id: str, heard: str) -> None:
        """Keep of the assistant's item only what was heard."""
        if self.history.find(item_id) is not None:
            self.history.truncate(item_id, heard)
            self._changed(item_id)

    def settle(self, item_id: str, heard: str) -> None:
        """Leave of an answer that another item goes on with what was heard; nothing, if nothing was."""
        item = self.history.get(item_id)
        self._speeches.pop(item_id, None)
        if heard.strip():
            parts = (Part(item.parts[0].kind, heard.rstrip()),)
            self.history.replace(replace(item, parts=parts, status="completed"))
            self._changed(item_id)
        else:
            self._forget(item_id)

    def truncate(self, item_id: str, played_ms: int) -> None:
        """Correct what was heard of an item, by the client's own count of what it played.

        Raises:
            UnknownItem: there is no such item.
            RequestError: it is no spoken answer, or the count is far beyond its sound.
        """
        item = self.history.get(item_id)
        if item.role != "assistant":
            raise RequestError("Only an assistant's message can be truncated.", param="item_id")
        sentences = self._speeches.get(item_id, Speech()).sentences
        whole_ms = sum(audio_ms for _, audio_ms in sentences)
        if sentences and played_ms > whole_ms + _OVERSHOOT_MS:
            message = f"The item has {whole_ms} ms of sound; audio_end_ms is {played_ms}."
            raise RequestError(message, code="audio_end_ms_out_of_range", param="audio_end_ms")
        if sentences:
            self.history.truncate(item_id, heard_of(sentences, played_ms))
            self._changed(item_id)
        self._tell(wire.ConversationItemTruncated(item_id=item_id, content_index=0, audio_end_ms=played_ms))

    def delete(self, item_id: str) -> None:
        """Take an item out.

        Raises:
            UnknownItem: there is no such item.
        """
        self._forget(item_id)
        self._tell(wire.ConversationItemDeleted(item_id=item_id))

    def _forget(self, item_id: str) -> None:
        self.history.delete(item_id)
        self._speeches.pop(item_id, None)
        if self.keeping:
            self.keeping.delete(item_id)

    def retrieve(self, item_id: str) -> None:
        """Show an item to the client.

        Raises:
            UnknownItem: there is no such item.
        """
        self._tell(wire.ConversationItemRetrieved(item=to_wire(self.history.get(item_id))))

    def messages(
        self, system: str, budget_tokens: int, unreleased: Sequence[Item] = (), *, without: str | None = None
    ) -> list[ChatMessage]:
        """Return the language model's messages: instructions, then as much of the history as fits.

        Args:
            system: the instructions.
            budget_tokens: for the history.
            unreleased: items that are not in the history yet, because their turn is not sure.
            without: id of an item to leave out.
        """
        history = self.history
        if unreleased or without:
            history = history.copy()
            for item in unreleased:
                history.add(item)
            if without and history.find(without):
                history.delete(without)
        return build(system, history.messages(budget_tokens, estimate_tokens))

    def _forget_lost_speeches(self) -> None:
        for item_id in [each for each in self._speeches if self.history.find(each) is None]:
            del self._speeches[item_id]
