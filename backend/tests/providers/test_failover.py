from contextlib import aclosing

import pytest
from structlog.testing import capture_logs

from app.errors import ProviderGarbled, ProviderTimeout, ProviderUnavailable, RequestError
from app.providers.failover import Failover
from app.providers.http import ProviderLoading
from app.providers.probe import Said
from tests.providers.scripted import Notes, ScriptedClient

REFUSED = ProviderUnavailable("llm", "connection refused")
GARBLED = ProviderGarbled("llm", "the connection broke off")
NOON = 1_794_830_400.0  # 2026-11-16T12:00:00Z
SINCE = "(connection refused) since 2026-11-16T12:00:00Z"


class Pair:
    """A primary and a fallback, both proved, and a clock that stands still."""

    def __init__(self) -> None:
        self.primary, self.fallback = ScriptedClient("primary"), ScriptedClient("fallback", Said("spare"))
        self.notes = Notes()
        self.failover = Failover("llm", [self.primary, self.fallback], observer=self.notes, clock=lambda: NOON)

    async def ask(self) -> str:
        return await self.failover.ask(lambda client: client.answer())

    async def read(self) -> list[str]:
        return [piece async for piece in self.failover.ask_stream(lambda client: client.pieces())]


@pytest.fixture
async def pair() -> Pair:
    pair = Pair()
    await pair.failover.check()
    return pair


async def test_the_primary_serves_while_it_works(pair: Pair) -> None:
    assert await pair.ask() == "http://primary:1"
    assert (await pair.read())[0] == "http://primary:1#0"
    health = pair.failover.health()
    assert (health.state, health.serving, health.model, health.warnings) == ("ready", "primary", "model", ())
    assert (health.provider, health.endpoint, health.checked_at) == (
        "scripted",
        "http://primary:1/v1",
        "2026-11-16T12:00:00Z",
    )
    assert (pair.fallback.asked, pair.notes.outcomes, pair.notes.begins) == (0, ["ok", "ok"], 2)


async def test_a_fallback_takes_over_and_is_counted(pair: Pair) -> None:
    pair.primary.error = REFUSED
    with capture_logs() as logs:
        assert await pair.ask() == "http://fallback:1"
        assert (await pair.read())[0] == "http://fallback:1#0"
    assert pair.primary.asked == 1  # it was out after the first refusal
    assert [log["event"] for log in logs] == ["provider.failed", "provider.fallback"]
    assert pair.notes.outcomes == ["provider_unavailable", "ok", "ok"]
    assert pair.notes.fallbacks == 2
    health = pair.failover.health()
    assert (health.serving, health.endpoint, health.model) == ("fallback", "http://fallback:1/v1", "spare")
    assert (health.fallback_count, health.last_error) == (2, "llm: connection refused")
    assert health.warnings == (
        f"llm: primary http://primary:1 is down {SINCE}, serving fallback http://fallback:1",
        "llm: 2 answers came from a fallback, the last at 2026-11-16T12:00:00Z",
    )


async def test_the_primary_serves_again_once_it_is_proved(pair: Pair) -> None:
    pair.primary.error = REFUSED
    await pair.ask()
    pair.primary.error = None
    await pair.failover.check()
    assert await pair.ask() == "http://primary:1"
    assert pair.failover.health().warnings == ("llm: 1 answer came from a fallback, the last at 2026-11-16T12:00:00Z",)


async def test_a_fallback_that_is_down_is_a_warning_too(pair: Pair) -> None:
    pair.fallback.probe_error = REFUSED
    await pair.failover.check()
    assert pair.failover.health().warnings == (
        f"llm: fallback http://fallback:1 is down {SINCE}, serving primary http://primary:1",
    )


async def test_when_all_fail_the_last_failure_is_told(pair: Pair) -> None:
    pair.primary.error, pair.fallback.error = REFUSED, ProviderTimeout("llm", "silent for 1 s")
    for _ in range(3):
        with pytest.raises(ProviderTimeout):
            await pair.ask()
    with pytest.raises(ProviderUnavailable, match="llm: connection refused"):  # both are out: nobody is asked
        await pair.ask()
    assert (pair.primary.asked, pair.fallback.asked) == (1, 3)
    health = pair.failover.health()
    assert (health.state, health.serving, health.endpoint) == ("down", "none", "http://primary:1/v1")
    assert [warning.rpartition(", ")[2] for warning in health.warnings] == ["nothing can serve"] * 2


async def test_before_its_first_piece_a_stream_may_change_horses(pair: Pair) -> None:
    pair.primary.error = GARBLED
    assert await pair.read() == [f"http://fallback:1#{number}" for number in range(3)]
    assert (pair.primary.closed, pair.fallback.closed) == (1, 1)


async def test_after_its_first_piece_a_stream_breaks_off(pair: Pair) -> None:
    pair.primary.error, pair.primary.error_after = GARBLED, 1
    pieces = pair.failover.ask_stream(lambda client: client.pieces())
    assert await anext(pieces) == "http://primary:1#0"
    with pytest.raises(ProviderGarbled):
        await anext(pieces)
    assert (pair.fallback.asked, pair.notes.outcomes) == (0, ["provider_garbled"])


async def test_streams_that_always_break_off_take_an_endpoint_out(pair: Pair) -> None:
    pair.primary.error, pair.primary.error_after = GARBLED, 1
    for _ in range(3):
        with pytest.raises(ProviderGarbled):
            await pair.read()
    assert (await pair.read())[0] == "http://fallback:1#0"


async def test_closing_a_stream_closes_the_clients(pair: Pair) -> None:
    for _ in range(5):
        async with aclosing(pair.failover.ask_stream(lambda client: client.pieces())) as pieces:
            await anext(pieces)
    assert (pair.primary.closed, pair.notes.outcomes) == (5, ["cancelled"] * 5)
    assert pair.failover.health().serving == "primary"


async def test_the_callers_mistake_is_told_at_once(pair: Pair) -> None:
    pair.primary.error = RequestError("no such voice", code="unknown_voice")
    for _ in range(4):
        with pytest.raises(RequestError):
            await pair.ask()
    assert (pair.fallback.asked, pair.notes.outcomes) == (0, ["unknown_voice"] * 4)
    assert pair.failover.health().serving == "primary"


async def test_unproved_endpoints_are_a_last_resort() -> None:
    pair = Pair()
    health = pair.failover.health()
    assert (health.state, health.serving, health.checked_at) == ("loading", "none", None)
    await pair.failover.endpoints[1].check()
    assert await pair.ask() == "http://fallback:1"
    pair.fallback.error = REFUSED
    assert await pair.ask() == "http://primary:1"


async def test_loading_and_mocks_are_warnings(pair: Pair) -> None:
    pair.primary.probe_error = ProviderLoading("llm", "status 503")
    pair.fallback.said = Said("spare", is_mock=True)
    await pair.failover.check()
    health = pair.failover.health()
    assert health.is_mock
    assert health.warnings == (
        "llm: primary http://primary:1 is loading, serving fallback http://fallback:1",
        "llm: fallback http://fallback:1 is a mock",
    )
