import httpx
import pytest

from app.mock.servers import MockServers


async def test_behaviour_is_changed_while_it_runs(mocks: MockServers, client: httpx.AsyncClient) -> None:
    url = f"{mocks.llm.url}/mock/llm"

    changed = await client.post(url, json={"first_token_ms": 7, "fault": {"kind": "cut", "count": 1}})
    kept = await client.post(url, json={"per_token_ms": 3})

    assert changed.json()["behaviour"]["fault"]["count"] == 1
    assert kept.json()["behaviour"]["first_token_ms"] == 7
    assert mocks.llm.behaviour.per_token_ms == 3


async def test_a_refusing_server_can_be_told_to_stop(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.stt.change(fault={"kind": "refuse"})

    await client.post(f"{mocks.stt.url}/mock/stt", json={"fault": None})

    assert (await client.get(f"{mocks.stt.url}/health")).status_code == 200


async def test_every_port_controls_all(mocks: MockServers, client: httpx.AsyncClient) -> None:
    await client.post(f"{mocks.tts.url}/mock/llm", json={"text": "Fixed."})

    assert (await client.get(f"{mocks.stt.url}/mock")).json()["llm"]["behaviour"]["text"] == "Fixed."


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"colour": 1}', 422),
        (b'{"fault": {"kind": "x"}}', 422),
        (b'{"delay_ms": -1}', 422),
    ],
)
async def test_a_wrong_change_is_refused_whole(
    mocks: MockServers, client: httpx.AsyncClient, body: bytes, status: int
) -> None:
    before = mocks.llm.behaviour

    response = await client.post(f"{mocks.llm.url}/mock/llm", content=body)

    assert response.status_code == status
    assert mocks.llm.behaviour == before


async def test_restore_forgets_changes_and_counts(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.embedding.change(delay_ms=1)
    await client.post(f"{mocks.embedding.url}/embedding", json={"content": "a"})

    state = (await client.delete(f"{mocks.embedding.url}/mock/embedding")).json()

    assert state["behaviour"]["delay_ms"] == 0
    assert state["counters"]["seen"] == 0


async def test_requests_can_be_looked_at(mocks: MockServers, client: httpx.AsyncClient) -> None:
    await client.post(f"{mocks.embedding.url}/embedding", json={"content": "a"}, headers={"X-Request-Id": "r1"})
    await client.get(f"{mocks.embedding.url}/health")

    (seen,) = mocks.embedding.requests
    assert (seen.path, seen.headers["x-request-id"], seen.body) == ("/embedding", "r1", b'{"content":"a"}')
    assert mocks.embedding.counters.probes == 1


async def test_all_on_one_port(client: httpx.AsyncClient) -> None:
    async with MockServers(port=0) as mocks:
        endpoints = mocks.endpoints()

        assert mocks.llm.url == mocks.stt.url == mocks.tts.url == mocks.embedding.url
        assert endpoints["LLM_ENDPOINT"] == f"{mocks.llm.url}/v1"
        assert (await client.get(f"{mocks.llm.url}/v1/models")).json()["data"][0]["id"] == "kaiwa-mock-llm"
        assert (await client.post(endpoints["EMBEDDING_ENDPOINT"], json={"content": "a"})).status_code == 200
        assert (await client.post(endpoints["TTS_ENDPOINT"], json={"text": "a"})).status_code == 200


async def test_a_taken_port_is_an_error() -> None:
    async with MockServers(names=["llm"]) as mocks:
        port = int(mocks.llm.url.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            async with MockServers(names=["llm"], port=port):
                pass
