"""`voice`: real spoken turns with the real models, in both languages. There is no bar: the machine decides."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import numpy as np

from app.cli.bench.programs import HOST, BenchError, Program, free_ports
from app.cli.bench.questions import INSTRUCTIONS, QUESTIONS
from app.cli.bench.sound import WIRE_RATE, Voiced, decode, find_voice
from app.cli.bench.talker import PACKET_MS, Talker, packets
from app.cli.bench.turns import Turn, match
from app.core.audio import Samples
from app.settings import Settings

START_S = 180.0  # of the whole assistant, its models checked and loaded
SPEAK_S = 60.0  # for the sound of one question
ANSWER_S = 60.0
PLAYED_S = 2.5  # after an answer was sent: it is sent two seconds ahead
PORTS = ("BACKEND_PORT", "LLM_LOCAL_PORT", "STT_PORT", "TTS_PORT", "EMBEDDING_PORT")


@dataclass(frozen=True, slots=True)
class Result:
    """The turns of each language, and the ids under which the log knows them."""

    turns: dict[str, Sequence[Turn]]
    request_ids: dict[str, Sequence[str | None]]
    models: dict[str, str]


class Line:
    """A microphone into which questions are put; between them it hears silence."""

    def __init__(self) -> None:
        self._silence = packets(np.zeros(WIRE_RATE * PACKET_MS // 1000, np.int16))[0]
        self._waiting: list[bytes] = []
        self._sent = 0

    def packet(self) -> bytes:
        """Return the next 20 ms."""
        self._sent += 1
        return self._waiting.pop(0) if self._waiting else self._silence

    def say(self, sound: Samples) -> Voiced:
        """Speak now; return where the voice lies in the stream."""
        begin_ms = self._sent * PACKET_MS
        found = find_voice(sound)
        self._waiting += packets(sound)
        return Voiced(begin_ms + found[0].onset_ms, begin_ms + found[-1].end_ms)


async def measure(url: str | None, settings: Settings, tell: Callable[[str], None]) -> Result:
    """Ask all questions; `tell` is given a line for each step on the way.

    Raises:
        BenchError: the assistant does not start, or a model is a mock.
    """
    key = settings.api_key.get_secret_value()
    turns: dict[str, Sequence[Turn]] = {}
    sessions: dict[str, str] = {}
    async with _assistant(url, tell) as (address, program):
        providers = await _providers(address)
        for language, questions in QUESTIONS.items():
            sounds = [await _speak(providers["tts"]["endpoint"], question) for question in questions]
            talker = await Talker.join(address, key=key, instructions=INSTRUCTIONS[language])
            tell(f"{language}: {len(sounds)} questions")
            turns[language] = await _talk(talker, sounds)
            sessions[language] = talker.ears.session_id
        lines = program.lines() if program else []
    return Result(
        turns,
        {language: request_ids(lines, sessions[language], len(turns[language])) for language in turns},
        {name: str(provider["model"] or provider["provider"]) for name, provider in providers.items()},
    )


@asynccontextmanager
async def _assistant(url: str | None, tell: Callable[[str], None]) -> AsyncIterator[tuple[str, Program | None]]:
    """Give the address of the assistant: the one that runs, or one that is started for as long as it is needed."""
    if url:
        yield url.rstrip("/"), None
        return
    tell("starting the assistant on its real models")
    ports = free_ports(len(PORTS))
    variables = {name: str(port) for name, port in zip(PORTS, ports, strict=True)}
    with TemporaryDirectory(prefix="bench-") as folder:
        variables["DATABASE_URL"] = f"sqlite:///{folder}/kaiwa.db"
        with Program("app.local", variables=variables, start_s=START_S) as program:
            address = f"http://{HOST}:{ports[0]}"
            await program.answer(f"{address}/ready")
            yield address, program


async def _providers(address: str) -> dict[str, Any]:
    async with httpx.AsyncClient(trust_env=False) as client:
        providers: dict[str, Any] = (await client.get(f"{address}/health")).json()["providers"]
    mocks = [name for name, provider in providers.items() if provider["is_mock"]]
    if mocks:
        raise BenchError(f"{', '.join(mocks)} at {address} is a mock; this bench is about real models.")
    return providers


async def _speak(endpoint: str, text: str) -> Samples:
    async with httpx.AsyncClient(trust_env=False, timeout=SPEAK_S) as client:
        answer = await client.post(endpoint, json={"text": text, "format": "wav"})
    return decode(answer.raise_for_status().content)


async def _talk(talker: Talker, sounds: Sequence[Samples]) -> list[Turn]:
    """Ask one question after the other, each when the answer before has been played."""
    line, said = Line(), []
    talker.talk(line, time.perf_counter())
    await asyncio.sleep(1.0)
    for sound in sounds:
        talker.ears.news.clear()
        said.append(line.say(sound))
        try:
            async with asyncio.timeout(ANSWER_S):
                await talker.ears.news.wait()
        except TimeoutError:
            continue  # its figures will be missing, and the table shows that
        await asyncio.sleep(PLAYED_S)
    talker.leave()
    if talker.ears.errors:
        raise BenchError(f"the session broke: {talker.ears.errors[0]}")
    return match(said, talker.started_at, talker.ears)


def request_ids(lines: Sequence[str], session_id: str, turns: int) -> list[str | None]:
    """Return the ids of a session's turns from the log; None where it does not tell."""
    found: dict[int, str] = {}
    for line in lines:
        if "turn.done" in line and session_id in line:
            event = json.loads(line)
            found[event["turn"]] = event["request_id"]
    return [found.get(number + 1) for number in range(turns)]
