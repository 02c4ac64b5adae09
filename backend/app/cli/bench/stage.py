"""The stage of an `overhead` run: the backend with a core to itself, mock servers and talkers on another one."""

import asyncio
import json
import os
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from app.cli.bench.figures import Spread
from app.cli.bench.programs import HOST, BenchError, Program, Usage, free_ports
from app.cli.bench.script import GRID_MS, Reading, Script
from app.cli.bench.talker import PACKET_MS, Talker
from app.cli.bench.turns import Turn, match

ANSWER = "The capital city of that is Paris today. It lies on a river and has many old bridges."
"""What the mock language model says: six seconds of sound, its first sentence eight tokens long."""
SETTLE_S = 2.0
TURN_S = 2.5  # after that an answer has begun, or is missing
JOIN_AT_ONCE = 16
FULL_CORE = 0.7  # of its core that the talkers and the mocks may use; beyond, a run is void
MOST_SESSIONS = 1000


@dataclass(frozen=True, slots=True)
class Run:
    """Some talkers for some time."""

    sessions: int
    turns: Sequence[Turn]
    errors: Sequence[str]
    rss_mb: float
    backend_share: float  # of its core
    generator_share: float  # of the other one: talkers and mock servers
    late_ms: Spread  # how late packets were handed to the socket

    @property
    def overhead_ms(self) -> Spread:
        """Over all turns; one without an answer counts as infinite."""
        return Spread.of(turn.overhead_ms for turn in self.turns)

    @property
    def missed(self) -> int:
        """Questions without an answer."""
        return sum(turn.reply_id is None for turn in self.turns)

    @property
    def is_void(self) -> bool:
        """Whether it measured the generator rather than the backend."""
        return self.generator_share > FULL_CORE

    @property
    def cpu_s_per_session_minute(self) -> float:
        """Processor time of the backend for each minute of each session."""
        return self.backend_share * 60 / self.sessions


class Stage:
    """A running backend and its mock servers."""

    def __init__(self, backend: Program, mocks: Program, url: str) -> None:
        self._backend, self._mocks, self._url = backend, mocks, url

    async def run(self, script: Script, sessions: int, seconds: float) -> Run:
        """Let `sessions` talkers read the script, evenly spread over it, and measure for some time."""
        talkers = await self._join(sessions)
        firsts_ms = [script.length_ms * number // sessions // GRID_MS * GRID_MS for number in range(sessions)]
        phases = random.Random(2)  # noqa: S311 - the same every time, no secret
        now = time.perf_counter()
        for talker, first_ms in zip(talkers, firsts_ms, strict=True):
            talker.talk(Reading(script, first_ms), now + phases.uniform(0, PACKET_MS) / 1000)
        await asyncio.sleep(SETTLE_S)
        backend, generator = self._backend.usage(), self._generator_usage()
        await asyncio.sleep(seconds - SETTLE_S)
        backend_now, generator_now = self._backend.usage(), self._generator_usage()
        asked_until = time.perf_counter() - TURN_S
        for talker in talkers:
            talker.leave()
        pairs = zip(talkers, firsts_ms, strict=True)
        return Run(
            sessions=sessions,
            turns=[turn for talker, first_ms in pairs for turn in _turns(script, first_ms, talker, asked_until)],
            errors=[error for talker in talkers for error in talker.ears.errors],
            rss_mb=backend_now.rss_mb,
            backend_share=backend_now.share_since(backend),
            generator_share=generator_now.share_since(generator),
            late_ms=Spread.of(late_s * 1000 for talker in talkers for late_s in talker.late_s),
        )

    async def _join(self, sessions: int) -> list[Talker]:
        talkers: list[Talker] = []
        while len(talkers) < sessions:
            more = min(JOIN_AT_ONCE, sessions - len(talkers))
            talkers += await asyncio.gather(*(Talker.join(self._url) for _ in range(more)))
        return talkers

    def _generator_usage(self) -> Usage:
        mocks = self._mocks.usage()
        return Usage(mocks.at, mocks.cpu_s + time.process_time(), mocks.rss_mb)


def _turns(script: Script, first_ms: int, talker: Talker, asked_until: float) -> Iterator[Turn]:
    until_ms = (asked_until - talker.started_at) * 1000
    said = [each for each in script.occurrences(first_ms, until_ms) if each.end_ms < until_ms]
    yield from match(said, talker.started_at, talker.ears)


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    """Start mock servers and a backend of this very source tree; both end with the block.

    Raises:
        BenchError: there is only one core, or something does not start.
    """
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) == 1:
        raise BenchError("The bench needs two processor cores: one for the backend, one for everything else.")
    os.sched_setaffinity(0, set(cores[1:2]))
    (port,) = free_ports(1)
    with ExitStack() as programs:
        mocks = programs.enter_context(Program("app.mock", ("--port", "0", "--llm-text", ANSWER)))
        urls = json.loads(await mocks.first_line())
        folder = programs.enter_context(TemporaryDirectory(prefix="bench-"))
        variables = _variables(urls, port) | {"DATABASE_URL": f"sqlite:///{folder}/kaiwa.db"}
        backend = programs.enter_context(Program("app.main", variables=variables))
        backend.pin(cores[0])
        await backend.answer(f"http://{HOST}:{port}/ready")
        yield Stage(backend, mocks, f"http://{HOST}:{port}")


def _variables(mocks: dict[str, str], port: int) -> dict[str, str]:
    """Return the settings of the backend; whatever `.env` says, it speaks to these mock servers alone."""
    return {
        "BACKEND_HOST": HOST,
        "BACKEND_PORT": str(port),
        "API_KEY": "",
        "ADMIN_KEY": "",
        "LLM_ENDPOINT": f"{mocks['llm']}/v1",
        "STT_ENDPOINT": f"{mocks['stt']}/inference",
        "TTS_ENDPOINT": f"{mocks['tts']}/v1/tts",
        "EMBEDDING_ENDPOINT": f"{mocks['embedding']}/embedding",
        "LLM_FALLBACK_ENDPOINT": "",
        "STT_FALLBACK_ENDPOINT": "",
        "TTS_FALLBACK_ENDPOINT": "",
        "STT_LANGUAGE": "en",
        "TTS_DEFAULT_VOICE": "",
        "MAX_SESSIONS": str(MOST_SESSIONS),
    }
