"""The four services over mock servers that misbehave as asked."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.errors import ProviderGarbled, ProviderRefused, ProviderUnavailable, RequestError
from app.mock.servers import MockServers
from app.ports import ChatRequest, TextDelta
from app.providers.choose import choose
from app.providers.circuit import Pace
from app.providers.probe import Said
from app.providers.services import Providers
from app.settings import Settings, load

QUICK = Pace(healthy_s=0.02, first_retry_s=0.01, longest_retry_s=0.02)
SOUND = np.zeros(16_000, np.int16)
REQUEST = ChatRequest(messages=({"role": "user", "content": "hello"},))
SHORT = {f"{service}_read_timeout_s": "0.2" for service in ("llm", "stt", "tts", "embedding")}


async def transcribe(providers: Providers) -> object:
    return (await providers.stt.transcribe(SOUND, language="en")).text


async def write(providers: Providers) -> object:
    return "".join([delta.text async for delta in providers.llm.stream(REQUEST) if isinstance(delta, TextDelta)])


async def speak(providers: Providers) -> object:
    return sum([piece.size async for piece in providers.tts.synthesize("Hello.", voice=None)])


async def embed(providers: Providers) -> object:
    return (await providers.embedding.embed(["hello"])).size


WORK: dict[str, Callable[[Providers], Awaitable[object]]] = {
    "stt": transcribe,
    "llm": write,
    "tts": speak,
    "embedding": embed,
}
FAULTS: list[dict[str, Any]] = [
    {"kind": "refuse"},
    {"kind": "hang"},
    {"kind": "cut", "chunks": 0},
    {"kind": "garbage"},
    {"kind": "error", "status": 503},
    {"kind": "error", "status": 500},
]


def settings(primary: MockServers, fallback: MockServers | None = None, **more: Any) -> Settings:
    spare = fallback.endpoints() if fallback else {}
    fallbacks = {name.replace("_ENDPOINT", "_FALLBACK_ENDPOINT").lower(): url for name, url in spare.items()}
    return load(**{name.lower(): url for name, url in primary.endpoints().items()} | fallbacks | SHORT | more)


@dataclass
class Two:
    """Providers over two sets of mock servers, every endpoint proved, nobody watching."""

    providers: Providers
    primary: MockServers
    fallback: MockServers


@pytest.fixture
async def two() -> AsyncGenerator[Two]:
    async with MockServers() as primary, MockServers() as fallback:
        providers = choose(settings(primary, fallback))
        services = (providers.stt, providers.llm, providers.tts, providers.embedding)
        await asyncio.gather(*(service.check() for service in services))
        yield Two(providers, primary, fallback)
        await asyncio.gather(*(service.close() for service in services))


@pytest.mark.parametrize(
    ("service", "fault"),
    [
        pytest.param(service, fault, id=f"{service}-{fault['kind']}{fault.get('status', '')}")
        for service in WORK
        for fault in FAULTS
        # Any bytes are samples: garbage is heard before it is found out.
        if (service, fault["kind"]) != ("tts", "garbage")
    ],
)
async def test_whatever_befalls_the_primary_the_fallback_answers(two: Two, service: Any, fault: dict[str, Any]) -> None:
    expected = await WORK[service](two.providers)
    getattr(two.primary, service).change(fault=fault)
    assert await WORK[service](two.providers) == expected
    health = two.providers.health()[service]
    assert health.fallback_count == 1
    assert health.last_error is not None
    assert any("came from a fallback" in warning for warning in health.warnings)


@pytest.mark.parametrize(
    ("fault", "error"), [({"kind": "cut"}, ProviderGarbled), ({"kind": "late_error"}, ProviderRefused)]
)
async def test_an_answer_that_breaks_off_is_for_the_session_to_mend(
    two: Two, fault: dict[str, Any], error: type[Exception]
) -> None:
    two.primary.llm.change(fault=fault)
    deltas = two.providers.llm.stream(REQUEST)
    assert await anext(deltas) == TextDelta("You")
    with pytest.raises(error):
        async for _ in deltas:
            pass
    assert two.fallback.llm.counters.seen == 2  # the openings that its canary read


async def test_a_fallback_without_the_voice_speaks_in_its_own(two: Two) -> None:
    two.primary.tts.change(voices=("ann",))
    assert [piece async for piece in two.providers.tts.synthesize("Hi.", voice="ann")]
    with pytest.raises(RequestError):
        await anext(two.providers.tts.synthesize("Hi.", voice="eve"))
    await two.primary.close_port("tts")
    assert [piece async for piece in two.providers.tts.synthesize("Hi.", voice="ann")]
    assert b"reference_id" not in two.fallback.tts.requests[-1].body


async def test_an_embedding_of_another_model_never_takes_over(two: Two) -> None:
    primary, fallback = two.providers.embedding.endpoints
    fallback.said = Said("another model")
    await two.primary.close_port("embedding")
    await primary.check()
    with pytest.raises(ProviderUnavailable, match="embedding: connection refused"):
        await embed(two.providers)
    down, unfit = two.providers.health()["embedding"].warnings[:2]
    assert down.endswith("search by meaning is off")
    assert unfit == f"embedding: fallback {two.fallback.embedding.url} has another model and cannot take over"
    fallback.said = primary.said
    assert await embed(two.providers)


async def test_providers_are_watched_from_entry_to_exit() -> None:
    async with MockServers() as mocks:
        before = asyncio.all_tasks()
        async with choose(settings(mocks), pace=QUICK) as providers:
            await _until(lambda: all(health.state == "ready" for health in providers.health().values()))
            assert [health.model for health in providers.health().values()] == [
                "kaiwa-mock-llm",
                None,
                None,
                "kaiwa-mock-embedding",
            ]
            await mocks.close_port("tts")  # nobody speaks: only a look can find out
            await _until(lambda: providers.health()["tts"].state == "down")
            assert "(connection refused)" in providers.health()["tts"].warnings[0]
            await mocks.reopen_port("tts")
            await _until(lambda: providers.health()["tts"].state == "ready")
            assert await speak(providers)
        assert asyncio.all_tasks() <= before | {asyncio.current_task()}


async def _until(question: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not question():  # noqa: ASYNC110 - what is waited for is a state, not an event
            await asyncio.sleep(0.005)
