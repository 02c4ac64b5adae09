"""One response on the wire: its frame of events in their order, and what the history keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from app.core.commands import CancelReason
from app.core.heard import heard_of
from app.core.history import Item, Part
from app.core.tool_text import ToolCall
from app.session.conversation import Speech
from app.session.spec import AnswerSpec
from app.session.state import SessionState
from app.session.writer import Written
from app.wire import server_events as wire
from app.wire.error_detail import ErrorDetail
from app.wire.ids import new_id
from app.wire.items import to_wire
from app.wire.responses import ResponseObject, ResponseStatus, StatusDetails

FinalStatus = Literal["completed", "cancelled", "failed", "incomplete"]
Reason = Literal["turn_detected", "client_cancelled", "max_output_tokens"]


@dataclass(slots=True)
class _Speech:
    """The message item of a response while it grows."""

    item_id: str
    index: int
    speech: Speech
    heard: str | None = None  # set when it was cut

    @property
    def sentences(self) -> list[tuple[str, int]]:
        return self.speech.sentences

    def whole(self) -> str:
        return "".join(text for text, _ in self.sentences)

    def text(self) -> str:
        return self.whole() if self.heard is None else self.heard


class Response:
    """Sends a response piece by piece.

    Args:
        state: the session's.
        spec: what was asked for.
        on_done: called just before `response.done` goes out.
    """

    def __init__(self, state: SessionState, spec: AnswerSpec, on_done: Callable[[], None]) -> None:
        self.id = new_id("resp")
        self.status: ResponseStatus = "in_progress"
        self.written = Written("stop")
        self._state, self._spec, self._on_done = state, spec, on_done
        self._output: list[Item] = []
        self._growing = Speech()
        self._speech: _Speech | None = None
        self._sound_ms = 0.0
        self._is_open = self._is_cut = False

    @property
    def text(self) -> str:
        """What it says, as far as it has grown."""
        return self._speech.text() if self._speech else ""

    def open(self) -> None:
        """Send `response.created`."""
        self._is_open = True
        self._post(wire.ResponseCreated(response=self._object()))

    def begin(self) -> None:
        """Send that there will be speech, if that was not sent: while its sound is being made there is time for it."""
        if self._is_open and self.status == "in_progress" and not self._is_cut:
            self._message()

    def note(self, written: str, *, finished: bool = False) -> None:
        """Take note of the text as far as it was made, sent or not."""
        self._growing.written, self._growing.finished = written, finished
        if self._speech and not self._is_cut and self._spec.in_conversation:
            self._state.conversation.grow(self._speech.item_id)

    async def transcript(self, text: str) -> None:
        """Begin a sentence: its text goes out ahead of its sound."""
        speech = self._message()
        speech.sentences.append((text, 0))
        self._write_down("in_progress")
        await self._put(wire.ResponseOutputAudioTranscriptDelta(*self._ids(speech), delta=text))

    async def audio(self, data: str, audio_ms: float, on_send: Callable[[], None] | None) -> None:
        """Send some of the present sentence's sound, as base64."""
        speech = self._message()
        text, sentence_ms = speech.sentences[-1]
        before_ms, self._sound_ms = int(self._sound_ms), self._sound_ms + audio_ms
        speech.sentences[-1] = (text, sentence_ms + int(self._sound_ms) - before_ms)
        if self._spec.in_conversation:
            self._state.conversation.grow(speech.item_id)
        await self._put(wire.ResponseOutputAudioDelta(*self._ids(speech), delta=data), audio_ms, on_send)

    async def words(self, text: str, on_send: Callable[[], None] | None) -> None:
        """Send text of an answer that is not spoken."""
        speech = self._message()
        speech.sentences.append((text, 0))
        self._write_down("in_progress")
        await self._put(wire.ResponseOutputTextDelta(*self._ids(speech), delta=text), 0.0, on_send)

    def call(self, call: ToolCall) -> None:
        """Send a function call as an item of its own, once what was said before it has been sent."""
        self._state.outbox.mark(self.id, lambda: self._call(call))

    def _call(self, call: ToolCall) -> None:
        self._close_message("completed")
        index = len(self._output)
        item = Item(new_id("item"), "function_call", call_id=new_id("call"), name=call.name, arguments=call.arguments)
        self._output.append(item)
        opened = replace(item, arguments="", status="in_progress")
        call_id = item.call_id or ""
        self._post(wire.ResponseOutputItemAdded(self.id, index, to_wire(opened)))
        self._post_item_added(item, opened)
        self._post(wire.ResponseFunctionCallArgumentsDelta(self.id, item.id, index, call_id, call.arguments))
        self._post(wire.ResponseFunctionCallArgumentsDone(self.id, item.id, index, call_id, call.name, call.arguments))
        self._post(wire.ResponseOutputItemDone(response_id=self.id, output_index=index, item=to_wire(item)))
        self._post_item_done(item)

    def close(self, status: FinalStatus, *, reason: Reason | None = None, error_code: str | None = None) -> None:
        """Send the closing events and `response.done`, once everything has been sent: until then it may be cut."""
        self._state.outbox.mark(self.id, lambda: self._close(status, reason, error_code))

    def _close(self, status: FinalStatus, reason: Reason | None = None, error_code: str | None = None) -> None:
        if not self._is_open:  # it is over before it began
            self.open()
        self._growing.finished = True
        self._close_message("completed" if status == "completed" else "incomplete")
        self.status = status
        error = ErrorDetail("server_error", error_code, "A part of the assistant failed.") if error_code else None
        self._post(wire.ResponseDone(response=self._object(StatusDetails(status, reason, error))), self._on_done)

    def cut(self, reason: CancelReason) -> None:
        """Stop here: sound that waits is dropped, the history keeps what was heard, the client is told."""
        if self._is_cut:
            return
        self._is_cut = True
        if self._speech:
            self._speech.heard = self._heard(self._speech)
        self._state.outbox.forget(self.id)
        if self.status == "in_progress":
            self._close("cancelled", reason)
        if self._speech and self._speech.heard is not None and self._spec.in_conversation:
            self._state.conversation.cut(self._speech.item_id, self._speech.heard)

    def _heard(self, speech: _Speech) -> str | None:
        """What was heard of it; None: all of it, or it is no sound."""
        if not self._spec.audio:
            return None
        played_ms = self._state.outbox.heard_ms(self.id)
        if played_ms is None:  # nothing of it is being played: nothing was sent yet, or all of it was long ago
            return "" if self.status == "in_progress" else None
        return heard_of(speech.sentences, played_ms)

    def _message(self) -> _Speech:
        """The message item, opened on first use."""
        if self._speech is None:
            speech = self._speech = _Speech(new_id("item"), len(self._output), self._growing)
            item = self._item(speech, "in_progress")
            self._output.append(item)
            opened = replace(item, parts=())
            self._post(
                wire.ResponseOutputItemAdded(response_id=self.id, output_index=speech.index, item=to_wire(opened))
            )
            self._post_item_added(item, opened)
            self._write_down("in_progress")
            self._post(wire.ResponseContentPartAdded(*self._ids(speech), part=self._part("")))
        return self._speech

    def _close_message(self, status: Literal["completed", "incomplete"]) -> None:
        speech = self._speech
        if speech is None or self._output[speech.index].status != "in_progress":
            return
        item = self._write_down(status)
        ids = self._ids(speech)
        if self._spec.audio:
            self._post(wire.ResponseOutputAudioDone(*ids))
            self._post(wire.ResponseOutputAudioTranscriptDone(*ids, transcript=speech.text()))
        else:
            self._post(wire.ResponseOutputTextDone(*ids, text=speech.text()))
        self._post(wire.ResponseContentPartDone(*ids, part=self._part(speech.text())))
        self._post(wire.ResponseOutputItemDone(response_id=self.id, output_index=speech.index, item=to_wire(item)))
        self._post_item_done(item)

    def _write_down(self, status: Literal["in_progress", "completed", "incomplete"]) -> Item:
        speech = self._message()
        item = self._output[speech.index] = self._item(speech, status)
        if self._spec.in_conversation:
            self._state.conversation.speak(item, speech.speech)
        return item

    def _item(self, speech: _Speech, status: Literal["in_progress", "completed", "incomplete"]) -> Item:
        kind: Literal["output_audio", "output_text"] = "output_audio" if self._spec.audio else "output_text"
        part = Part(kind, speech.whole(), speech.heard)
        return Item(id=speech.item_id, kind="message", role="assistant", parts=(part,), status=status)

    def _part(self, text: str) -> wire.ContentPart:
        if self._spec.audio:
            return wire.ContentPart("audio", transcript=text)
        return wire.ContentPart("text", text=text)

    def _ids(self, speech: _Speech) -> tuple[str, str, int, int]:
        """response_id, item_id, output_index, content_index."""
        return self.id, speech.item_id, speech.index, 0

    def _object(self, details: StatusDetails | None = None) -> ResponseObject:
        return self._spec.response_object(
            self.id, self.status, [to_wire(item) for item in self._output], self.written, details
        )

    def _post_item_added(self, item: Item, shown: Item) -> None:
        if self._spec.in_conversation:
            previous = self._state.conversation.open(item)
            self._post(wire.ConversationItemAdded(item=to_wire(shown), previous_item_id=previous))

    def _post_item_done(self, item: Item) -> None:
        history = self._state.conversation.history
        if self._spec.in_conversation and history.find(item.id) is not None:
            previous = history.previous_id(item.id)
            self._post(wire.ConversationItemDone(item=to_wire(item), previous_item_id=previous))

    def _post(self, event: wire.ServerEvent, on_send: Callable[[], None] | None = None) -> None:
        self._state.outbox.post(self.id, event, on_send)

    async def _put(
        self, event: wire.ServerEvent, audio_ms: float = 0.0, on_send: Callable[[], None] | None = None
    ) -> None:
        await self._state.outbox.put(self.id, event, audio_ms, on_send)
