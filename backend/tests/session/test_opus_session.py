"""A session in Opus: heard, answered in one stream, counted in milliseconds of sound."""

import base64
from typing import Any

import numpy as np
import pytest

from app.core.audio import FRAME_RATE, Resampler, Samples, energy_dbfs
from app.errors import ProviderUnavailable
from app.ports import ChatFinished, TextDelta, ToolCallDelta
from app.session.limits import SessionLimits
from app.wire.opus import join, split
from app.wire.opus_codec import ENCODED_RATE, OpusDecoder, OpusEncoder
from tests.session.memory_client import MemoryClient
from tests.session.speaking import retrieved, update, utter
from tests.session.stage import Stage, voice

OPUS = {"type": "audio/opus"}
LONG = "One sentence is here. Another one is here. The third one is here."
SILENCE = b""


def opened(stage: Stage, **session: Any) -> MemoryClient:
    client = stage.open()
    update(client, input={"format": OPUS, "transcription": {}}, output={"format": OPUS}, **session)
    return client


def append(client: MemoryClient, *packets: bytes, **fields: Any) -> None:
    client.say(type="input_audio_buffer.append", audio=base64.b64encode(join(packets)).decode(), **fields)


def speak(client: MemoryClient, ms: int = 1200, silence_ms: int = 800) -> None:
    for packet in OpusEncoder().encode(voice(ms)):
        append(client, packet)
    append(client, *[SILENCE] * (silence_ms // 20))


def packets_of(client: MemoryClient) -> list[list[bytes]]:
    """The answer's packets, delta by delta."""
    return [split(base64.b64decode(each["delta"])) for each in client.of("response.output_audio.delta")]


async def hummed(stage: Stage, *sentences: str) -> Samples:
    """What the voice makes of the sentences, each resampled by itself."""
    sounds = []
    for sentence in sentences:
        resampler = Resampler(stage.tts.sample_rate, ENCODED_RATE)
        sounds += [resampler.push(chunk) async for chunk in stage.tts.synthesize(sentence, voice=None)]
        sounds.append(resampler.flush())
    return np.concatenate(sounds)


async def test_what_is_said_in_opus_is_heard_and_silence_ends_it(stage: Stage) -> None:
    client = opened(stage)
    speak(client)
    completed = await client.get("conversation.item.input_audio_transcription.completed")
    assert completed["usage"]["seconds"] == pytest.approx(2.0, abs=0.3)  # with what is kept around it
    heard, _, _ = stage.stt.calls[-1]
    loudest = max(energy_dbfs(heard[at : at + FRAME_RATE // 10]) for at in range(0, heard.size, FRAME_RATE // 10))
    assert loudest == pytest.approx(energy_dbfs(voice()), abs=2)


async def test_positions_count_the_silence_that_needed_no_packets(stage: Stage) -> None:
    client = opened(stage)
    append(client, *[SILENCE] * 100)
    speak(client)
    started = await client.get("input_audio_buffer.speech_started")
    assert 1_500 < started["audio_start_ms"] <= 2_000


async def test_the_sentences_of_an_answer_are_one_stream_and_only_its_end_is_padded(unpaced: Stage) -> None:
    unpaced.llm.answers.append(LONG)
    client = opened(unpaced)
    speak(client)
    await client.get("response.done")
    encoder = OpusEncoder()
    sound = await hummed(unpaced, *[text for text, _ in unpaced.tts.calls])
    expected = encoder.encode(sound) + encoder.finish()
    assert [packet for delta in packets_of(client) for packet in delta] == expected


async def test_the_first_piece_of_an_answer_is_there_with_its_first_chunk(stage: Stage) -> None:
    stage.tts.gate.clear()
    client = opened(stage)
    speak(client)
    await client.get("response.content_part.added")
    stage.tts.gate.set()
    await client.get("response.done")
    first, *others = packets_of(client)
    assert len(first) <= 5  # of the voice's first chunk, 100 ms
    assert all(len(each) <= 10 for each in others)


async def test_the_answer_sounds_like_the_voice(unpaced: Stage) -> None:
    client = opened(unpaced)
    speak(client)
    await client.get("response.done")
    sound = OpusDecoder().decode([packet for delta in packets_of(client) for packet in delta])
    spectrum = np.abs(np.fft.rfft(sound.astype(float)))
    assert float(np.argmax(spectrum)) * FRAME_RATE / sound.size == pytest.approx(220, abs=2)


async def test_what_was_heard_is_counted_in_the_sound_that_was_sent(unpaced: Stage) -> None:
    unpaced.llm.answers.append(LONG)
    client = opened(unpaced)
    speak(client)
    item = (await client.get("response.done"))["response"]["output"][0]
    sent_ms = 20 * sum(map(len, packets_of(client)))
    assert sent_ms == pytest.approx(60 * len(LONG), abs=100)  # white space between sentences is not hummed
    for played_ms, heard in ((1_300, "One sentence is here."), (sent_ms, LONG)):
        client.say(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=played_ms)
        assert (await retrieved(client, item["id"]))["content"][0]["transcript"] == heard
    client.say(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=sent_ms + 5_000)
    assert (await client.get("error"))["error"]["code"] == "audio_end_ms_out_of_range"


async def test_before_a_call_the_speech_is_said_to_its_end(unpaced: Stage) -> None:
    call = ToolCallDelta(0, "{}", "call_0", "get_time")
    unpaced.llm.answers.append([TextDelta("Let me look. "), call, ChatFinished("tool_calls", 9, 4, 0)])
    client = opened(unpaced, tools=[{"type": "function", "name": "get_time"}])
    speak(client)
    await client.get("response.done")
    encoder = OpusEncoder()
    said = await hummed(unpaced, "Let me look.")
    assert [packet for delta in packets_of(client) for packet in delta] == encoder.encode(said) + encoder.finish()
    last = len(client.kinds) - 1 - client.kinds[::-1].index("response.output_audio.delta")
    assert last < client.kinds.index("response.output_audio.done")


async def test_one_response_may_be_in_opus_in_a_session_that_is_not(unpaced: Stage) -> None:
    client = unpaced.open()
    utter(client)
    await client.get("response.done")
    plain = len(client.of("response.output_audio.delta"))
    unpaced.clock.advance(60)
    client.say(type="response.create", response={"audio": {"output": {"format": OPUS}}})
    await client.get("response.done", 2)
    assert client.of("response.created")[1]["response"]["audio"]["output"]["format"] == {**OPUS, "rate": 48_000}
    assert all(split(base64.b64decode(each["delta"])) for each in client.of("response.output_audio.delta")[plain:])


async def test_an_apology_goes_on_in_the_same_stream(unpaced: Stage) -> None:
    gone = ProviderUnavailable("llm", "it has gone")
    unpaced.llm.answers.extend([[TextDelta("It is Paris. "), gone], [gone]])
    client = opened(unpaced)
    speak(client)
    done = await client.get("response.done")
    assert done["response"]["status"] == "failed"
    said = np.concatenate((await hummed(unpaced, "It is Paris."), voice(400)))
    encoder = OpusEncoder()
    assert [packet for delta in packets_of(client) for packet in delta] == encoder.encode(said) + encoder.finish()


async def test_sound_is_counted_by_its_length_whatever_its_bytes(stage: Stage) -> None:
    stage.limits = SessionLimits(messages_per_s=10_000, audio_burst_s=2.0)
    client = opened(stage)
    append(client, *[SILENCE] * 100)
    append(client, SILENCE, event_id="one more")
    error = (await client.get("error"))["error"]
    assert (error["code"], error["event_id"]) == ("rate_limit_exceeded", "one more")


@pytest.mark.parametrize(
    "data", [b"\x00", b"\x00\x05abc", join([b"\x01abc"]), join([b"\x04" + bytes(40)]), join([SILENCE] * 3001)]
)
async def test_what_is_no_opus_is_refused_and_the_session_goes_on(stage: Stage, data: bytes) -> None:
    client = opened(stage)
    client.say(type="input_audio_buffer.append", audio=base64.b64encode(data).decode(), event_id="bad")
    error = (await client.get("error"))["error"]
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_audio", "audio", "bad")
    speak(client)
    await client.get("conversation.item.input_audio_transcription.completed")
