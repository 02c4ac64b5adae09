import json

from app.metrics import Metrics
from app.providers.choose import choose
from app.settings import load
from tests.providers.raw_server import RawServer, chunked


def test_endpoints_come_in_the_order_of_the_settings() -> None:
    providers = choose(load(llm_fallback_endpoint="http://b:1/v1,http://c:1/v1"))
    health = providers.health()
    assert set(health) == {"llm", "stt", "tts", "embedding"}
    assert [endpoint.client.server.endpoint for endpoint in providers.llm.endpoints] == [
        "http://llm:8080/v1",
        "http://b:1/v1",
        "http://c:1/v1",
    ]
    assert [endpoint.role for endpoint in providers.llm.endpoints] == ["primary", "fallback", "fallback"]
    assert (health["stt"].provider, health["tts"].provider) == ("whisper.cpp", "fish-speech")


async def test_the_language_model_gets_a_connection_for_each_stream() -> None:
    """llama.cpp closes one after a stream without a word, perhaps just when the next request is on its way."""
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    answer = chunked(b"data: " + json.dumps(end).encode() + b"\n\n", b"data: [DONE]\n\n")
    async with RawServer(answer) as server:
        client = choose(load(llm_endpoint=f"{server.url}/v1")).llm.endpoints[0].client
        for _ in range(3):
            await client.canary()
        assert server.connections == len(server.bodies) == 6
        await client.server.close()


def test_only_a_fallback_voice_replaces_what_it_lacks() -> None:
    providers = choose(load(tts_fallback_endpoint="http://b:1/v1/tts", tts_sample_rate=48_000))
    assert [endpoint.client._is_fallback for endpoint in providers.tts.endpoints] == [False, True]
    assert providers.tts.sample_rate == 48_000


def test_what_providers_do_is_counted() -> None:
    metrics = Metrics()
    failover = choose(load(), metrics).llm
    failover._observer.begun("llm", 0.1)
    failover._observer.ended("llm", 0.2, "provider_timeout")
    failover._observer.fell_back("llm")
    text = metrics.render().decode()
    assert 'kaiwa_provider_first_seconds_count{service="llm"} 1.0' in text
    assert 'kaiwa_provider_seconds_count{outcome="provider_timeout",service="llm"} 1.0' in text
    assert 'kaiwa_fallbacks_total{service="llm"} 1.0' in text
