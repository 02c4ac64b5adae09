import json

import numpy as np
import pytest

from app.cli.bench.sound import recording
from app.cli.bench.talker import PACKET_MS, packets
from app.cli.bench.turns import NEVER, Turn
from app.cli.bench.voice import Line, Result, request_ids
from app.cli.bench.voice_report import as_json, table

LOG = [
    "Kaiwa is starting",
    json.dumps({"message": "turn.done", "session_id": "sess_1", "turn": 2, "request_id": "req_b"}),
    json.dumps({"message": "turn.done", "session_id": "sess_2", "turn": 1, "request_id": "req_x"}),
    json.dumps({"message": "turn.done", "session_id": "sess_1", "turn": 1, "request_id": "req_a"}),
]
RESULT = Result(
    turns={"en": [Turn(2200.4, 900.0, 1300.0, None, "resp_1"), Turn(NEVER, None, None, None, None)]},
    request_ids={"en": ["req_a", None]},
    models={"llm": "small.gguf"},
)


def test_a_line_is_silent_until_something_is_said() -> None:
    line, question = Line(), recording("stop")
    silence = line.packet()
    line.packet()
    said = line.say(question)
    assert silence == packets(np.zeros(480, np.int16))[0]
    assert said.onset_ms > 2 * PACKET_MS
    assert [line.packet() for _ in packets(question)] == packets(question)
    assert line.packet() == silence


def test_turns_are_found_in_the_log_by_session_and_number() -> None:
    assert request_ids(LOG, "sess_1", 3) == ["req_a", "req_b", None]


def test_every_turn_is_reported_with_its_id_and_a_missing_one_as_none() -> None:
    first, second = (line for line in table(RESULT) if line.startswith("en") and "p" not in line.split()[1])
    assert first.split() == ["en", "1", "900", "1300", "2200", "req_a"]
    assert second.split() == ["en", "2", "none", "none", "none", "none"]


def test_the_file_holds_the_percentiles_and_the_turns() -> None:
    figures = json.loads(json.dumps(as_json(RESULT), allow_nan=False))
    assert figures["en"]["tts_start_ms"] == {"p50": 2200.4, "p95": None, "count": 2}
    assert figures["turns"][0]["request_id"] == "req_a"
    assert figures["targets_not_measured_here"] == {"partial_ms": 500, "tts_start_ms": 2000}


@pytest.mark.parametrize("word", ["partial 500 ms", "tts_start 2000 ms", "not measured here"])
def test_the_targets_are_named_as_not_measured(word: str) -> None:
    assert word in "\n".join(table(RESULT))
