"""What a client may ask of a session, message by message. A `RequestError` is told to it, and the session goes on."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

from app.core.gate import GateSettings
from app.core.history import DuplicateItem, Item, UnknownItem
from app.core.language import LanguageChoice, language_code
from app.errors import ProviderError, RequestError, StoreError
from app.log import logger
from app.session.answer import Answer, Reports
from app.session.asking import chat_request
from app.session.dialogue import Dialogue
from app.session.limits import SessionLimits, TokenBucket
from app.session.opening import PARAM, Found, begin, find
from app.session.services import Manner
from app.session.spec import AnswerSpec
from app.session.state import SessionState
from app.session.tasks import Spawn
from app.session.timings import TurnTimings
from app.wire import client_events as asked
from app.wire import kaiwa_events as ours
from app.wire import refusals
from app.wire import server_events as wire
from app.wire.audio import AudioDecoder
from app.wire.items import ItemShape, from_wire, to_wire
from app.wire.opus import PACKET_MS
from app.wire.response_params import ResponseParams
from app.wire.session_config import OpenConversation, SessionConfig

log = logger()

Edit = (
    asked.ConversationItemCreate
    | asked.ConversationItemRetrieve
    | asked.ConversationItemDelete
    | asked.ConversationItemTruncate
)


def gate_settings(config: SessionConfig, manner: Manner, limits: SessionLimits) -> GateSettings:
    """Return what the configuration means for the gate."""
    return GateSettings.from_ms(
        threshold=config.threshold,
        min_speech_ms=manner.min_speech_ms,
        end_silence_ms=config.end_silence_ms,
        prefix_ms=config.prefix_padding_ms,
        longest_s=limits.utterance_s,
    )


class Requests:
    """Serves one client's messages.

    Args:
        state: what the parts of the session share.
        dialogue: its turns.
        spawn: starts tasks that the session owns.
        messages: how many the client may send.
    """

    def __init__(self, state: SessionState, dialogue: Dialogue, spawn: Spawn, messages: TokenBucket) -> None:
        self._state, self._dialogue, self._spawn, self._messages = state, dialogue, spawn, messages
        self._decoder = AudioDecoder(state.config.input_format)
        self._sound = TokenBucket(2.0, state.limits.audio_burst_s, state.services.clock)  # in seconds of it
        self._aside: dict[str, tuple[Answer, asyncio.Task[None]]] = {}  # out-of-band responses, by id

    async def serve(self, event: asked.ClientEvent) -> None:
        """Do what the message asks.

        Raises:
            RequestError: it cannot be done; the session is as it was before.
        """
        match event:
            case asked.Append(audio):
                await self._hear(audio)
            case asked.SessionUpdate(session=update):
                await self._update(update)
            case asked.Commit():
                self._dialogue.commit()
            case asked.Clear():
                self._dialogue.clear()
                self._state.outbox.tell(wire.InputAudioBufferCleared())
            case asked.ResponseCreate(response=params):
                await self._respond(params or ResponseParams())
            case asked.ResponseCancel(response_id=response_id):
                self._cancel(response_id)
            case _:
                self._edit(event)

    async def find_voice(self) -> None:
        """Find the voice that the session begins with."""
        wanted = self._state.config.voice
        known = await self._known_voice(wanted)
        if self._state.config.voice == wanted:  # else the client has chosen another one meanwhile
            self._state.voice = known

    async def _hear(self, audio: str) -> None:
        parcel = self._decoder.unpack(audio)
        if not self._sound.take(parcel.ms / 1000):
            raise RequestError(
                f"More than {self._state.limits.audio_burst_s:.0f} s of sound ahead of real time: send it more slowly.",
                code="rate_limit_exceeded",
                param="audio",
            )
        await self._dialogue.hear(parcel.decode())

    async def _update(self, update: dict[str, Any]) -> None:
        before, manner = self._state.config, self._state.services.manner
        config = before.merged(update)
        found = await self._open_conversation(config)
        config = replace(config, conversation=self._open_now())
        self._state.voice = await self._voice_of(config)
        self._state.config = config
        if config.input_format != before.input_format:
            self._decoder = AudioDecoder(config.input_format)
        if config.language != before.language:
            self._state.languages = LanguageChoice(language_code(config.language) or manner.language)
        self._dialogue.adopt(gate_settings(config, manner, self._state.limits))
        self._state.outbox.tell(wire.SessionUpdated(config.wire()))
        if found:
            self._go_on(found)

    async def _open_conversation(self, config: SessionConfig) -> Found | None:
        """Open the conversation that the client names for the first time; return it if it is an old one."""
        choice = config.conversation_choice
        if choice is None:
            return None
        if self._state.keeping.store is not None:
            if choice != self._state.config.conversation_choice:
                message = "This session has its conversation already: open another session for another one."
                raise RequestError(message, code="conversation_already_open", param=PARAM)
            return None
        if choice.keep is None:
            return await find(self._state, choice)
        try:
            await begin(self._state, keep=choice.keep)
        except StoreError as error:  # talking matters more than keeping; the client is told
            log.warning("conversation.unkept", code=error.code, reason=str(error))
            self._state.outbox.tell(wire.ErrorEvent.from_error(error))
        return None

    def _open_now(self) -> OpenConversation | None:
        conversation, store = self._state.keeping.conversation, self._state.keeping.store
        if conversation is None or store is None:
            return None
        return OpenConversation(conversation.id, conversation.token, kept=store is not self._state.services.private)

    def _go_on(self, found: Found) -> None:
        """Show the client the old conversation, let it send what it kept meanwhile, and finish what was begun."""
        conversation, history, limits = found.conversation, self._state.conversation.history, self._state.limits
        items = [to_wire(item) for item in history.items()]
        self._state.outbox.tell(
            ours.ConversationRestored(conversation.id, conversation.title, items, found.answer_follows)
        )
        self._sound.grant(limits.catch_up_s)
        self._messages.grant(limits.catch_up_s * 1000 / PACKET_MS)
        if found.answer_follows:
            self._dialogue.ask(AnswerSpec(self._state.config, self._state.voice, unfinished=found.unfinished))

    async def _voice_of(self, config: SessionConfig) -> str | None:
        same = config.voice == self._state.config.voice
        return self._state.voice if same else await self._known_voice(config.voice)

    async def _known_voice(self, name: str) -> str | None:
        """Return the voice if there is one of that name; clients ask for voices of other services unasked."""
        try:
            voices = await self._state.services.tts.voices()
        except ProviderError as error:
            log.warning("voices.unknown", code=error.code)
            return None
        return name if name in voices else None

    def _edit(self, event: Edit) -> None:
        """Change or show the conversation's items."""
        conversation = self._state.conversation
        match event:
            case asked.ConversationItemCreate(item=shape, previous_item_id=previous_id):
                self._create(from_wire(shape), previous_id)
            case asked.ConversationItemRetrieve(item_id=item_id):
                with _known("retrieve", item_id):
                    conversation.retrieve(item_id)
            case asked.ConversationItemDelete(item_id=item_id):
                with _known("delete", item_id):
                    conversation.delete(item_id)
            case asked.ConversationItemTruncate(item_id=item_id, audio_end_ms=played_ms):
                with _known("truncate", item_id):
                    conversation.truncate(item_id, played_ms)

    def _create(self, item: Item, previous_id: str | None) -> None:
        try:
            self._state.conversation.add(item, previous_id)
        except DuplicateItem:
            raise refusals.duplicate_item(item.id) from None
        except UnknownItem:
            raise refusals.unknown_previous_item(previous_id or "") from None

    async def _respond(self, params: ResponseParams) -> None:
        config = self._state.config.for_response(params)
        given = None if params.input is None else self._items(params.input)
        spec = AnswerSpec(
            config=config,
            voice=await self._voice_of(config),
            metadata=params.metadata,
            in_conversation=params.conversation != "none",
            input=given,
        )
        if spec.in_conversation:
            self._dialogue.ask(spec)
        else:
            self._respond_aside(spec)

    def _items(self, shapes: Sequence[ItemShape]) -> tuple[Item, ...]:
        items: dict[str, Item] = {}
        for shape in shapes:
            item = self._item(shape)
            if item.id in items:
                raise RequestError(f"The item {item.id!r} is there twice.", param="response.input")
            items[item.id] = item
        return tuple(items.values())

    def _item(self, shape: ItemShape) -> Item:
        if shape.type == "item_reference" and shape.id:
            with _known("retrieve", shape.id):
                return self._state.conversation.history.get(shape.id)
        return from_wire(shape, "response.input")

    def _respond_aside(self, spec: AnswerSpec) -> None:
        """Answer out of band: beside the conversation, without a turn of its own."""
        if len(self._aside) >= self._state.limits.side_responses:
            raise RequestError("Too many out-of-band responses are under way.", code="rate_limit_exceeded")
        released = asyncio.Event()
        released.set()
        reports = Reports(started=lambda: None, ended=lambda: self._forget_aside(answer.response.id))
        answer = Answer(self._state, spec, TurnTimings(self._state.services.clock), reports, released)
        task = self._spawn(answer.run, chat_request(self._state, spec), on_crash=answer.crash)
        self._aside[answer.response.id] = (answer, task)

    def _forget_aside(self, response_id: str) -> None:
        self._aside.pop(response_id, None)

    def _cancel(self, response_id: str | None) -> None:
        if response_id in self._aside:
            answer, task = self._aside[response_id]
            task.cancel()
            answer.response.cut("client_cancelled")
        else:
            self._dialogue.cancel(response_id)


@contextmanager
def _known(verb: Literal["retrieve", "delete", "truncate"], item_id: str) -> Iterator[None]:
    try:
        yield
    except UnknownItem:
        raise refusals.unknown_item(verb, item_id) from None
