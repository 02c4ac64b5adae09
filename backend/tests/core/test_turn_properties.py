"""What always holds of turns, whatever happens in whatever order. Results are drawn relative to the present turn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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

Cause = Callable[[Turn, int], Event]
"""Makes an event from the present turn and the moment."""


def said(moment: int) -> Utterance:
    """Return an utterance whose one sample tells it from all others."""
    return Utterance(np.full(1, moment, np.int16), start_ms=moment, onset_ms=moment, end_ms=moment + 1, voiced_ms=1)


SUSPECTED: Cause = lambda turn, moment: SpeechSuspected(moment)  # noqa: E731 - a table of events reads best in lines
STARTED: Cause = lambda turn, moment: SpeechStarted(moment)  # noqa: E731 - same
END_SUSPECTED: Cause = lambda turn, moment: EndSuspected(said(moment))  # noqa: E731 - same
ENDED: Cause = lambda turn, moment: SpeechEnded(said(moment))  # noqa: E731 - same


def fact(event: Event) -> Cause:
    return lambda turn, moment: event


def result(kind: Callable[[int], Event], back: int) -> Cause:
    return lambda turn, moment: kind(turn.number - back)


HEARD = st.sampled_from([SUSPECTED, fact(SpeechDismissed()), STARTED, END_SUSPECTED, fact(EndDismissed()), ENDED])
ASKED = st.sampled_from([fact(InputCleared()), fact(AnswerRequested()), fact(CancelRequested())])
RULES = st.builds(Rules, st.booleans(), st.booleans())
RESULTS: list[Callable[[int], Event]] = [
    Transcribed,
    NothingSaid,
    AnswerStarted,
    AnswerEnded,
    lambda number: WorkFailed(number, "unavailable"),
]
WORK = st.builds(result, st.sampled_from(RESULTS), st.sampled_from([0, 0, 0, 0, 1, 2]))


def histories(*causes: st.SearchStrategy[Cause]) -> st.SearchStrategy[list[tuple[Cause, bool]]]:
    """Return what happens, each with whether an answer is being played meanwhile: 5 times 5 on average, not 5."""
    chapter = st.lists(st.tuples(st.one_of(*causes), st.booleans()), max_size=12)
    return st.lists(chapter, max_size=12).map(lambda chapters: list(chain.from_iterable(chapters)))


CHANGED = RULES.map(lambda rules: fact(RulesChanged(rules)))
ANYTHING = histories(HEARD, HEARD, WORK, WORK, ASKED, CHANGED)


@dataclass(frozen=True, slots=True)
class Happening:
    """One step."""

    before: Turn
    event: Event
    after: Turn
    orders: tuple[Command, ...]


@dataclass(slots=True)
class Shell:
    """Carries out nothing, but knows what a session would be working on, and what it has done."""

    turn: Turn = field(default_factory=Turn)
    done: list[Happening] = field(default_factory=list)
    transcribing: set[int] = field(default_factory=set)
    answering: set[int] = field(default_factory=set)

    def tell(self, event: Event, *, playing: bool = False) -> None:
        before = self.turn
        self.turn, orders = step(before, event, playing=playing, spoken="")
        self.done.append(Happening(before, event, self.turn, orders))
        for order in orders:
            match order:
                case Transcribe(number):
                    self.transcribing.add(number)
                case Answer(number) | Apologize(number):
                    self.answering.add(number)
                case Drop(number):
                    self.transcribing.discard(number)
                    self.answering.discard(number)
                case Cancel(number):
                    self.answering.discard(number)

    def live(self, history: list[tuple[Cause, bool]]) -> "Shell":
        for moment, (cause, playing) in enumerate(history, start=1):
            self.tell(cause(self.turn, moment), playing=playing)
        return self

    def settle(self, words: Callable[[int], Event] = Transcribed, end: Callable[[int], Event] = AnswerEnded) -> None:
        """Let all work under way come to its result, and the work that follows from it too."""
        while self.transcribing or self.answering:
            if self.transcribing:
                self.tell(words(self.transcribing.pop()))
            else:
                self.tell(end(self.answering.pop()))

    @property
    def orders(self) -> Iterator[Command]:
        return (order for happening in self.done for order in happening.orders)


@given(ANYTHING)
def test_numbers_only_grow(history: list[tuple[Cause, bool]]) -> None:
    for happening in Shell().live(history).done:
        assert happening.after.number >= happening.before.number


@given(ANYTHING)
def test_work_is_started_for_the_present_turn_and_once(history: list[tuple[Cause, bool]]) -> None:
    started = []
    for happening in Shell().live(history).done:
        for order in happening.orders:
            if isinstance(order, Transcribe | Answer | Apologize):
                assert order.turn == happening.after.number
                started.append((isinstance(order, Transcribe), order.turn))
    assert len(started) == len(set(started))


@given(ANYTHING)
def test_an_answer_left_before_its_end_is_cancelled(history: list[tuple[Cause, bool]]) -> None:
    for happening in Shell().live(history).done:
        before, after = happening.before, happening.after
        left = before.answering and not (after.answering and after.number == before.number)
        if left and not isinstance(happening.event, AnswerEnded | WorkFailed):
            stopped = [order.turn for order in happening.orders if isinstance(order, Drop if before.ahead else Cancel)]
            assert stopped == [before.number]


@given(ANYTHING)
def test_nothing_is_ordered_for_a_turn_that_was_stopped(history: list[tuple[Cause, bool]]) -> None:
    stopped: set[int] = set()
    for order in Shell().live(history).orders:
        if isinstance(order, Cancel | Drop):
            stopped.add(order.turn)
        elif isinstance(order, Transcribe | Answer | Apologize | Release):
            assert order.turn not in stopped


@given(ANYTHING, st.sampled_from(RESULTS), st.integers(min_value=1, max_value=5))
def test_a_result_of_an_old_turn_changes_and_orders_nothing(
    history: list[tuple[Cause, bool]], kind: Callable[[int], Event], back: int
) -> None:
    turn = Shell().live(history).turn
    after, orders = step(turn, kind(turn.number - back))
    assert after is turn
    assert orders == ()


@given(ANYTHING)
def test_duck_and_unduck_alternate(history: list[tuple[Cause, bool]]) -> None:
    shell = Shell().live(history)
    changes = [isinstance(order, Duck) for order in shell.orders if isinstance(order, Duck | Unduck)]
    assert changes[:1] in ([], [True])
    assert all(one != other for one, other in pairwise(changes))
    assert shell.turn.ducked == (bool(changes) and changes[-1])


@given(ANYTHING)
def test_secret_work_is_released_or_dropped_once(history: list[tuple[Cause, bool]]) -> None:
    shell = Shell().live(history)
    held: set[int] = set()
    for order in shell.orders:
        match order:
            case Transcribe(number, held=True):
                held.add(number)
            case Release(number) | Drop(number):
                held.remove(number)
            case Answer(number, held=secret):
                assert secret == (number in held)
            case Cancel(number) | Apologize(number):
                assert number not in held
    assert held == ({shell.turn.number} if shell.turn.ahead else set())


WAYS_TO_END = st.tuples(
    st.sampled_from([Transcribed, NothingSaid, RESULTS[-1]]), st.sampled_from([AnswerEnded, RESULTS[-1]])
)


@given(ANYTHING, WAYS_TO_END, st.booleans())
def test_a_turn_whose_work_is_over_comes_to_rest(
    history: list[tuple[Cause, bool]], ways: tuple[Callable[[int], Event], Callable[[int], Event]], cleared: bool
) -> None:
    shell = Shell().live(history)
    shell.settle(*ways)
    assert shell.turn.phase in (Phase.IDLE, Phase.HEARING)
    shell.tell(InputCleared() if cleared else SpeechEnded(said(99)))
    shell.settle(*ways)
    assert shell.turn == Turn(shell.turn.number, rules=shell.turn.rules)


@given(ANYTHING, st.booleans())
def test_a_question_is_answered_after_any_history(history: list[tuple[Cause, bool]], interrupting: bool) -> None:
    shell = Shell().live(history)
    shell.tell(RulesChanged(Rules(create_response=True, interrupt_response=interrupting)))
    shell.tell(InputCleared())
    shell.settle()
    shell.tell(SpeechStarted(1))
    shell.tell(SpeechEnded(said(1)))
    asked = shell.turn.number
    shell.tell(Transcribed(asked))
    assert shell.done[-1].orders == (Answer(asked),)


@given(histories(HEARD, WORK, st.just(fact(CancelRequested()))))
def test_nobody_is_answered_who_did_not_ask(history: list[tuple[Cause, bool]]) -> None:
    shell = Shell(Turn(rules=Rules(create_response=False))).live(history)
    shell.settle(words=RESULTS[-1])
    assert not any(isinstance(order, Answer | Apologize) for order in shell.orders)


SURE = st.sampled_from([STARTED, ENDED])


@given(histories(SURE, SURE, WORK, WORK, ASKED, CHANGED))
def test_everything_said_is_transcribed_in_the_order_of_its_saying(history: list[tuple[Cause, bool]]) -> None:
    shell = Shell().live(history)
    shell.settle()
    shell.tell(InputCleared())
    shell.settle()
    words = [happening.event.utterance.onset_ms for happening in shell.done if isinstance(happening.event, SpeechEnded)]
    transcribed = [
        sample for order in shell.orders if isinstance(order, Transcribe) for sample in order.utterance.samples
    ]
    assert transcribed == words


MANUAL = Rules(create_response=False, interrupt_response=False)


@given(histories(st.just(ENDED), WORK))
def test_an_answer_asked_for_knows_all_that_was_said_before(history: list[tuple[Cause, bool]]) -> None:
    shell = Shell(Turn(rules=MANUAL)).live([*history, (ENDED, False), (fact(AnswerRequested()), False)])
    shell.settle()
    work = [type(order) for order in shell.orders]
    assert work.count(Answer) == 1
    assert work[-1] is Answer
