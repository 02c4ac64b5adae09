"""The items of one session: kept in the history, told to the client."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.core.heard import heard_of
from app.core.history import History, Item, Part
from app.core.prompt import build, estimate_tokens
from app.errors import RequestError
from app.ports import ChatMessage
from app.wire import server_events as wire
from app.wire.items import to_wire

_OVERSHOOT_MS = 2_000  # a client's count of what it played may run this far past what it was sent


class Conversation:
    """What was said, in order. `tell` sends a message to the client at once."""

    def __init__(self, tell: Callable[[wire.ServerEvent], None], *, longest: int) -> None:
        self.history = History(longest)
        self._tell = tell
        self._sentences: dict[str, list[tuple[str, int]]] = {}

    def add(self, item: Item, after: str | None = None) -> None:
        """Take an item in and tell the client.

        Args:
            item: with an id that is not taken.
            after: the id it follows; "root" for the front, None for the end.

        Raises:
            DuplicateItem: the id is taken.
            UnknownItem: there is no item `after`.
        """
        self.history.add(item, after)
        self._forget_lost_sentences()
        previous, shown = self.history.previous_id(item.id), to_wire(item)
        self._tell(wire.ConversationItemAdded(previous, shown))
        self._tell(wire.ConversationItemDone(shown, previous))

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

    def speak(self, item: Item, sentences: list[tuple[str, int]]) -> None:
        """Write down how far the assistant's item has grown; `sentences` are (text, milliseconds) and may grow on."""
        if self.history.find(item.id) is not None:
            self.history.replace(item)
            self._sentences[item.id] = sentences

    def cut(self, item_id: str, heard: str) -> None:
        """Keep of the assistant's item only what was heard."""
        if self.history.find(item_id) is not None:
            self.history.truncate(item_id, heard)

    def truncate(self, item_id: str, played_ms: int) -> None:
        """Correct what was heard of an item, by the client's own count of what it played.

        Raises:
            UnknownItem: there is no such item.
            RequestError: it is no spoken answer, or the count is far beyond its sound.
        """
        item = self.history.get(item_id)
        if item.role != "assistant":
            raise RequestError("Only an assistant's message can be truncated.", param="item_id")
        sentences = self._sentences.get(item_id, [])
        whole_ms = sum(audio_ms for _, audio_ms in sentences)
        if sentences and played_ms > whole_ms + _OVERSHOOT_MS:
            message = f"The item has {whole_ms} ms of sound; audio_end_ms is {played_ms}."
            raise RequestError(message, code="audio_end_ms_out_of_range", param="audio_end_ms")
        if sentences:
            self.history.truncate(item_id, heard_of(sentences, played_ms))
        self._tell(wire.ConversationItemTruncated(item_id=item_id, content_index=0, audio_end_ms=played_ms))

    def delete(self, item_id: str) -> None:
        """Take an item out.

        Raises:
            UnknownItem: there is no such item.
        """
        self.history.delete(item_id)
        self._sentences.pop(item_id, None)
        self._tell(wire.ConversationItemDeleted(item_id=item_id))

    def retrieve(self, item_id: str) -> None:
        """Show an item to the client.

        Raises:
            UnknownItem: there is no such item.
        """
        self._tell(wire.ConversationItemRetrieved(item=to_wire(self.history.get(item_id))))

    def messages(self, system: str, budget_tokens: int, unreleased: Sequence[Item] = ()) -> list[ChatMessage]:
        """Return the language model's messages: instructions, then as much of the history as fits.

        Args:
            system: the instructions.
            budget_tokens: for the history.
            unreleased: items that are not in the history yet, because their turn is not sure.
        """
        history = self.history
        if unreleased:
            history = history.copy()
            for item in unreleased:
                history.add(item)
        return build(system, history.messages(budget_tokens, estimate_tokens))

    def _forget_lost_sentences(self) -> None:
        for item_id in [each for each in self._sentences if self.history.find(each) is None]:
            del self._sentences[item_id]
