"""Each step of a turn, told as what happened before, what happens now, and what follows."""

import numpy as np
import pytest

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
from app.core.turn import Phase, Turn, step


def said(*samples: int, at_ms: int = 0) -> Utterance:
    return Utterance(np.array(samples, np.int16), at_ms, at_ms + 32, at_ms + 320, voiced_ms=256)


ONE, FIRST, SECOND = said(1), said(1, 2, at_ms=100), said(3, at_ms=900)
SUSPECTED, DISMISSED, STARTED, ENDED = SpeechSuspected(0), SpeechDismissed(), SpeechStarted(0), SpeechEnded(ONE)
PAUSED, WENT_ON = EndSuspected(ONE), EndDismissed()
ASK, CANCEL, CLEAR = AnswerRequested(), CancelRequested(), InputCleared()
POLITE = RulesChanged(Rules(interrupt_response=False))
QUIET = RulesChanged(Rules(create_response=False))
MANUAL = RulesChanged(Rules(create_response=False, interrupt_response=False))

THINKING = (STARTED, ENDED)
ANSWERING = (*THINKING, Transcribed(1))
SPEAKING = (*ANSWERING, AnswerStarted(1))
ANSWERED = (*SPEAKING, AnswerEnded(1))
SECRET = (STARTED, PAUSED)
BARGED = (Cancel(1, "turn_detected"),)


def live(*events: Event, playing: bool = False) -> tuple[Turn, tuple[Command, ...]]:
    """Return the turn after all of it, and what the last event ordered; `playing` holds for that one."""
    turn = Turn()
    for event in events[:-1]:
        turn, _ = step(turn, event)
    return step(turn, events[-1], playing=playing)


@pytest.mark.parametrize(
    ("events", "phase", "number", "orders"),
    [
        # a whole turn
        ((STARTED,), Phase.HEARING, 1, ()),
        (THINKING, Phase.THINKING, 1, (Transcribe(1, ONE),)),
        (ANSWERING, Phase.THINKING, 1, (Answer(1),)),
        (SPEAKING, Phase.SPEAKING, 1, ()),
        (ANSWERED, Phase.IDLE, 1, ()),
        ((*ANSWERED, STARTED), Phase.HEARING, 2, ()),
        # an answer of which nothing is shown, such as a function call
        ((*ANSWERING, AnswerEnded(1)), Phase.IDLE, 1, ()),
        # committed by the client
        ((ENDED,), Phase.THINKING, 1, (Transcribe(1, ONE),)),
        # no words
        ((*THINKING, NothingSaid(1)), Phase.IDLE, 1, ()),
        # speech goes on where it is known already
        ((STARTED, STARTED), Phase.HEARING, 1, ()),
        # talking over
        ((*THINKING, STARTED), Phase.HEARING, 2, BARGED),
        ((*ANSWERING, STARTED), Phase.HEARING, 2, BARGED),
        ((*SPEAKING, STARTED), Phase.HEARING, 2, BARGED),
        # failures are told
        ((*THINKING, WorkFailed(1, "stt")), Phase.THINKING, 1, (Apologize(1, "stt"),)),
        ((*THINKING, WorkFailed(1, "stt"), AnswerStarted(1)), Phase.SPEAKING, 1, ()),
        ((*THINKING, WorkFailed(1, "stt"), AnswerEnded(1)), Phase.IDLE, 1, ()),
        ((*THINKING, WorkFailed(1, "stt"), STARTED), Phase.HEARING, 2, BARGED),
        ((*SPEAKING, WorkFailed(1, "llm")), Phase.IDLE, 1, ()),
        # cancelled by the client
        ((CANCEL,), Phase.IDLE, 0, ()),
        ((STARTED, CANCEL), Phase.HEARING, 1, ()),
        ((*THINKING, CANCEL), Phase.IDLE, 1, (Cancel(1, "client_cancelled"),)),
        ((*SPEAKING, CANCEL), Phase.IDLE, 1, (Cancel(1, "client_cancelled"),)),
        ((*THINKING, CANCEL, Transcribed(1)), Phase.IDLE, 1, ()),
        # thrown away by the client
        ((CLEAR,), Phase.IDLE, 0, ()),
        ((STARTED, CLEAR), Phase.IDLE, 1, ()),
        ((*THINKING, CLEAR), Phase.THINKING, 1, ()),
        ((*SPEAKING, CLEAR), Phase.SPEAKING, 1, ()),
        # results that fit nothing
        ((STARTED, Transcribed(1)), Phase.HEARING, 1, ()),
        ((*THINKING, AnswerStarted(1)), Phase.THINKING, 1, ()),
        ((*THINKING, AnswerEnded(1)), Phase.THINKING, 1, ()),
        ((*ANSWERING, Transcribed(1)), Phase.THINKING, 1, ()),
        ((*ANSWERING, STARTED, AnswerStarted(1)), Phase.HEARING, 2, ()),
        ((*SPEAKING, STARTED, ENDED, Transcribed(1)), Phase.THINKING, 2, ()),
    ],
)
def test_turn(events: tuple[Event, ...], phase: Phase, number: int, orders: tuple[Command, ...]) -> None:
    turn, ordered = live(*events)
    assert (turn.phase, turn.number, ordered) == (phase, number, orders)


@pytest.mark.parametrize(
    ("events", "phase", "number", "orders"),
    [
        # the client decides when to be answered
        ((QUIET, *THINKING, Transcribed(1)), Phase.IDLE, 1, ()),
        ((QUIET, *THINKING, WorkFailed(1, "stt")), Phase.IDLE, 1, ()),
        ((QUIET, *THINKING, Transcribed(1), ASK), Phase.THINKING, 2, (Answer(2),)),
        ((QUIET, ASK), Phase.THINKING, 1, (Answer(1),)),
        ((QUIET, ASK, ASK), Phase.THINKING, 1, ()),
        # asked before the words are known
        ((QUIET, *THINKING, ASK), Phase.THINKING, 1, ()),
        ((QUIET, *THINKING, ASK, Transcribed(1)), Phase.THINKING, 1, (Answer(1),)),
        ((QUIET, *THINKING, ASK, NothingSaid(1)), Phase.THINKING, 1, (Answer(1),)),
        ((QUIET, *THINKING, ASK, WorkFailed(1, "stt")), Phase.THINKING, 1, (Apologize(1, "stt"),)),
        ((QUIET, STARTED, ASK), Phase.HEARING, 1, ()),
        ((QUIET, STARTED, ASK, ENDED, Transcribed(1)), Phase.THINKING, 1, (Answer(1),)),
        ((STARTED, ASK, CLEAR), Phase.THINKING, 2, (Answer(2),)),
        # what was asked for is over with its answer
        ((QUIET, *THINKING, ASK, Transcribed(1), AnswerEnded(1), ENDED, Transcribed(2)), Phase.IDLE, 2, ()),
        ((QUIET, *THINKING, ASK, CANCEL, ENDED, Transcribed(2)), Phase.IDLE, 2, ()),
        # an answer asked for knows what was said before, also when the client commits faster than words are found
        ((MANUAL, ENDED, ENDED, ASK, Transcribed(1)), Phase.THINKING, 2, (Transcribe(2, ONE),)),
        ((MANUAL, ENDED, ENDED, ASK, NothingSaid(1)), Phase.THINKING, 2, (Transcribe(2, ONE),)),
        ((MANUAL, ENDED, ENDED, ASK, Transcribed(1), Transcribed(2)), Phase.THINKING, 2, (Answer(2),)),
        ((MANUAL, ENDED, ENDED, ASK, CANCEL, Transcribed(2)), Phase.IDLE, 2, ()),
        ((MANUAL, ENDED, ASK, Transcribed(1), ENDED, AnswerEnded(1), Transcribed(2)), Phase.IDLE, 2, ()),
    ],
)
def test_answer_on_request(events: tuple[Event, ...], phase: Phase, number: int, orders: tuple[Command, ...]) -> None:
    turn, ordered = live(*events)
    assert (turn.phase, turn.number, ordered) == (phase, number, orders)


@pytest.mark.parametrize(
    ("events", "phase", "number", "orders"),
    [
        (SECRET, Phase.HEARING, 1, (Transcribe(1, ONE, held=True),)),
        ((PAUSED,), Phase.IDLE, 0, ()),
        ((*SECRET, PAUSED), Phase.HEARING, 1, ()),
        ((*SECRET, Transcribed(1)), Phase.HEARING, 1, (Answer(1, held=True),)),
        ((*SECRET, Transcribed(1), AnswerStarted(1)), Phase.HEARING, 1, ()),
        # it was the end
        ((*SECRET, ENDED), Phase.THINKING, 1, (Release(1),)),
        ((*SECRET, ENDED, Transcribed(1)), Phase.THINKING, 1, (Answer(1),)),
        ((*SECRET, Transcribed(1), ENDED), Phase.THINKING, 1, (Release(1),)),
        ((*SECRET, Transcribed(1), ENDED, AnswerStarted(1)), Phase.SPEAKING, 1, ()),
        ((*SECRET, Transcribed(1), ENDED, STARTED), Phase.HEARING, 2, BARGED),
        # it was not
        ((*SECRET, WENT_ON), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, Transcribed(1), WENT_ON), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, WENT_ON, Transcribed(1)), Phase.HEARING, 2, ()),
        ((*SECRET, WENT_ON, PAUSED), Phase.HEARING, 2, (Transcribe(2, ONE, held=True),)),
        ((*SECRET, WENT_ON, ENDED), Phase.THINKING, 2, (Transcribe(2, ONE),)),
        ((STARTED, WENT_ON), Phase.HEARING, 1, ()),
        ((*SECRET, CLEAR), Phase.IDLE, 1, (Drop(1),)),
        # it led to nothing: the real end tries again
        ((*SECRET, NothingSaid(1)), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, WorkFailed(1, "stt")), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, Transcribed(1), WorkFailed(1, "llm")), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, Transcribed(1), AnswerEnded(1)), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, NothingSaid(1), ENDED), Phase.THINKING, 2, (Transcribe(2, ONE),)),
        # nobody has asked for an answer yet
        ((QUIET, *SECRET, Transcribed(1)), Phase.HEARING, 1, ()),
        ((QUIET, *SECRET, Transcribed(1), ENDED), Phase.IDLE, 1, (Release(1),)),
        ((QUIET, *SECRET, Transcribed(1), ASK, ENDED), Phase.THINKING, 1, (Release(1), Answer(1))),
        ((QUIET, STARTED, ASK, PAUSED, WENT_ON, ENDED, Transcribed(2)), Phase.THINKING, 2, (Answer(2),)),
        ((STARTED, ASK, PAUSED, CLEAR), Phase.THINKING, 2, (Drop(1), Answer(2))),
        # what the client asks for in particular is not begun in secret
        ((STARTED, ASK, PAUSED, Transcribed(1)), Phase.HEARING, 1, ()),
        ((STARTED, ASK, PAUSED, Transcribed(1), ENDED), Phase.THINKING, 1, (Release(1), Answer(1))),
        ((*SECRET, Transcribed(1), ASK), Phase.HEARING, 2, (Drop(1),)),
        ((*SECRET, Transcribed(1), ASK, ENDED), Phase.THINKING, 2, (Transcribe(2, ONE),)),
    ],
)
def test_secret_work(events: tuple[Event, ...], phase: Phase, number: int, orders: tuple[Command, ...]) -> None:
    turn, ordered = live(*events)
    assert (turn.phase, turn.number, ordered) == (phase, number, orders)


@pytest.mark.parametrize(
    ("events", "ducked", "orders"),
    [
        ((SUSPECTED,), False, ()),
        ((*ANSWERING, SUSPECTED), False, ()),
        ((*SPEAKING, SUSPECTED), True, (Duck(),)),
        ((*SPEAKING, SUSPECTED, SUSPECTED), True, ()),
        ((*SPEAKING, SUSPECTED, AnswerEnded(1)), True, ()),
        ((*SPEAKING, SUSPECTED, AnswerEnded(1), ENDED), False, (Unduck(nothing=False), Transcribe(2, ONE))),
        ((*SPEAKING, DISMISSED), False, ()),
        ((*SPEAKING, SUSPECTED, DISMISSED), False, (Unduck(nothing=True),)),
        ((*SPEAKING, SUSPECTED, STARTED), False, (*BARGED, Unduck(nothing=False))),
        ((*SPEAKING, SUSPECTED, ENDED), False, (Unduck(nothing=False),)),
        ((*SPEAKING, SUSPECTED, CLEAR), False, (Unduck(nothing=True),)),
        ((*SPEAKING, SUSPECTED, CANCEL), True, (Cancel(1, "client_cancelled"),)),
        ((POLITE, *SPEAKING, SUSPECTED, STARTED), False, (Unduck(nothing=False),)),
    ],
)
def test_ducking(events: tuple[Event, ...], ducked: bool, orders: tuple[Command, ...]) -> None:
    turn, ordered = live(*events)
    assert (turn.ducked, ordered) == (ducked, orders)


@pytest.mark.parametrize(
    ("events", "orders"),
    [
        ((*ANSWERED, SUSPECTED), (Duck(),)),
        ((*ANSWERED, STARTED), BARGED),
        ((POLITE, *ANSWERED, STARTED), ()),
    ],
)
def test_answer_that_is_still_played_after_its_end(events: tuple[Event, ...], orders: tuple[Command, ...]) -> None:
    assert live(*events, playing=True)[1] == orders


@pytest.mark.parametrize("before", [THINKING, ANSWERING, SPEAKING])
def test_turn_that_may_not_be_interrupted_lets_what_is_said_wait(before: tuple[Event, ...]) -> None:
    turn, orders = live(POLITE, *before, STARTED)
    assert (turn.phase, turn.number, orders) == (live(*before)[0].phase, 1, ())
    turn, orders = step(turn, ENDED)
    assert (turn.number, turn.waiting, orders) == (1, ONE, ())


def test_what_waits_is_transcribed_when_the_answer_is_over() -> None:
    turn, orders = live(POLITE, *SPEAKING, STARTED, ENDED, AnswerEnded(1))
    assert (turn.phase, turn.number, turn.waiting) == (Phase.THINKING, 2, None)
    assert orders == (Transcribe(2, ONE),)


def test_cancelling_turns_to_what_waits() -> None:
    turn, orders = live(POLITE, *SPEAKING, STARTED, ENDED, CANCEL)
    assert (turn.phase, orders) == (Phase.THINKING, (Cancel(1, "client_cancelled"), Transcribe(2, ONE)))


def test_what_is_said_twice_over_an_answer_is_joined() -> None:
    (order,) = live(POLITE, *SPEAKING, SpeechEnded(FIRST), SpeechEnded(SECOND), AnswerEnded(1))[1]
    assert isinstance(order, Transcribe)
    assert_joined(order.utterance, FIRST, SECOND)


OVER_IT = (POLITE, *SPEAKING, SpeechEnded(FIRST), RulesChanged(Rules()), STARTED)  # not interrupting, then interrupting


@pytest.mark.parametrize("event", [EndSuspected(SECOND), SpeechEnded(SECOND)])
def test_what_waits_is_joined_by_what_interrupts_the_answer_after_all(event: Event) -> None:
    (order,) = live(*OVER_IT, event)[1]
    assert isinstance(order, Transcribe)
    assert order.turn == 2
    assert_joined(order.utterance, FIRST, SECOND)


@pytest.mark.parametrize("events", [(SpeechEnded(SECOND),), (EndSuspected(SECOND), SpeechEnded(SECOND))])
def test_what_was_joined_waits_no_more(events: tuple[Event, ...]) -> None:
    assert live(*OVER_IT, *events, Transcribed(2), AnswerEnded(2)) == (Turn(2), ())


@pytest.mark.parametrize("events", [(), (EndSuspected(SECOND), EndDismissed())])
def test_what_waits_outlives_what_comes_to_nothing(events: tuple[Event, ...]) -> None:
    turn, orders = live(*OVER_IT, *events, CLEAR)
    assert orders == (Transcribe(turn.number, FIRST),)


def assert_joined(whole: Utterance, first: Utterance, second: Utterance) -> None:
    assert whole.samples.tolist() == [*first.samples, *second.samples]
    assert (whole.start_ms, whole.onset_ms, whole.end_ms) == (first.start_ms, first.onset_ms, second.end_ms)
    assert whole.voiced_ms == first.voiced_ms + second.voiced_ms
    assert not whole.capped


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_joined_utterance_is_capped_if_either_is(first: bool, second: bool) -> None:
    one = Utterance(ONE.samples, 0, 0, 32, 32, capped=first)
    assert one.followed_by(Utterance(ONE.samples, 64, 64, 96, 32, capped=second)).capped


def test_length_of_an_utterance_counts_its_silence() -> None:
    assert Utterance(np.zeros(3 * 512, np.int16), 0, 32, 64, 32).length_ms == 96
