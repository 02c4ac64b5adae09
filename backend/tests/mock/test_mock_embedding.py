import base64
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mock.embedding import embed
from app.mock.servers import MockServers


@given(st.text(min_size=1))
def test_every_text_has_one_unit_vector(text: str) -> None:
    vector = embed(text)

    assert vector.shape == (512,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert np.array_equal(vector, embed(text))


def test_texts_alike_are_near() -> None:
    question = embed("how do I change the filter")

    assert question @ embed("changing the filter") > question @ embed("opening hours on Sunday") + 0.2


async def test_the_two_shapes(mocks: MockServers, client: httpx.AsyncClient) -> None:
    url = mocks.embedding.url
    hello, bye = embed("hello").tolist(), embed("bye").tolist()

    bare = (await client.post(f"{url}/embedding", json={"content": "hello"})).json()
    several = (await client.post(f"{url}/v1/embeddings", json={"input": ["hello", "bye"], "model": "m"})).json()

    assert bare == [{"index": 0, "embedding": [hello]}]
    assert several["model"] == "m"
    assert [item["embedding"] for item in several["data"]] == [hello, bye]


async def test_base64_is_little_endian_floats(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = {"input": "hello", "encoding_format": "base64"}

    item = (await client.post(f"{mocks.embedding.url}/v1/embeddings", json=body)).json()["data"][0]

    assert np.array_equal(np.frombuffer(base64.b64decode(item["embedding"]), "<f4"), embed("hello"))


@pytest.mark.parametrize("body", [{"input": ""}, {"input": []}, {}, [], {"input": "a", "encoding_format": "hex"}])
async def test_a_bad_request_is_a_llama_error(mocks: MockServers, client: httpx.AsyncClient, body: Any) -> None:
    response = await client.post(f"{mocks.embedding.url}/v1/embeddings", json=body)

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_it_says_that_it_is_a_mock(mocks: MockServers, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{mocks.embedding.url}/health")).json() == {"status": "ok", "is_mock": True}
