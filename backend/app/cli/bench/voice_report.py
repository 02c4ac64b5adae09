"""The table of a `voice` run: every turn with its id, then each language. Reported, not judged."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from app.cli.bench.figures import Spread, finite
from app.cli.bench.voice import Result

TARGETS = {"partial_ms": 500, "tts_start_ms": 2000}
"""Of the machine that the production profile is made for, at p95. They are not measured here."""


@dataclass(frozen=True, slots=True)
class Row:
    """One turn: partial from the first voiced sample, the others from the end of the last voiced frame."""

    language: str
    turn: int
    partial_ms: float | None
    final_ms: float | None
    tts_start_ms: float | None
    request_id: str | None  # of the server's log, if that is ours to read
    response_id: str | None


def rows(result: Result) -> Iterator[Row]:
    """Return a row for each turn."""
    for language, turns in result.turns.items():
        for number, turn in enumerate(turns):
            yield Row(
                language,
                number + 1,
                None if turn.partial_ms is None else finite(turn.partial_ms, 0),
                None if turn.final_ms is None else finite(turn.final_ms, 0),
                finite(turn.answer_ms, 0),
                result.request_ids[language][number],
                turn.reply_id,
            )


def as_json(result: Result) -> dict[str, Any]:
    """Return the figures of each language and of every turn."""
    return {
        "models": result.models,
        "targets_not_measured_here": TARGETS,
        **{
            language: {name: each.as_json() for name, each in _spreads(result, language).items()}
            for language in result.turns
        },
        "turns": [asdict(row) for row in rows(result)],
    }


def table(result: Result) -> Iterator[str]:
    """Return the lines to print."""
    yield from (f"{name:<10} {model}" for name, model in result.models.items())
    yield ""
    yield f"{'language':<10}{'turn':>5}{'partial':>9}{'final':>9}{'tts_start':>11}   id"
    for row in rows(result):
        times = _times(row.partial_ms, row.final_ms, row.tts_start_ms)
        yield f"{row.language:<10}{row.turn:>5}{times}   {row.request_id or row.response_id or 'none'}"
    for language in result.turns:
        spreads = _spreads(result, language).values()
        yield f"{language:<10}{'p50':>5}{_times(*(each.p50 for each in spreads))}"
        yield f"{language:<10}{'p95':>5}{_times(*(each.p95 for each in spreads))}"
    yield "All in ms; partial from the first voiced sample, final and tts_start from the end of the last voiced frame."
    targets = ", ".join(f"{name.removesuffix('_ms')} {ms} ms" for name, ms in TARGETS.items())
    yield f"Targets of the production machine at p95, not measured here: {targets}."


def _spreads(result: Result, language: str) -> dict[str, Spread]:
    turns = result.turns[language]
    return {
        "partial_ms": Spread.of(turn.partial_ms for turn in turns),
        "final_ms": Spread.of(turn.final_ms for turn in turns),
        "tts_start_ms": Spread.of(turn.answer_ms for turn in turns),
    }


def _times(partial: float | None, final: float | None, start: float | None) -> str:
    return f"{_ms(partial):>9}{_ms(final):>9}{_ms(start):>11}"


def _ms(value: float | None) -> str:
    known = None if value is None else finite(value, 0)
    return "none" if known is None else f"{known:.0f}"
