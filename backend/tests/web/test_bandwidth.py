"""A minute of talk in Opus fits through 64 kbit/s: every byte of the connection is counted, in both directions."""

import asyncio
import base64
import json
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import opuslib_next
from websockets import ClientConnection, connect

from app.core.audio import FRAME_RATE, Samples
from app.ports import Transcript
from app.wire.opus import PACKET_MS, join, split
from tests.clients.news import News
from tests.fakes import FakeSpeechToText, FakeTextToSpeech
from tests.web.serving import FakeProviders, make_backend, running

DATA = Path(__file__).parents[1] / "data"
RATE = 24_000
PACKET_SAMPLES = RATE * PACKET_MS // 1000


def recorded(name: str) -> Samples:
    with wave.open(str(DATA / f"{name}.wav")) as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


RECORDINGS = ("question_en", "question_ja", "interrupt_en")  # 8.2 s of speech, and 3 of silence around it
TURNS = [RECORDINGS[number % 3] for number in range(9)]
MINUTE_S = 60.0
SILENCE_S = (MINUTE_S - sum(recorded(name).size for name in TURNS) / RATE) / len(TURNS)
ROOM = 30  # of 32768: what a quiet room sounds like, -60 dB
SINGLES = 10  # packets after a silence that go alone
QUESTION = "I would like to know what the capital of France is and which river it lies on"
ANSWER = "The capital of France is Paris, which lies on the Seine."
WORDS_PER_S = 3


class GrowingWords(FakeSpeechToText):
    """Hears more words the more there is."""

    async def transcribe(self, audio: Samples, *, language: str | None, prompt: str = "") -> Transcript:
        await super().transcribe(audio, language=language, prompt=prompt)
        words = QUESTION.split()[: round(audio.size / FRAME_RATE * WORDS_PER_S)]
        return Transcript(" ".join(words), "en", -0.2, 0.01)


class RecordedVoice(FakeTextToSpeech):
    """Says a recorded sentence, whatever it is given."""

    async def synthesize(self, text: str, *, voice: str | None) -> AsyncGenerator[Samples, None]:
        sound = recorded("question_en")
        for at in range(0, sound.size, RATE // 10):
            await self._pass_gate()
            yield sound[at : at + RATE // 10]


@dataclass
class Traffic:
    """What has passed, in bytes."""

    up: int = 0
    down: int = 0


@asynccontextmanager
async def counting(host: str, traffic: Traffic) -> AsyncIterator[str]:
    """Pass on every byte, and count them; yields where to connect."""
    name, port = host.split(":")
    pumps: list[asyncio.Task[None]] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: str) -> None:
        while data := await reader.read(1 << 16):
            setattr(traffic, direction, getattr(traffic, direction) + len(data))
            writer.write(data)
            await writer.drain()
        writer.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(name, int(port))
        pumps.append(asyncio.create_task(pump(reader, far_writer, "up")))
        pumps.append(asyncio.create_task(pump(far_reader, writer, "down")))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*pumps)


class Microphone:
    """Opus packets as a page sends them: after a silence alone, then three to a message, silence five to a message."""

    def __init__(self) -> None:
        self._encoder = opuslib_next.Encoder(RATE, 1, opuslib_next.APPLICATION_VOIP)
        self._encoder.bitrate, self._encoder.dtx = 24_000, 1
        self._room = np.random.default_rng(1)
        self._held: list[bytes] = []
        self._singles = SINGLES

    def messages(self, sound: Samples) -> Iterator[bytes]:
        sound = sound + self._room.normal(0, ROOM, sound.size).astype(np.int16)
        for at in range(0, sound.size - PACKET_SAMPLES + 1, PACKET_SAMPLES):
            packet = self._encoder.encode(sound[at : at + PACKET_SAMPLES].tobytes(), PACKET_SAMPLES)
            yield from self._add(packet if len(packet) > 1 else b"")

    def _add(self, packet: bytes) -> Iterator[bytes]:
        if packet and self._held and not self._held[-1]:
            yield self._take()
            self._singles = SINGLES
        self._held.append(packet)
        if packet:
            self._singles -= 1
        if len(self._held) >= (5 if not packet else 1 if self._singles >= 0 else 3):
            yield self._take()

    def _take(self) -> bytes:
        packets, self._held = self._held, []
        return join(packets)


class Page:
    """A client as our page is one."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._microphone = Microphone()
        self.news: News[dict[str, object]] = News(lambda event: str(event["type"]))

    async def listen(self) -> None:
        async for message in self._socket:
            self.news.add(json.loads(message))

    async def say(self, kind: str, **fields: object) -> None:
        await self._socket.send(json.dumps({"type": kind, **fields}, separators=(",", ":")))

    async def speak(self, sound: Samples) -> None:
        for data in self._microphone.messages(sound):
            await self.say("input_audio_buffer.append", audio=base64.b64encode(data).decode())
            await asyncio.sleep(0)  # the server, in the same loop, takes what it can


async def hold_a_minute_of_talk(host: str) -> Page:
    """Ask and be answered nine times, with silence up to a minute; return the client, which has gone."""
    opus = {"format": {"type": "audio/opus"}}
    patient = {"type": "server_vad", "silence_duration_ms": 1200}  # one of the recordings has a pause in it
    async with connect(f"ws://{host}/v1/realtime", proxy=None) as socket:
        page = Page(socket)
        listening = asyncio.create_task(page.listen())
        audio = {"input": {**opus, "transcription": {}, "turn_detection": patient}, "output": opus}
        await page.say("session.update", session={"type": "realtime", "audio": audio, "kaiwa": {}})
        for number, name in enumerate(TURNS, start=1):
            await page.speak(recorded(name))
            await page.speak(np.zeros(round(SILENCE_S * RATE), np.int16))
            await page.news.get("response.done", number)
    await listening
    return page


async def test_a_minute_of_talk_fits_through_64_kbit_a_second() -> None:
    providers, traffic = FakeProviders(), Traffic()
    providers.stt, providers.tts = GrowingWords(), RecordedVoice(sample_rate=RATE)
    providers.llm.answers.extend([ANSWER] * len(TURNS))
    backend = make_backend(providers, outbox_ahead_s=600, messages_per_s=10_000)
    async with running(backend) as address, counting(address, traffic) as host:
        page = await hold_a_minute_of_talk(host)
    answers = [cast("dict[str, Any]", done["response"])["status"] for done in page.news.of("response.done")]
    packets = [split(base64.b64decode(str(each["delta"]))) for each in page.news.of("response.output_audio.delta")]
    assert answers == ["completed"] * len(TURNS)
    assert sum(map(len, packets)) * PACKET_MS >= 25_000
    assert len(page.news.of("kaiwa.transcription.partial")) >= 40  # up to three a second while somebody speaks
    kbit_s = (traffic.up + traffic.down) * 8 / MINUTE_S / 1000
    assert kbit_s <= 64
