"""Whose turn it is: `step(turn, event) -> (turn, commands)`, the only place that decides it.

1. Nothing here waits, reads a clock or can fail: every event in every state has an answer, if only "nothing".
2. Work belongs to a number. Numbers only grow; the result of an old number changes and orders nothing.

    IDLE --speech started--> HEARING --speech ended--> THINKING --answer started--> SPEAKING --answer ended--> IDLE
                                ^------------------speech started: Cancel------------'
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from app.core.commands import Answer, Apologize, Cancel, Command, Drop, Duck, Release, Transcribe, Unduck
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
    Rules,
    RulesChanged,
    SpeechDismissed,
    SpeechEnded,
    SpeechStarted,
    SpeechSuspected,
    Transcribed,
    Utterance,
    WorkFailed,
)


class Phase(StrEnum):
    """Where a turn is."""

    IDLE = "idle"
    HEARING = "hearing"
    THINKING = "thinking"
    SPEAKING = "speaking"


@dataclass(frozen=True, slots=True)
class Turn:
    """The present turn. Number 0: nobody has said anything yet.

    A number is skipped when work begun on a suspected end of speech had to be dropped.
    """

    number: int = 0
    phase: Phase = Phase.IDLE
    transcribing: bool = False  # the words of this turn are not known yet
    asked: bool = False  # the client asked for an answer before they were
    answering: bool = False  # an answer is being made or spoken
    ahead: bool = False  # HEARING, and work has begun in secret on a suspected end
    ducked: bool = False
    waiting: Utterance | None = None  # said over a turn that it did not interrupt
    rules: Rules = field(default_factory=Rules)


Step = tuple[Turn, tuple[Command, ...]]


def step(  # noqa: C901, PLR0911 - one line per kind of event is the plainest table there is
    turn: Turn,
    event: Event,
    *,
    playing: bool = False,
    spoken: str = "",  # noqa: ARG001 - telling an echo or a backchannel from an interruption will be decided here
) -> Step:
    """Return the next state and what to do.

    Args:
        turn: the present state.
        event: what happened.
        playing: the client is still playing an answer, perhaps one whose last piece was sent long ago.
        spoken: the text being played.
    """
    match event:
        case SpeechSuspected():
            return _suspect(turn, playing=playing)
        case SpeechDismissed():
            return _unduck(turn, nothing=True)
        case SpeechStarted():
            return _start(turn, playing=playing)
        case EndSuspected(utterance):
            return _work_ahead(turn, utterance)
        case EndDismissed():
            return _drop_ahead(turn)
        case SpeechEnded(utterance):
            return _end(turn, utterance)
        case InputCleared():
            return _clear(turn)
        case AnswerRequested():
            return _ask(turn)
        case CancelRequested():
            return _cancel(turn)
        case RulesChanged(rules):
            return replace(turn, rules=rules), ()
        case Transcribed() | NothingSaid() | AnswerStarted() | AnswerEnded() | WorkFailed():
            return _result(turn, event) if event.turn == turn.number else (turn, ())
        case _:
            assert_never(event)


def _suspect(turn: Turn, *, playing: bool) -> Step:
    if turn.ducked or not (playing or turn.phase is Phase.SPEAKING):
        return turn, ()
    return replace(turn, ducked=True), (Duck(),)


def _unduck(turn: Turn, *, nothing: bool) -> Step:
    return (replace(turn, ducked=False), (Unduck(nothing),)) if turn.ducked else (turn, ())


def _start(turn: Turn, *, playing: bool) -> Step:
    if turn.phase is Phase.HEARING:
        return turn, ()
    turn, unduck = _unduck(turn, nothing=False)
    busy = turn.phase is not Phase.IDLE
    if busy and not turn.rules.interrupt_response:
        return turn, unduck
    cancel = (Cancel(turn.number, "turn_detected"),) if busy or (playing and turn.rules.interrupt_response) else ()
    return _open(turn, Phase.HEARING), (*cancel, *unduck)


def _open(turn: Turn, phase: Phase) -> Turn:
    return Turn(number=turn.number + 1, phase=phase, ducked=turn.ducked, waiting=turn.waiting, rules=turn.rules)


def _work_ahead(turn: Turn, utterance: Utterance) -> Step:
    if turn.phase is not Phase.HEARING or turn.ahead:
        return turn, ()
    held = Transcribe(turn.number, _whole(turn, utterance), held=True)
    return replace(turn, ahead=True, transcribing=True), (held,)


def _whole(turn: Turn, utterance: Utterance) -> Utterance:
    return turn.waiting.followed_by(utterance) if turn.waiting else utterance


def _drop_ahead(turn: Turn) -> Step:
    if not turn.ahead:
        return turn, ()
    return replace(_open(turn, Phase.HEARING), asked=turn.asked), (Drop(turn.number),)


def _end(turn: Turn, utterance: Utterance) -> Step:
    turn, unduck = _unduck(turn, nothing=False)
    if turn.ahead:
        return _release(turn, unduck)
    whole = _whole(turn, utterance)
    if turn.phase in (Phase.THINKING, Phase.SPEAKING):
        return replace(turn, waiting=whole), unduck
    opened = turn if turn.phase is Phase.HEARING else _open(turn, Phase.HEARING)
    thinking = replace(opened, phase=Phase.THINKING, transcribing=True, waiting=None)
    return thinking, (*unduck, Transcribe(thinking.number, whole))


def _release(turn: Turn, before: tuple[Command, ...]) -> Step:
    sure = replace(turn, phase=Phase.THINKING, ahead=False, waiting=None)
    commands = (*before, Release(turn.number))
    if turn.transcribing or turn.answering:
        return sure, commands
    return _answer(sure, commands) if _answer_wanted(turn) else _rest(sure, commands)


def _answer(turn: Turn, before: tuple[Command, ...] = ()) -> Step:
    return replace(turn, transcribing=False, answering=True), (*before, Answer(turn.number, held=turn.ahead))


def _answer_wanted(turn: Turn) -> bool:
    return turn.asked or turn.rules.create_response


def _clear(turn: Turn) -> Step:
    turn, unduck = _unduck(turn, nothing=True)
    if turn.phase is not Phase.HEARING:
        return turn, unduck
    drop = (Drop(turn.number),) if turn.ahead else ()
    rested, commands = _rest(turn, (*unduck, *drop))
    return _ask(rested, commands) if turn.asked else (rested, commands)


def _ask(turn: Turn, before: tuple[Command, ...] = ()) -> Step:
    if turn.ahead and turn.answering:  # in secret, and not knowing what the client asks for
        turn, before = _drop_ahead(turn)
    if turn.answering:
        return turn, before
    if turn.phase is Phase.IDLE:
        return _answer(_open(turn, Phase.THINKING), before)
    return replace(turn, asked=True), before


def _cancel(turn: Turn) -> Step:
    if turn.phase not in (Phase.THINKING, Phase.SPEAKING):
        return turn, ()
    return _rest(replace(turn, asked=False), (Cancel(turn.number, "client_cancelled"),))


def _rest(turn: Turn, before: tuple[Command, ...] = ()) -> Step:
    """Come to rest, or turn to what was said meanwhile."""
    rested = Turn(number=turn.number, ducked=turn.ducked, rules=turn.rules)
    if turn.waiting is None:
        return rested, before
    unanswered = turn.asked and not turn.answering
    opened = replace(_open(rested, Phase.THINKING), transcribing=True, asked=unanswered)
    return opened, (*before, Transcribe(opened.number, turn.waiting))


def _result(turn: Turn, event: Transcribed | NothingSaid | AnswerStarted | AnswerEnded | WorkFailed) -> Step:
    """React to the present turn's work."""
    match event:
        case Transcribed() | NothingSaid() | WorkFailed() if turn.transcribing:
            return _words(replace(turn, transcribing=False), event)
        case AnswerStarted() if turn.answering and not turn.ahead:
            return replace(turn, phase=Phase.SPEAKING), ()
        case AnswerEnded() | WorkFailed() if turn.answering and not turn.ahead:
            return _rest(turn)
        case AnswerEnded() | WorkFailed() if turn.answering:  # in secret: the real end of speech will try again
            return _drop_ahead(turn)
        case _:
            return turn, ()


def _words(turn: Turn, event: Transcribed | NothingSaid | WorkFailed) -> Step:
    """React to the words of the turn, or to there being none."""
    if turn.ahead:
        return _words_in_secret(turn, event)
    match event:
        case Transcribed() | NothingSaid() if turn.asked and turn.waiting:
            return _rest(turn)  # the answer asked for must know what else was said
        case Transcribed() if _answer_wanted(turn):
            return _answer(turn)
        case NothingSaid() if turn.asked:
            return _answer(turn)
        case WorkFailed(code=code) if _answer_wanted(turn):
            return replace(turn, answering=True), (Apologize(turn.number, code),)
        case _:
            return _rest(turn)


def _words_in_secret(turn: Turn, event: Transcribed | NothingSaid | WorkFailed) -> Step:
    if not isinstance(event, Transcribed):  # the real end of speech will try again
        return _drop_ahead(turn)
    # What the client asked for in particular is not begun in secret: it could be lost.
    return _answer(turn) if turn.rules.create_response and not turn.asked else (turn, ())
