"""The ear of a session: positions, changes of turn detection, buffers that are cleared and committed, ducking."""

import asyncio
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.audio import FRAME_SAMPLES
from app.core.events import SpeechEnded, SpeechStarted
from app.core.gate import GateEvent, GateSettings
from app.session.hearing import Hearing
from tests.fakes import FakeVoiceDetector
from tests.session.memory_client import MemoryClient
from tests.session.speaking import VAD, update, utter, write
from tests.session.stage import Stage, voice

LOUD, STILL = np.full(FRAME_SAMPLES, 9_000, np.int16), np.zeros(FRAME_SAMPLES, np.int16)


def hear(hearing: Hearing, *samples: Any) -> list[GateEvent]:
    frames = [frame for each in samples for frame in hearing.frames(each)]
    return [event for frame in frames for event in hearing.judge(frame, playing=False, spoken="")]


def new_hearing(*, manual: bool = False) -> Hearing:
    hearing = Hearing(FakeVoiceDetector(), GateSettings(), lambda: 100.0)
    hearing.adopt(GateSettings(), manual=manual)
    return hearing


def onsets(events: list[GateEvent]) -> list[int]:
    return [event.onset_ms for event in events if isinstance(event, SpeechStarted)]


def test_positions_go_on_where_they_were_after_a_time_without_turn_detection() -> None:
    hearing = new_hearing()
    hear(hearing, *[STILL] * 10)
    assert hearing.adopt(GateSettings(), manual=True)
    hear(hearing, *[STILL] * 50)
    assert hearing.adopt(GateSettings(), manual=False)
    assert onsets(hear(hearing, *[STILL] * 5, *[LOUD] * 10)) == [65 * 32]


def test_speech_under_way_waits_for_the_commit_when_turn_detection_goes_off() -> None:
    hearing = new_hearing()
    hear(hearing, *[STILL] * 20, *[LOUD] * 10)
    hearing.adopt(GateSettings(), manual=True)
    hear(hearing, *[LOUD] * 5)
    ended = hearing.commit()
    assert isinstance(ended, SpeechEnded)
    assert (ended.utterance.onset_ms, ended.utterance.voiced_ms) == (20 * 32, 15 * 32)
    assert ended.utterance.start_ms == 10 * 32  # the padding is kept too


def test_new_settings_alone_change_nobody_who_decides() -> None:
    hearing = new_hearing()
    hear(hearing, *[LOUD] * 10)
    assert not hearing.adopt(GateSettings(end_silence=5), manual=False)
    assert isinstance(hear(hearing, *[STILL] * 5)[-1], SpeechEnded)


@given(st.lists(st.sampled_from(["sound", "clear", "commit"]), max_size=30), st.integers(1, 5_000))
def test_positions_never_leave_the_frames(steps: list[str], samples: int) -> None:
    hearing = new_hearing(manual=True)
    for step in steps:
        if step == "sound":
            hear(hearing, np.full(samples, 9_000, np.int16))
        elif step == "clear":
            hearing.clear()
            assert hearing.commit() is None
        elif ended := hearing.commit():
            assert ended.utterance.end_ms <= hearing.received_ms
        assert 0 <= hearing.received_ms - hearing._frames * 32 < 32


def test_a_moment_of_sound_is_when_it_was_made() -> None:
    hearing = new_hearing()
    hear(hearing, *[STILL] * 100)
    assert hearing.when(3_200) == 100.0
    assert hearing.when(2_200) == pytest.approx(99.0)


# in a session


async def settled(client: MemoryClient) -> None:
    """Wait until everything said so far was served."""
    number = len(client.of("error")) + 1
    client.say(type="conversation.item.retrieve", item_id="nobody")
    await client.get("error", number)
    for _ in range(50):
        await asyncio.sleep(0)


async def test_speech_started_tells_where_it_began_and_only_when_it_is_real(stage: Stage) -> None:
    client = stage.open()
    client.silence(2_016)
    client.speak(voice(100))  # a cough
    client.silence(500)
    await settled(client)
    assert "input_audio_buffer.speech_started" not in client.kinds
    client.speak(voice(600))
    started = await client.get("input_audio_buffer.speech_started")
    assert abs(started["audio_start_ms"] - (2_016 + 600 - 300)) < 2 * 32  # less the padding
    client.silence(800)
    stopped = await client.get("input_audio_buffer.speech_stopped")
    assert abs(stopped["audio_end_ms"] - (2_016 + 600 + 600 + 500)) < 3 * 32
    assert stopped["item_id"] == started["item_id"]


async def test_turn_detection_off_and_on_again_in_mid_stream(stage: Stage) -> None:
    stage.llm.answers.append("Yes.")
    client = stage.open()
    update(client, input={"turn_detection": None})
    client.speak(voice(1_000))
    client.say(type="input_audio_buffer.commit")
    await client.get("input_audio_buffer.committed")
    client.silence(5_000)
    update(client, input={"turn_detection": VAD})
    utter(client)
    started = await client.get("input_audio_buffer.speech_started")
    assert abs(started["audio_start_ms"] - 6_000) < 3 * 32
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert len(client.of("response.created")) == 1


async def test_turn_detection_that_goes_off_in_mid_speech_loses_nothing_and_stops_nobody(stage: Stage) -> None:
    stage.stt.answers.append("Tell me about Paris.")
    stage.llm.answers.append("Yes.")
    client = stage.open()
    client.speak(voice(600))
    started = await client.get("input_audio_buffer.speech_started")
    update(client, input={"turn_detection": None})
    write(client, "And about Rome.")
    client.say(type="response.create")  # nobody is speaking any more: this does not wait
    await client.get("response.done")
    client.speak(voice(600))
    client.say(type="input_audio_buffer.commit")
    committed = await client.get("input_audio_buffer.committed")
    assert committed["item_id"] == started["item_id"]
    await client.until(lambda: bool(stage.stt.calls))
    assert stage.stt.calls[-1][0].size >= 16 * 1_150


async def test_semantic_vad_waits_as_eagerly_as_asked(stage: Stage) -> None:
    client = stage.open()
    update(client, input={"turn_detection": {"type": "semantic_vad", "eagerness": "low"}})
    client.speak(voice(600))
    client.silence(900)
    await settled(client)
    assert "input_audio_buffer.speech_stopped" not in client.kinds
    update(client, input={"turn_detection": {"type": "semantic_vad", "eagerness": "high"}})
    client.silence(64)
    await client.get("input_audio_buffer.speech_stopped")


async def test_a_commit_in_mid_speech_ends_the_utterance(stage: Stage) -> None:
    client = stage.open()
    client.speak(voice(600))
    client.say(type="input_audio_buffer.commit")
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    kinds = [kind for kind in client.kinds if kind.startswith("input_audio_buffer")]
    assert kinds == [f"input_audio_buffer.{each}" for each in ("speech_started", "speech_stopped", "committed")]


async def test_a_clear_in_mid_speech_forgets_it(stage: Stage) -> None:
    stage.stt.answers.append("What is next?")
    client = stage.open()
    client.speak(voice(600))
    client.say(type="input_audio_buffer.clear")
    await client.get("input_audio_buffer.cleared")
    client.silence(800)
    await settled(client)
    assert "input_audio_buffer.committed" not in client.kinds
    utter(client, 900)
    await client.get("response.done")
    assert len(client.of("input_audio_buffer.committed")) == 1
    assert stage.stt.calls[-1][0].size < 16 * 2_000


async def test_without_create_response_the_client_asks(stage: Stage) -> None:
    client = stage.open()
    update(client, input={"turn_detection": {**VAD, "create_response": False}})
    utter(client)
    await client.get("input_audio_buffer.committed")
    await settled(client)
    assert "response.created" not in client.kinds
    turns = stage.metrics.registry.get_sample_value("kaiwa_turns_total", {"outcome": "unanswered"})
    assert turns == 1  # every turn has its line in the log
    client.say(type="response.create")
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert stage.llm.calls[0].messages[-1]["role"] == "user"


async def test_an_answer_that_may_not_be_interrupted_is_finished_and_what_was_said_is_answered_after(
    stage: Stage,
) -> None:
    stage.stt.answers.extend(["Question one here.", "Question two is here. And so on."])
    stage.llm.answers.extend(["Answer one.", "Answer two."])
    client = stage.open()
    update(client, input={"turn_detection": {**VAD, "interrupt_response": False}})
    await client.get("session.updated")
    stage.tts.gate.clear()
    utter(client)
    await client.get("response.created")
    utter(client, 700)
    utter(client, 700)
    await client.get("input_audio_buffer.speech_stopped", 3)
    assert len(client.of("input_audio_buffer.committed")) == 1
    stage.tts.gate.set()
    await client.get("response.done", 2)
    assert [each["response"]["status"] for each in client.of("response.done")] == ["completed", "completed"]
    assert stage.llm.calls[1].messages[-1]["content"] == "Question two is here. And so on."
    assert stage.stt.calls[-1][0].size > 16 * 2_600  # both of what was said meanwhile


# ducking


async def playing(stage: Stage, *, kaiwa: bool) -> MemoryClient:
    stage.llm.answers.append("It is Paris. It lies on the Seine. It is a very old city.")
    client = stage.open()
    if kaiwa:
        update(client, kaiwa={})
    utter(client)
    await client.get("response.output_audio.delta")
    return client


async def test_a_cough_ducks_and_unducks_and_the_answer_goes_on(stage: Stage) -> None:
    client = await playing(stage, kaiwa=True)
    for _ in range(2):
        client.speak(voice(100))
        client.silence(400)
    await client.get("kaiwa.speech.dismissed", 2)
    ducks = [kind for kind in client.kinds if kind.startswith("kaiwa.speech")]
    assert ducks == ["kaiwa.speech.suspected", "kaiwa.speech.dismissed"] * 2
    assert len(client.of("input_audio_buffer.speech_started")) == 1
    assert "response.done" not in client.kinds or client.of("response.done")[0]["response"]["status"] == "completed"


async def test_real_speech_ducks_and_then_starts(stage: Stage) -> None:
    client = await playing(stage, kaiwa=True)
    client.speak(voice(600))
    await client.get("input_audio_buffer.speech_started", 2)
    await settled(client)
    tail = client.kinds[client.kinds.index("kaiwa.speech.suspected") :]
    assert tail.index("input_audio_buffer.speech_started") < tail.index("response.done")
    assert "kaiwa.speech.dismissed" not in tail


async def test_a_stock_client_gets_nothing_of_ours(stage: Stage) -> None:
    client = await playing(stage, kaiwa=False)
    client.speak(voice(100))
    client.silence(400)
    client.speak(voice(600))
    client.silence(800)
    await client.get("response.created", 2)
    assert not [kind for kind in client.kinds if kind.startswith("kaiwa")]
    assert "kaiwa" not in client.of("session.created")[0]["session"]


async def test_nobody_is_ducked_when_nothing_plays(stage: Stage) -> None:
    client = stage.open()
    update(client, kaiwa={})
    client.speak(voice(100))
    client.silence(400)
    client.speak(voice(600))
    await client.get("input_audio_buffer.speech_started")
    assert not [kind for kind in client.kinds if kind.startswith("kaiwa.speech")]
