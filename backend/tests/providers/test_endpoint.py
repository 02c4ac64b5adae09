import asyncio

import pytest
from structlog.testing import capture_logs

from app.errors import ProviderGarbled, ProviderRefused, ProviderTimeout, ProviderUnavailable, RequestError
from app.providers.circuit import Pace
from app.providers.endpoint import Endpoint
from app.providers.http import ProviderLoading
from app.providers.llama_chat import CONTEXT_EXCEEDED
from tests.providers.scripted import ScriptedClient

REFUSED = ProviderUnavailable("llm", "connection refused")
SILENT = ProviderTimeout("llm", "silent for 1 s")
GARBLED = ProviderGarbled("llm", "the connection broke off")


def make_endpoint(client: ScriptedClient, pace: Pace | None = None) -> Endpoint[ScriptedClient]:
    return Endpoint("llm", "primary", client, pace or Pace(failures=3), lambda: 100.0)


async def fail(endpoint: Endpoint[ScriptedClient], error: BaseException) -> None:
    with pytest.raises(type(error)), endpoint.request():
        raise error


@pytest.fixture
def client() -> ScriptedClient:
    return ScriptedClient()


@pytest.fixture
async def ready(client: ScriptedClient) -> Endpoint[ScriptedClient]:
    endpoint = make_endpoint(client)
    await endpoint.check()
    assert endpoint.circuit.state == "ready"
    return endpoint


async def test_the_first_look_is_a_probe_and_a_canary(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    assert (client.probes, client.canaries) == (1, 1)
    assert (ready.said.model, ready.checked_at, ready.last_error) == ("model", 100.0, None)


async def test_an_open_port_alone_is_not_readiness(client: ScriptedClient) -> None:
    client.canary_error = GARBLED
    endpoint = make_endpoint(client)
    await endpoint.check()
    assert (endpoint.circuit.state, endpoint.circuit.reason) == ("down", "the connection broke off")
    assert endpoint.last_error == (100.0, "llm: the connection broke off")


async def test_later_looks_cost_no_inference(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    await ready.check()
    assert (client.probes, client.canaries) == (2, 1)


async def test_after_trouble_the_canary_sings_again(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    await fail(ready, GARBLED)
    await ready.check()
    assert (client.canaries, ready.circuit.state) == (2, "ready")
    client.canary_error = SILENT
    await ready.check()
    assert ready.circuit.state == "down"


async def test_a_missed_check_is_decided_by_a_canary(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    client.probe_error = SILENT  # Fish Speech is silent to everybody while it speaks
    await ready.check()
    assert (client.canaries, ready.circuit.state) == (2, "ready")
    client.canary_error = SILENT
    await ready.check()
    assert ready.circuit.state == "down"


async def test_a_busy_server_is_left_alone(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    with ready.request():
        await ready.check()
    assert client.probes == 1


async def test_nobody_there_takes_it_out_at_once(ready: Endpoint[ScriptedClient]) -> None:
    with capture_logs() as logs:
        await fail(ready, REFUSED)
        await fail(ready, REFUSED)
    assert ready.circuit.state == "down"
    assert [(log["event"], log["code"], log["state"]) for log in logs] == [
        ("provider.failed", "provider_unavailable", "down")
    ]


async def test_a_server_that_loads_again_is_loading(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    client.probe_error = ProviderLoading("llm", "status 503")
    await ready.check()
    assert ready.circuit.state == "loading"


async def test_three_failures_take_it_out(ready: Endpoint[ScriptedClient]) -> None:
    for _ in range(3):
        assert ready.circuit.state == "ready"
        await fail(ready, GARBLED)
    assert ready.circuit.state == "down"


async def test_it_comes_back_when_the_canary_sings(ready: Endpoint[ScriptedClient], client: ScriptedClient) -> None:
    client.probe_error = REFUSED
    await ready.check()
    client.probe_error = None
    with capture_logs() as logs:
        await ready.check()
    assert (ready.circuit.state, [log["event"] for log in logs]) == ("ready", ["provider.recovered"])


async def test_what_is_not_the_servers_fault_does_not_count(ready: Endpoint[ScriptedClient]) -> None:
    too_long = ProviderRefused("llm", "request (9 tokens) exceeds")
    too_long.code = CONTEXT_EXCEEDED
    for error in (RequestError("no such voice"), asyncio.CancelledError(), GeneratorExit(), too_long):
        for _ in range(5):
            await fail(ready, error)
    assert ready.circuit.state == "ready"
    assert not ready.circuit.is_doubtful


async def test_real_work_earns_readiness_too(client: ScriptedClient) -> None:
    endpoint = make_endpoint(client)
    with endpoint.request():
        pass
    assert endpoint.circuit.state == "ready"


async def test_the_watch_looks_at_once_when_in_doubt(client: ScriptedClient) -> None:
    endpoint = make_endpoint(client, Pace(healthy_s=3600))
    watch = asyncio.create_task(endpoint.watch())
    await _until(lambda: client.canaries == 1)
    await fail(endpoint, GARBLED)
    await _until(lambda: client.canaries == 2)
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch


async def test_the_watch_outlives_a_mistake_of_ours(client: ScriptedClient) -> None:
    client.probe_error = ZeroDivisionError()
    endpoint = make_endpoint(client, Pace(first_retry_s=0.001))
    with capture_logs() as logs:
        watch = asyncio.create_task(endpoint.watch())
        await _until(lambda: client.probes == 2)
        client.probe_error = None
        await _until(lambda: endpoint.circuit.state == "ready")
        watch.cancel()
        await asyncio.gather(watch, return_exceptions=True)
    assert {"provider.check_broke", "provider.ready"} <= {log["event"] for log in logs}


async def _until(question: object) -> None:
    assert callable(question)
    async with asyncio.timeout(5):
        while not question():  # noqa: ASYNC110 - what is waited for is a count, not an event
            await asyncio.sleep(0)
