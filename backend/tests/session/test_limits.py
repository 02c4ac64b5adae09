"""What a client may ask for: how often, how much, how long; and what it is told when that is too much."""

import asyncio
import base64
import json
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.session.limits import SessionLimits, TokenBucket
from tests.session.memory_client import MemoryClient
from tests.session.speaking import VAD, update, utter
from tests.session.stage import Stage, voice

PLENTY = 10_000.0


def limited(stage: Stage, **limits: Any) -> MemoryClient:
    stage.limits = SessionLimits(**{"messages_per_s": PLENTY, **limits})
    return stage.open()


async def parted(stage: Stage, client: MemoryClient) -> tuple[str, tuple[int, str] | None]:
    """Wait for the session's end; return the last error's code and how it was closed."""
    assert stage.task
    async with asyncio.timeout(5):
        await stage.task
    assert client.received[-1]["type"] == "error"
    return client.received[-1]["error"]["code"], client.closed


def base64_of(samples: Any) -> str:
    return base64.b64encode(samples.tobytes()).decode()


async def test_too_many_messages_a_second_end_the_session(stage: Stage) -> None:
    client = limited(stage, messages_per_s=10)
    for _ in range(25):
        client.say(type="conversation.item.retrieve", item_id="nobody")
    assert await parted(stage, client) == ("rate_limit_exceeded", (1008, "Too many messages a second."))
    assert len(client.of("error")) == 21  # twice the rate at once, each answered, and the last


async def test_a_steady_client_is_never_too_fast(stage: Stage) -> None:
    client = limited(stage, messages_per_s=10)
    for number in range(60):
        stage.clock.advance(0.1)
        client.say(type="conversation.item.retrieve", item_id="nobody")
        await client.get("error", number + 1)
    assert client.closed is None


async def test_too_many_refused_messages_end_the_session_and_each_was_answered(stage: Stage) -> None:
    client = limited(stage, errors=5)
    for number in range(9):
        client.say(type="no.such.event", event_id=str(number))
    assert await parted(stage, client) == ("too_many_errors", (1008, "Too many refused messages."))
    assert [each["error"].get("event_id") for each in client.of("error")] == ["0", "1", "2", "3", "4", None]


async def test_sound_far_ahead_of_real_time_is_refused_and_may_come_later(stage: Stage) -> None:
    client = limited(stage, audio_burst_s=2.0)
    second = base64_of(np.zeros(24_000, "<i2"))
    for number in range(3):
        client.say(type="input_audio_buffer.append", audio=second, event_id=str(number))
    error = (await client.get("error"))["error"]
    assert (error["code"], error["param"], error["event_id"]) == ("rate_limit_exceeded", "audio", "2")
    stage.clock.advance(1)
    client.say(type="input_audio_buffer.append", audio=second)
    client.say(type="conversation.item.retrieve", item_id="nobody")
    await client.get("error", 2)
    assert len(client.of("error")) == 2


async def test_a_session_in_which_nobody_says_anything_ends(stage: Stage) -> None:
    client = limited(stage, idle_s=0.05)
    assert await parted(stage, client) == ("session_idle", (1001, "Nobody has said anything for too long."))


async def test_silence_is_no_sign_of_life_but_an_answer_under_way_is(stage: Stage) -> None:
    stage.llm.gate.clear()
    client = limited(stage, idle_s=0.1)
    client.say(type="response.create")
    await client.get("response.created")
    stage.clock.advance(10)
    await asyncio.sleep(0.2)  # longer than it may be idle
    assert client.closed is None
    client.say(type="response.cancel")
    await client.get("response.done")
    client.silence(200)
    assert (await parted(stage, client))[0] == "session_idle"


async def test_a_session_has_a_longest_duration(stage: Stage) -> None:
    client = limited(stage, longest_s=0.05)
    expected = ("session_expired", (1001, "The session reached its longest duration."))
    assert await parted(stage, client) == expected


async def test_goodbye_does_not_wait_for_a_client_that_does_not_read(stage: Stage) -> None:
    client = limited(stage, longest_s=0.05, outbox_lag_s=0.1)
    await client.get("session.created")
    client.slow.clear()
    assert stage.task
    async with asyncio.timeout(2):
        await stage.task
    assert client.closed is not None


@pytest.mark.parametrize("manual", [False, True])
async def test_an_utterance_has_a_longest_length_and_nothing_of_it_is_lost(stage: Stage, manual: bool) -> None:
    client = limited(stage, utterance_s=2.0)
    update(client, input={"transcription": {}, "turn_detection": None if manual else VAD})
    client.speak(voice(5_000))
    client.silence(800)
    if manual:
        client.say(type="input_audio_buffer.commit")

    def transcribed_s() -> float:
        completed = client.of("conversation.item.input_audio_transcription.completed")
        return sum(float(each["usage"]["seconds"]) for each in completed)

    await client.until(lambda: transcribed_s() >= 5)  # all that was voiced
    assert len(client.of("input_audio_buffer.committed")) >= 2


async def test_only_so_many_utterances_wait_for_the_recognizer(stage: Stage) -> None:
    stage.stt.gate.clear()
    client = limited(stage, pending_transcripts=2)
    update(client, input={"transcription": {}})
    for _ in range(3):
        utter(client)
    failed = await client.get("conversation.item.input_audio_transcription.failed")
    assert failed["item_id"] == client.of("input_audio_buffer.committed")[2]["item_id"]
    assert failed["error"]["code"] == "provider_refused"
    stage.stt.gate.set()
    await client.get("conversation.item.input_audio_transcription.completed", 2)


BROKEN: list[tuple[Any, str]] = [
    ({"audio": "not base64!"}, "invalid_audio"),
    ({"audio": "AAA"}, "invalid_audio"),
    ({"audio": base64.b64encode(b"123").decode()}, "invalid_audio"),  # half a sample
    ({"audio": "日本"}, "invalid_audio"),
    ({"audio": 5}, "invalid_type"),
    ({}, "missing_required_parameter"),
]


@pytest.mark.parametrize(("fields", "code"), BROKEN)
async def test_broken_sound_is_one_error_and_no_sound(stage: Stage, fields: dict[str, Any], code: str) -> None:
    client = stage.open()
    client.say(type="input_audio_buffer.append", event_id="mine", **fields)
    error = (await client.get("error"))["error"]
    assert (error["code"], error["event_id"]) == (code, "mine")
    utter(client)
    started = await client.get("input_audio_buffer.speech_started")
    assert started["audio_start_ms"] == 0
    assert len(client.of("error")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        '"x"',
        "NaN",
        "[" * 100_000,
        '{"a":' * 5_000,
        '{"type": 5}',
        "{}",
        '{"type": "x"}',
        "\ud800",
    ],
)
async def test_what_is_no_event_is_one_error(stage: Stage, text: str) -> None:
    client = stage.open()
    client.say_text(text)
    client.say(type="input_audio_buffer.clear")
    await client.get("input_audio_buffer.cleared")
    assert len(client.of("error")) == 1
    assert client.of("error")[0]["error"]["type"] == "invalid_request_error"


async def test_the_largest_message_does_not_keep_others_waiting(stage: Stage) -> None:
    client = limited(stage, audio_burst_s=400.0)
    sound = np.tile(voice(1_000), 327)[: 15 * 1024 * 1024 // 2]
    message = json.dumps({"type": "input_audio_buffer.append", "audio": base64_of(sound.astype("<i2"))})
    await client.get("session.created")
    longest, before = 0.0, time.perf_counter()
    client.say_text(message)
    client.say(type="conversation.item.retrieve", item_id="nobody")
    while not client.of("error"):
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    assert longest < 1.0  # one part of it is decoded at once; listening is done second by second


async def test_a_message_too_large_is_refused_before_it_costs_anything(stage: Stage) -> None:
    client = stage.open()
    client.say(type="input_audio_buffer.append", audio="A" * (21 * 1024 * 1024), event_id="big")
    error = (await client.get("error"))["error"]
    assert error["event_id"] == "big"
    assert error["code"] in {"invalid_audio", "rate_limit_exceeded"}


@given(
    rate=st.floats(0.1, 100),
    burst=st.floats(1, 100),
    steps=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 20)), max_size=50),
)
def test_a_bucket_never_lets_more_pass_than_its_burst_and_its_rate(
    rate: float, burst: float, steps: list[tuple[float, float]]
) -> None:
    now, passed = 0.0, 0.0
    bucket = TokenBucket(rate, burst, lambda: now)
    for wait_s, tokens in steps:
        now += wait_s
        if bucket.take(tokens):
            passed += tokens
        assert passed <= burst + rate * now + 1e-6
