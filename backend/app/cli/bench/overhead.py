"""`overhead`: what we add to the time of the models, what a session costs, how many sessions one core holds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

from app.cli.bench.figures import Spread, finite
from app.cli.bench.script import Script, write
from app.cli.bench.sound import recording
from app.cli.bench.stage import TURN_S, Run, stage

OPENING_GAP_MS = 800
BARGE_IN_GAP_MS = 1_900  # answers begin about 950 ms after the last voiced frame, so they are interrupted in full flow
TALK_GAP_MS = 8_400  # with the question itself: a turn every ten seconds
TALK_TURNS = 6
MIN_SPEECH_MS = 192  # of voice, before the gate takes it for an interruption
GROWTH_MS = 50  # of the 95th percentile: a core holds no more sessions
SESSION_STEP = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    turns: int  # of one session, for the delays
    steps: Sequence[int] | None  # numbers of sessions; None: more and more, until they are too many
    step_s: float


FULL = Plan(turns=48, steps=None, step_s=24.0)
QUICK = Plan(turns=4, steps=(4,), step_s=10.0)


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured. `one` is a single session that interrupts each answer; `steps` are many."""

    one: Run
    steps: Sequence[Run]

    @property
    def interruption_ms(self) -> Spread:
        """From the first voiced sample of an interruption to silence on the wire."""
        return Spread.of(turn.interruption_ms for turn in self.one.turns)

    @property
    def partial_ms(self) -> Spread:
        """From the first voiced sample to the first hypothesis."""
        return Spread.of(turn.partial_ms for turn in self.one.turns)

    @property
    def good(self) -> Run:
        """The run with the most sessions that one core holds."""
        return max((run for run in (self.one, *self.steps) if self.holds(run)), key=lambda run: run.sessions)

    @property
    def mb_per_session(self) -> float:
        """What each session more has added to the memory of the backend."""
        return (self.good.rss_mb - self.one.rss_mb) / max(1, self.good.sessions - 1)

    @property
    def is_void(self) -> bool:
        """Whether the talkers took too much of their core when nothing else was under way."""
        return self.one.is_void or (bool(self.steps) and self.steps[0].is_void)

    @property
    def could_be_more(self) -> bool:
        """Whether the search for the most sessions ended before the backend's core was full."""
        return self.holds(self.steps[-1]) or self.steps[-1].is_void

    def holds(self, run: Run) -> bool:
        """Whether the core holds so many sessions."""
        return run is self.one or (
            not run.is_void and run.overhead_ms.p95 <= self.one.overhead_ms.p95 + GROWTH_MS and not run.errors
        )

    def as_json(self) -> dict[str, Any]:
        """Return the figures under their published names."""
        return {
            "overhead_ms": self.one.overhead_ms.as_json(),
            "interruption_ms": self.interruption_ms.as_json(),
            "partial_ms": self.partial_ms.as_json(),
            "sessions_per_core": self.good.sessions,
            "sessions_per_core_could_be_more": self.could_be_more,
            "mb_per_session": finite(self.mb_per_session),
            "cpu_s_per_session_minute": finite(self.good.cpu_s_per_session_minute, 3),
            "void": self.is_void,
            "runs": [_run_as_json(run) for run in (self.one, *self.steps)],
        }


async def measure(plan: Plan, tell: Callable[[str], None]) -> Result:
    """Measure; `tell` is given a line for each step on the way.

    Raises:
        BenchError: it cannot be measured here.
    """
    talk = write([recording("capital")] * TALK_TURNS, [TALK_GAP_MS] * TALK_TURNS)
    barge_in = _barge_in(plan.turns)
    async with stage() as running:
        seconds = barge_in.length_ms / 1000 + TURN_S
        tell(f"one session, {plan.turns} turns, each of which interrupts the answer before: {seconds:.0f} s")
        result = Result(await running.run(barge_in, 1, seconds), ())
        for sessions in plan.steps or count(SESSION_STEP, SESSION_STEP):
            tell(f"{sessions} sessions, a turn every ten seconds each: {plan.step_s:.0f} s")
            run = await running.run(talk, sessions, plan.step_s)
            result = Result(result.one, (*result.steps, run))
            if not result.holds(run):
                break
    return result


def _barge_in(turns: int) -> Script:
    sounds = [recording("capital"), recording("stop")] * (turns // 2)
    return write(sounds, [OPENING_GAP_MS, *[BARGE_IN_GAP_MS] * (turns - 1)])


def _run_as_json(run: Run) -> dict[str, Any]:
    return {
        "sessions": run.sessions,
        "turns": len(run.turns),
        "missed": run.missed,
        "errors": len(run.errors),
        "overhead_ms": run.overhead_ms.as_json(),
        "backend_core_share": finite(run.backend_share, 3),
        "generator_core_share": finite(run.generator_share, 3),
        "packets_late_ms": run.late_ms.as_json(),
        "rss_mb": finite(run.rss_mb, 1),
        "cpu_s_per_session_minute": finite(run.cpu_s_per_session_minute, 3),
    }
