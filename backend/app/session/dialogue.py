"""The speaker's and the assistant's turns in one session: hears, asks the turn machine, carries out what it orders.

Events go through `_decide`, one at a time and each to its end; it is the only caller of `core.turn.step`. What takes
time is a task; its result comes back as an event with the number of the turn it was done for.
"""

import asyncio
from collections import deque
from typing import assert_never

from app.core import commands
from app.core.audio import FRAME_MS, Samples
from app.core.events import (
    AnswerEnded,
    AnswerRequested,
    AnswerStarted,
    CancelRequested,
    EndDismissed,
    EndSuspected,
    Event,
    InputCleared,
    NothingSaid,
    RulesChanged,
    SpeechEnded,
    SpeechStarted,
    Transcribed,
    Utterance,
    WorkFailed,
)
from app.core.gate import GateEvent, GateSettings
from app.core.turn import Phase, Turn, step
from app.errors import InternalError, ProviderError
from app.log import bound
from app.ports import ChatRequest
from app.session.answer import Answer, Reports
from app.session.asking import chat_request
from app.session.conversation import heard_item
from app.session.spec import AnswerSpec
from app.session.state import SessionState
from app.session.tasks import Spawn
from app.session.timings import TurnTimings
from app.session.transcribing import Partials, Transcriber
from app.session.utterances import Utterances
from app.session.work import TurnWork
from app.wire import kaiwa_events as ours
from app.wire import server_events as wire
from app.wire.error_detail import ErrorDetail
from app.wire.ids import new_id
from app.wire.refusals import empty_commit, nothing_to_cancel, response_is_active

_STRETCH_FRAMES = 1000 // FRAME_MS
"""A second of sound takes about 3 ms to judge."""


class Dialogue:
    """Whose turn it is, carried out.

    Args:
        state: what the parts of the session share.
        spawn: starts tasks that the session owns.
    """

    def __init__(self, state: SessionState, spawn: Spawn) -> None:
        self.turn = Turn(rules=state.config.turn_rules)
        self._state, self._spawn = state, spawn
        self._transcriber = Transcriber(state)
        self._partials = Partials(state, spawn)
        self._inbox: deque[Event] = deque()
        self._deciding = False
        self._frames_at_a_stretch = 0
        self._utterances = Utterances(state.hearing, state.services.clock)
        self._work: TurnWork | None = None
        self._next_spec: AnswerSpec | None = None  # what the client asked the next answer to be

    @property
    def busy(self) -> bool:
        """Whether somebody is speaking, or being answered."""
        return self.turn.phase is not Phase.IDLE

    # what comes in

    async def hear(self, samples: Samples) -> None:
        """Listen to what came in, 16 kHz; others get a chance to run after each second of it."""
        for frame in self._state.hearing.frames(samples):
            self._listen(frame)
            self._frames_at_a_stretch += 1
            if self._frames_at_a_stretch >= _STRETCH_FRAMES:
                self._frames_at_a_stretch = 0
                await asyncio.sleep(0)

    def commit(self) -> None:
        """What came in is one utterance.

        Raises:
            RequestError: nothing came in.
        """
        ended = self._state.hearing.commit()
        if ended is None:
            raise empty_commit()
        self._end_speech(ended)

    def clear(self) -> None:
        """Forget what came in and is no utterance yet."""
        self._state.hearing.clear()
        self._partials.stop()
        self._decide(InputCleared())

    def ask(self, spec: AnswerSpec) -> None:
        """Answer the conversation as it stands.

        Raises:
            RequestError: an answer is under way.
        """
        if self.turn.answering or self.turn.asked:
            raise response_is_active()
        self._next_spec = spec
        self._decide(AnswerRequested())

    def cancel(self, response_id: str | None) -> None:
        """Stop the answer under way, or take back the wish for one.

        Raises:
            RequestError: there is none, or none of this id.
        """
        answer = self._work.answer if self._work and not self._work.held else None
        response = answer.response if answer else None
        active = response and response.status == "in_progress" and response_id in {None, response.id}
        if active or self.turn.asked:
            self._decide(CancelRequested())
        if not active:
            raise nothing_to_cancel()

    def adopt(self, gate: GateSettings) -> None:
        """Adopt what the session's configuration says of turns, and the gate that this means."""
        config = self._state.config
        if self._state.hearing.adopt(gate, manual=config.turn_detection is None):
            self._partials.stop()
            self._decide(InputCleared())
        self._decide(RulesChanged(config.turn_rules))

    # hearing

    def _listen(self, frame: Samples) -> None:
        playing = self._state.outbox.playing
        for event in self._state.hearing.judge(frame, playing=playing, spoken=self._spoken() if playing else ""):
            self._sense(event)
        self._partials.grow()

    def _spoken(self) -> str:
        return self._work.answer.response.text if self._work and self._work.answer else ""

    def _sense(self, event: GateEvent) -> None:
        if isinstance(event, SpeechStarted):
            self._begin_speech(event)
        elif isinstance(event, SpeechEnded):
            self._end_speech(event)
        else:
            if isinstance(event, EndSuspected | EndDismissed):
                self._partials.pause(paused=isinstance(event, EndSuspected))
            self._decide(event)

    def _begin_speech(self, started: SpeechStarted) -> None:
        heard = self._utterances.begin(started.onset_ms)
        self._state.outbox.tell(wire.SpeechStarted(self._state.hearing.speech_start_ms, heard.item_id))
        self._partials.begin(heard.item_id, heard.timings)
        self._decide(started)

    def _end_speech(self, ended: SpeechEnded) -> None:
        self._partials.stop()
        utterance = ended.utterance
        heard = self._utterances.end(utterance)
        if not self._state.hearing.manual:
            self._state.outbox.tell(wire.SpeechStopped(utterance.start_ms + utterance.length_ms, heard.item_id))
        self._decide(ended)

    # deciding

    def _decide(self, event: Event) -> None:
        self._inbox.append(event)
        if self._deciding:  # an order led to a new event: its turn comes when this one's orders are carried out
            return
        self._deciding = True
        try:
            while self._inbox:
                outbox = self._state.outbox
                self.turn, orders = step(
                    self.turn, self._inbox.popleft(), playing=outbox.playing, spoken=self._spoken()
                )
                for order in orders:
                    self._carry_out(order)
                if not self.turn.asked:
                    self._next_spec = None
                self._state.keeping.expect_answer(due=self.turn.answering and not self.turn.ahead)
        finally:
            self._deciding = False

    def _carry_out(self, order: commands.Command) -> None:
        match order:
            case commands.Transcribe():
                self._transcribe(order)
            case commands.Answer():
                self._answer(order)
            case commands.Cancel():
                self._cancel(order)
            case commands.Apologize():
                self._apologize(order)
            case commands.Release():
                self._release()
            case commands.Drop():
                self._drop()
            case commands.Duck() | commands.Unduck():
                self._duck(order)
            case _:
                assert_never(order)

    def _duck(self, order: commands.Duck | commands.Unduck) -> None:
        if not self._state.config.kaiwa_enabled:
            return
        if isinstance(order, commands.Duck):
            self._state.outbox.tell(ours.SpeechSuspected())
        elif order.nothing:
            self._state.outbox.tell(ours.SpeechDismissed())

    # transcribing

    def _transcribe(self, order: commands.Transcribe) -> None:
        utterance = order.utterance
        heard = self._utterances.take(utterance)
        work = self._begin_work(order.turn, heard.timings)
        work.item_id, work.utterance_end_ms = heard.item_id, utterance.end_ms
        if not order.held:
            self._release()
        work.transcribing = self._spawn(
            self._find_words, work, utterance, on_crash=lambda: self._fail(work, InternalError("transcription"))
        )

    async def _find_words(self, work: TurnWork, utterance: Utterance) -> None:
        with bound(turn=work.number, request_id=work.request_id):
            try:
                heard = await self._transcriber.transcribe(utterance)
            except ProviderError as error:
                self._fail(work, error)
                return
        work.timings.mark("final")
        work.words, work.seconds = heard.text if heard else "", utterance.length_ms / 1000
        self._show_words(work)
        self._decide(Transcribed(work.number) if heard else NothingSaid(work.number))
        self._conclude_unanswered(work)

    def _fail(self, work: TurnWork, error: ProviderError | InternalError) -> None:
        if self._state.config.transcription and not work.held:
            self._state.outbox.tell(wire.InputAudioTranscriptionFailed(work.item_id, 0, ErrorDetail.of(error)))
        self._state.services.metrics.errors.labels(error.code).inc()
        self._decide(WorkFailed(work.number, error.code))

    def _show_words(self, work: TurnWork) -> None:
        """Let the words be seen, if they are known and their turn is sure."""
        if work.held or work.words is None:
            return
        self._state.conversation.hear(work.item_id, work.words)
        if self._state.config.transcription:
            usage = {"type": "duration", "seconds": work.seconds}
            self._state.outbox.tell(wire.InputAudioTranscriptionCompleted(work.item_id, 0, work.words, usage))

    def _release(self) -> None:
        """The turn is sure: its utterance joins the conversation, and whatever waits may be seen."""
        work = self._work
        if work is None:
            return
        self._utterances.forget(work.utterance_end_ms)
        conversation = self._state.conversation
        self._state.outbox.tell(wire.InputAudioBufferCommitted(conversation.last_id, work.item_id))
        conversation.add(heard_item(work.item_id, None))
        work.released.set()
        self._show_words(work)
        self._conclude_unanswered(work)

    def _conclude_unanswered(self, work: TurnWork) -> None:
        """The turn ends with its words, if they are known and nobody wants an answer to them."""
        if work.words is not None and work.answer is None and not work.held and not self.turn.answering:
            work.conclude(self._state, "unanswered" if work.words else "nothing_said")

    def _drop(self) -> None:
        if self._work and self._work.held:
            self._work.drop()
            self._work = None

    # answering

    def _begin_work(self, number: int, timings: TurnTimings | None = None) -> TurnWork:
        timings = timings or TurnTimings(self._state.services.clock)
        self._work = TurnWork(number, timings, new_id("req"))
        return self._work

    def _answer(self, order: commands.Answer) -> None:
        work = self._work
        if work is None or work.number != order.turn:  # nobody spoke: the client asked
            work = self._begin_work(order.turn)
            work.released.set()
        spec = self._wanted_spec()
        unreleased = [heard_item(work.item_id, work.words)] if work.held else []
        answer = self._new_answer(work, spec)
        request = chat_request(self._state, spec, unreleased)
        work.answering = self._spawn(self._run, work, answer, request, on_crash=lambda: self._crash(work, answer))

    def _crash(self, work: TurnWork, answer: Answer) -> None:
        if work.held:
            self._decide(WorkFailed(work.number, InternalError.code))
        else:
            answer.crash()

    async def _run(self, work: TurnWork, answer: Answer, request: ChatRequest) -> None:
        with bound(turn=work.number, request_id=work.request_id):
            await answer.run(request)

    def _wanted_spec(self) -> AnswerSpec:
        return self._next_spec or AnswerSpec(self._state.config, self._state.voice)

    def _new_answer(self, work: TurnWork, spec: AnswerSpec) -> Answer:
        reports = Reports(started=lambda: self._answer_started(work), ended=lambda: self._answer_ended(work))
        work.answer = Answer(self._state, spec, work.timings, reports, work.released)
        return work.answer

    def _answer_started(self, work: TurnWork) -> None:
        self._decide(AnswerStarted(work.number))
        work.tell_timings(self._state)

    def _answer_ended(self, work: TurnWork) -> None:
        self._decide(AnswerEnded(work.number))
        answer = work.answer
        if answer:
            work.conclude(self._state, answer.response.status, answer.failed_code)

    def _apologize(self, order: commands.Apologize) -> None:
        if self._work:
            answer = self._new_answer(self._work, self._wanted_spec())
            self._work.answering = self._spawn(answer.apologize, order.code, on_crash=answer.crash)

    def _cancel(self, order: commands.Cancel) -> None:
        work = self._work
        if work is None or work.number != order.turn:
            return
        work.stop_answer()
        if work.answer:
            work.answer.response.cut(order.reason)
            if order.reason == "turn_detected":
                self._state.services.metrics.barge_ins.inc()
        work.conclude(self._state, "cancelled")
