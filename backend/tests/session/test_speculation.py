"""Work begun on a suspected end of speech: seen by nobody before the end is sure, gone without trace if it was none."""

import asyncio
from dataclasses import replace

import pytest

from app.errors import ProviderUnavailable
from tests.session.memory_client import MemoryClient
from tests.session.speaking import spoken, update
from tests.session.stage import Stage, voice

PAUSE_MS = 300  # longer than the suspicion, shorter than the end
SUSPECT_FRAMES = 6
HARMLESS = {
    "session.created",
    "session.updated",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "kaiwa.transcription.partial",
    "conversation.item.input_audio_transcription.delta",
}


async def settle() -> None:
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.fixture
async def client(stage: Stage) -> MemoryClient:
    """A client whose session begins to work after 192 ms of silence."""
    client = stage.open()
    update(client, input={"transcription": {}})
    await client.get("session.updated")
    assert stage.session
    hearing = stage.session._state.hearing
    hearing.adopt(replace(hearing.gate.settings, suspect_end=SUSPECT_FRAMES), manual=False)
    return client


def outcomes(stage: Stage) -> dict[str, float]:
    samples = next(each for each in stage.metrics.registry.collect() if each.name == "kaiwa_turns").samples
    return {each.labels["outcome"]: each.value for each in samples if each.name == "kaiwa_turns_total"}


def history(stage: Stage) -> list[str]:
    assert stage.session
    return [item.said for item in stage.session._state.conversation.history.items()]


async def pause_in_speech(stage: Stage, client: MemoryClient) -> None:
    """Speak, pause until all secret work is done."""
    client.speak(voice(1200))
    client.silence(PAUSE_MS)
    async with asyncio.timeout(2):
        await stage.tts.started.wait()
    await settle()


async def test_nothing_is_seen_before_the_end_is_sure(stage: Stage, client: MemoryClient) -> None:
    stage.stt.answers.append("What is the capital?")
    stage.llm.answers.append("It is Paris.")
    await pause_in_speech(stage, client)
    assert stage.llm.calls[0].messages[-1] == {"role": "user", "content": "What is the capital?"}
    assert [text for text, _ in stage.tts.calls] == ["It is Paris."]
    assert set(client.kinds) <= HARMLESS
    assert "input_audio_buffer.speech_stopped" not in client.kinds
    assert history(stage) == []
    assert outcomes(stage) == {}


async def test_it_is_released_with_its_sound_ready(stage: Stage, client: MemoryClient) -> None:
    stage.stt.answers.append("What is the capital?")
    stage.llm.answers.append("It is Paris.")
    await pause_in_speech(stage, client)
    asked = len(stage.stt.calls)
    stage.stt.gate.clear()
    stage.llm.gate.clear()
    stage.tts.gate.clear()  # whatever was not done in secret would now wait for ever
    client.silence(400)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    order = [kind for kind in client.kinds if not kind.endswith(".delta")]
    assert order[2:] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    assert (len(stage.stt.calls), len(stage.llm.calls)) == (asked, 1)
    assert history(stage) == ["What is the capital?", "It is Paris."]
    assert outcomes(stage) == {"completed": 1}


async def test_it_is_dropped_without_trace_when_speech_goes_on(stage: Stage, client: MemoryClient) -> None:
    stage.stt.answers.extend(["What is", "What is the capital of France?"])
    stage.llm.answers.extend(["I do not know.", "It is Paris."])
    await pause_in_speech(stage, client)
    client.speak(voice(1200))
    client.silence(800)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert spoken(client) == "It is Paris."
    assert history(stage) == ["What is the capital of France?", "It is Paris."]
    assert stage.llm.calls[-1].messages[1:] == [{"role": "user", "content": "What is the capital of France?"}]
    assert len(client.of("response.created")) == len(client.of("input_audio_buffer.committed")) == 1
    started, stopped = client.of("input_audio_buffer.speech_started"), client.of("input_audio_buffer.speech_stopped")
    committed = client.of("input_audio_buffer.committed")
    assert [each["item_id"] for each in (*started, *stopped)] == [committed[0]["item_id"]] * 2
    assert outcomes(stage) == {"completed": 1}
    assert "I do not know." not in str(client.received)


@pytest.mark.parametrize("where", ["stt", "llm", "tts"])
async def test_what_is_in_flight_is_cancelled_when_speech_goes_on(
    stage: Stage, client: MemoryClient, where: str
) -> None:
    provider = getattr(stage, where)
    provider.gate.clear()
    client.speak(voice(1200))
    client.silence(PAUSE_MS)
    async with asyncio.timeout(2):
        await provider.started.wait()
    await settle()
    before = provider.cancelled
    client.speak(voice(200))
    await settle()
    assert provider.cancelled == before + 1
    provider.gate.set()
    client.silence(800)
    await client.get("response.done")
    assert outcomes(stage) == {"completed": 1}


async def test_the_final_words_wait_for_no_hypothesis(stage: Stage, client: MemoryClient) -> None:
    stage.stt.gate.clear()
    client.speak(voice(600))
    async with asyncio.timeout(2):
        await stage.stt.started.wait()  # a hypothesis
    client.silence(PAUSE_MS)
    await settle()
    assert stage.stt.cancelled == 1
    assert len(stage.stt.calls) == 2
    stage.stt.gate.set()


async def test_hypotheses_go_on_when_speech_goes_on(stage: Stage, client: MemoryClient) -> None:
    await pause_in_speech(stage, client)
    asked = len(stage.stt.calls)
    client.speak(voice(400))
    await settle()
    assert len(stage.stt.calls) > asked


async def test_a_failure_in_secret_is_tried_again_when_the_end_is_sure(stage: Stage, client: MemoryClient) -> None:
    stage.stt.errors.append(ProviderUnavailable("stt", "connection refused"))
    stage.stt.answers.append("What is the capital?")
    client.speak(voice(1200))
    client.silence(PAUSE_MS)
    async with asyncio.timeout(2):
        await stage.stt.started.wait()
    await settle()
    assert set(client.kinds) <= HARMLESS
    client.silence(400)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert history(stage)[0] == "What is the capital?"


async def test_a_mistake_of_ours_in_secret_is_a_secret(stage: Stage, client: MemoryClient) -> None:
    stage.llm.errors.append(RuntimeError("a bug"))
    client.speak(voice(1200))
    client.silence(PAUSE_MS)
    async with asyncio.timeout(2):
        await stage.llm.started.wait()
    await settle()
    assert set(client.kinds) <= HARMLESS
    client.silence(400)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"
    assert outcomes(stage) == {"completed": 1}


async def test_what_the_client_cannot_see_it_cannot_cancel(stage: Stage, client: MemoryClient) -> None:
    await pause_in_speech(stage, client)
    client.say(type="response.cancel")
    assert (await client.get("error"))["error"]["code"] == "response_cancel_not_active"
    client.silence(400)
    done = await client.get("response.done")
    assert done["response"]["status"] == "completed"


async def test_clearing_drops_it(stage: Stage, client: MemoryClient) -> None:
    await pause_in_speech(stage, client)
    client.say(type="input_audio_buffer.clear")
    await client.get("input_audio_buffer.cleared")
    client.silence(800)
    client.say(type="conversation.item.retrieve", item_id="nobody")
    await client.get("error")
    assert set(client.kinds) <= HARMLESS | {"input_audio_buffer.cleared", "error"}
    assert history(stage) == []


async def test_leaving_in_secret_ends_everything(stage: Stage, client: MemoryClient) -> None:
    stage.llm.gate.clear()
    client.speak(voice(1200))
    client.silence(PAUSE_MS)
    async with asyncio.timeout(2):
        await stage.llm.started.wait()
    client.leave()
    assert stage.task
    async with asyncio.timeout(2):
        await stage.task
    assert stage.llm.cancelled == 1
    assert set(client.kinds) <= HARMLESS
