"""From messages and their times to figures, and from figures to a verdict."""

import base64
import json
import math

import numpy as np
import pytest

from app.cli.bench.ears import AUDIBLE, Ears
from app.cli.bench.figures import Spread
from app.cli.bench.overhead import Result
from app.cli.bench.report import bars, table
from app.cli.bench.sound import Voiced
from app.cli.bench.stage import Run
from app.cli.bench.turns import EXPECTED_MS, NEVER, Turn, match

QUIET, LOUD = [0] * 24, [AUDIBLE] * 24  # a millisecond each


def message(kind: str, **fields: object) -> bytes:
    return json.dumps({"type": kind, **fields}).encode()


def sound(samples: list[int]) -> bytes:
    delta = base64.b64encode(np.asarray(samples, "<i2").tobytes()).decode()
    return message("response.output_audio.delta", delta=delta)


def answer(ears: Ears, number: int, begin: float, end: float) -> None:
    ears.take(message("response.created", response={"id": f"r{number}"}), begin)
    ears.take(sound(LOUD), begin + 0.1)
    ears.take(message("response.done", response={"status": "completed"}), end)


def run(sessions: int, overhead_ms: float, *, generator_share: float = 0.1, rss_mb: float = 100.0) -> Run:
    turn = Turn(EXPECTED_MS + overhead_ms, 250.0, 90.0, 210.0, "r1")
    return Run(sessions, [turn] * 4, (), rss_mb, 0.01 * sessions, generator_share, Spread(0, 0, 1))


def test_percentiles_are_values_that_occurred() -> None:
    assert Spread.of([None, 3.0, 1.0, 2.0, NEVER]) == Spread(2.0, NEVER, 4)
    assert Spread.of(float(number) for number in range(1, 101)) == Spread(50.0, 95.0, 100)


def test_what_never_came_is_null_in_json() -> None:
    assert Spread.of([1.0, NEVER]).as_json() == {"p50": 1.0, "p95": None, "count": 2}
    assert math.isnan(Spread.of([]).p50)


def test_silence_ahead_of_the_voice_counts_as_delay() -> None:
    ears = Ears()
    ears.take(message("response.created", response={"id": "r1"}), 1.0)
    ears.take(sound(QUIET), 1.1)
    ears.take(sound(QUIET * 5 + LOUD), 1.2)
    ears.take(sound(LOUD), 1.3)
    assert ears.replies[0].audible_at == pytest.approx(1.205)
    assert ears.replies[0].silent_at == 1.3


def test_a_turn_is_measured_from_the_end_of_its_last_voiced_frame() -> None:
    ears = Ears()
    ears.take(message("kaiwa.transcription.partial"), 100.8)
    ears.take(message("conversation.item.input_audio_transcription.completed"), 102.6)
    answer(ears, 1, 102.7, 105.0)
    (turn,) = match([Voiced(500, 2000)], 100.0, ears)
    assert turn.partial_ms == pytest.approx(300)
    assert turn.final_ms == pytest.approx(600)
    assert turn.answer_ms == pytest.approx(800)
    assert turn.overhead_ms == pytest.approx(800 - 512 - 80 - 260 - 90)
    assert turn.interruption_ms is None


def test_what_comes_after_the_next_question_belongs_to_that() -> None:
    ears = Ears()
    ears.take(message("kaiwa.transcription.partial"), 5.3)
    ears.take(message("conversation.item.input_audio_transcription.completed"), 6.9)
    answer(ears, 1, 7.0, 9.0)
    first, second = match([Voiced(500, 2000), Voiced(5000, 6200)], 0.0, ears)
    assert first == Turn(NEVER, None, None, None, None)
    assert second.partial_ms == pytest.approx(300)
    assert second.reply_id == "r1"


def test_an_utterance_that_meets_an_answer_interrupts_it() -> None:
    ears = Ears()
    answer(ears, 1, 2.7, 5.21)
    answer(ears, 2, 7.0, 9.0)
    turns = match([Voiced(500, 2000), Voiced(5000, 6200)], 0.0, ears)
    assert [turn.reply_id for turn in turns] == ["r1", "r2"]
    assert turns[1].interruption_ms == pytest.approx(210)


def test_an_answer_that_does_not_stop_was_never_interrupted() -> None:
    ears = Ears()
    answer(ears, 1, 2.7, 6.5)
    (_, interruption) = match([Voiced(500, 2000), Voiced(5000, 6200)], 0.0, ears)
    assert interruption.interruption_ms == NEVER
    assert interruption.answer_ms == NEVER


def test_an_answer_that_was_sent_whole_is_not_interrupted() -> None:
    ears = Ears()
    answer(ears, 1, 2.7, 4.9)
    (_, later) = match([Voiced(500, 2000), Voiced(5000, 6200)], 0.0, ears)
    assert later.interruption_ms is None


def test_sessions_are_too_many_when_p95_has_grown_by_50_ms() -> None:
    result = Result(run(1, 12), [run(16, 20), run(32, 61, rss_mb=131.0), run(48, 63)])
    assert result.good.sessions == 32
    assert result.mb_per_session == pytest.approx(1.0)
    assert not result.could_be_more
    assert result.as_json()["cpu_s_per_session_minute"] == pytest.approx(0.6)


def test_a_busy_generator_voids_a_run_and_says_so() -> None:
    void = run(16, 12, generator_share=0.71)
    assert Result(run(1, 12), [void]).is_void
    assert "VOID" in "\n".join(table(Result(run(1, 12), [void])))
    later = Result(run(1, 12), [run(16, 12), void])
    assert not later.is_void
    assert later.good.sessions == 16
    assert later.could_be_more


def test_the_table_says_which_bars_are_missed() -> None:
    result = Result(run(1, 16), [run(64, 20), run(80, 90)])
    held = {bar["name"]: bar["held"] for bar in bars(result)}
    assert held == {
        "overhead, ms": False,
        "beyond the gate's minimum of speech": True,
        "onset to first partial transcript, ms": True,
        "sessions per core": True,
        "memory per session, MB": True,
        "CPU seconds per session-minute": True,
    }
    assert [line.startswith("overhead, ms") for line in table(result) if "MISSED" in line] == [True]


def test_a_bar_that_was_not_reached_is_open_while_more_was_possible() -> None:
    (row,) = (bar for bar in bars(Result(run(1, 10), [run(4, 10)])) if bar["name"] == "sessions per core")
    assert row["held"] is None
