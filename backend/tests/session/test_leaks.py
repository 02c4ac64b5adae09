"""Whoever comes and goes leaves nothing behind, whatever they said."""

import asyncio
import gc
import json
import weakref
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.session.limits import SessionLimits
from app.session.session import Session
from tests.session.memory_client import MemoryClient
from tests.session.speaking import UNPACED, utter
from tests.session.stage import Stage, voice

SESSIONS = 200


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def visit(number: int) -> "weakref.ref[Session]":
    """Open a session, bring it to some point of a turn, and leave."""
    stage = Stage()
    client = stage.open()
    blocked = (stage.stt, stage.llm, stage.tts, None)[number % 4]
    if blocked:
        blocked.gate.clear()
    client.speak(voice(1_000))
    client.silence(600)
    if blocked:
        await blocked.started.wait()
    else:
        await client.get("response.output_audio.delta")
    assert stage.session
    assert stage.task
    session = weakref.ref(stage.session)
    if number % 3:
        client.leave()
        await stage.task
    else:
        stage.task.cancel()
        await asyncio.gather(stage.task, return_exceptions=True)
    return session


async def test_sessions_dropped_in_mid_turn_leave_no_task_no_object_and_no_file() -> None:
    await visit(0)
    tasks, files = asyncio.all_tasks(), open_files()
    async with asyncio.timeout(20):
        sessions = [await visit(number) for number in range(SESSIONS)]
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks
    gc.collect()
    assert [each for each in sessions if each() is not None] == []
    assert open_files() == files


@pytest.mark.parametrize("where", ["stt", "llm", "tts"])
async def test_leaving_closes_what_is_in_flight(stage: Stage, where: str) -> None:
    provider = getattr(stage, where)
    provider.gate.clear()
    client = stage.open()
    utter(client)
    await provider.started.wait()
    client.leave()
    assert stage.task
    async with asyncio.timeout(2):
        await stage.task
    assert provider.cancelled == len(provider.calls)


async def test_cancelling_a_session_ends_all_of_it(stage: Stage) -> None:
    stage.llm.gate.clear()
    before = asyncio.all_tasks()
    client = stage.open()
    utter(client)
    await stage.llm.started.wait()
    assert stage.task
    stage.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage.task
    stage.task = None
    assert asyncio.all_tasks() == before
    assert stage.llm.cancelled == 1


async def test_a_client_that_stops_reading_and_leaves_does_not_hold_the_session(stage: Stage) -> None:
    client = stage.open()
    await client.get("session.created")
    client.slow.clear()
    utter(client)
    client.leave()
    assert stage.task
    async with asyncio.timeout(2):
        await stage.task


# any client at all

IDS = st.sampled_from(["a", "b", "c", "root", "item_x", ""])
TEXTS = st.sampled_from(["", "Hello.", "日本", "x" * 300])
CONTENT = st.builds(
    lambda kind, text: [{"type": kind, "text": text}],
    st.sampled_from(["input_text", "output_text", "input_audio", "input_image", "no"]),
    TEXTS,
)
ITEMS = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("message"),
            "role": st.sampled_from(["user", "assistant", "system", "no"]),
            "content": CONTENT,
        },
        optional={"id": IDS},
    ),
    st.fixed_dictionaries({"type": st.just("function_call_output"), "call_id": IDS, "output": TEXTS}),
    st.fixed_dictionaries({"type": st.just("function_call"), "name": IDS, "arguments": TEXTS}, optional={"id": IDS}),
    st.fixed_dictionaries({"type": st.just("item_reference"), "id": IDS}),
)
SOUND = st.sampled_from(["voice", "silence"])
DETECTION = st.sampled_from(
    [
        None,
        False,
        {"type": "server_vad"},
        {"type": "server_vad", "create_response": False},
        {"type": "server_vad", "interrupt_response": False, "silence_duration_ms": 0},
        {"type": "semantic_vad", "eagerness": "high"},
        {"type": "no"},
    ]
)
FORMAT = st.sampled_from([{"type": "audio/pcm"}, {"type": "audio/pcmu"}, {"type": "audio/pcma"}, {"type": "mp3"}])
UPDATES = st.fixed_dictionaries(
    {"type": st.sampled_from(["realtime", "realtime", "no"])},
    optional={
        "output_modalities": st.sampled_from([["audio"], ["text"], ["audio", "text"], None]),
        "instructions": TEXTS,
        "audio": st.fixed_dictionaries(
            {},
            optional={
                "input": st.fixed_dictionaries(
                    {},
                    optional={
                        "turn_detection": DETECTION,
                        "format": FORMAT,
                        "transcription": st.sampled_from([None, {}]),
                    },
                ),
                "output": st.fixed_dictionaries(
                    {}, optional={"format": FORMAT, "voice": st.sampled_from(["fake", "no", 5])}
                ),
            },
        ),
        "kaiwa": st.sampled_from([None, {}, {"language": "ja"}, {"no": 1}]),
        "tools": st.sampled_from([[], [{"type": "function", "name": "look"}], [{"type": "no"}]]),
        "tool_choice": st.sampled_from(["auto", "none", "required", {"type": "function", "name": "look"}, 5]),
        "max_output_tokens": st.sampled_from(["inf", 1, 0]),
    },
)
RESPONSES = st.fixed_dictionaries(
    {},
    optional={
        "conversation": st.sampled_from(["auto", "none", "no"]),
        "input": st.lists(ITEMS, max_size=3),
        "output_modalities": st.sampled_from([["audio"], ["text"], []]),
        "metadata": st.sampled_from([{}, {"a": "b"}, {"a": 5}]),
        "max_output_tokens": st.sampled_from(["inf", 2]),
    },
)


def event(name: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"type": st.just(name)}, optional=fields)


MESSAGES: st.SearchStrategy[dict[str, Any] | str] = st.one_of(
    SOUND,
    SOUND,
    event("session.update", session=UPDATES),
    event("input_audio_buffer.append", audio=st.sampled_from(["AAAA", "!", "A", 5, "日本"])),
    event("input_audio_buffer.commit"),
    event("input_audio_buffer.clear"),
    event("conversation.item.create", item=ITEMS, previous_item_id=IDS),
    event("conversation.item.retrieve", item_id=IDS),
    event("conversation.item.delete", item_id=IDS),
    event("conversation.item.truncate", item_id=IDS, content_index=st.just(0), audio_end_ms=st.integers(-1, 5_000)),
    event("response.create", response=st.one_of(st.none(), RESPONSES)),
    event("response.cancel", response_id=st.sampled_from([None, "resp_x"])),
    event("output_audio_buffer.clear"),
    event("no.such.event"),
    st.sampled_from(["wait", "no json"]),
)


async def tell(client: MemoryClient, message: dict[str, Any] | str, number: int) -> None:
    match message:
        case "voice":
            client.speak(voice(300))
        case "silence":
            client.silence(600)
        case "wait":
            for _ in range(30):
                await asyncio.sleep(0)
        case str():
            client.say_text(message)
        case _:
            client.say_text(json.dumps({**message, "event_id": f"e{number}"}))


def answers_in_the_protocols_order(client: MemoryClient) -> bool:
    """Every response has one beginning and one end, in this order, and nothing outside of them."""
    is_open: dict[str, bool] = {}
    for message in client.received:
        if message["type"] == "response.created":
            assert message["response"]["id"] not in is_open
            is_open[message["response"]["id"]] = True
        elif message["type"] == "response.done":
            assert is_open[message["response"]["id"]]
            is_open[message["response"]["id"]] = False
        elif message["type"] == "kaiwa.turn.timings":
            assert message.get("response_id") in {None, *is_open}
        elif "response_id" in message:
            assert is_open[message["response_id"]]
    return True


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(MESSAGES, max_size=25))
async def test_no_client_brings_a_session_down(messages: list[dict[str, Any] | str]) -> None:
    stage = Stage(limits=SessionLimits(messages_per_s=100_000, outbox_ahead_s=UNPACED, errors=10_000))
    before = asyncio.all_tasks()
    client = stage.open()
    for number, message in enumerate(messages):
        await tell(client, message, number)
    client.say(type="no.such.event", event_id="last")
    async with asyncio.timeout(5):
        await client.until(lambda: any(each["error"].get("event_id") == "last" for each in client.of("error")))
        client.leave()
        assert stage.task
        await stage.task
    assert asyncio.all_tasks() == before
    refused = [each["error"]["event_id"] for each in client.of("error") if "event_id" in each["error"]]
    assert len(refused) == len(set(refused))
    assert {each["error"]["type"] for each in client.of("error")} <= {"invalid_request_error"}
    assert len(client.of("error")) - len(refused) == messages.count("no json")
    assert answers_in_the_protocols_order(client)
