import json
from typing import Any

import numpy as np
import pytest

from app.errors import ProviderGarbled
from app.providers.llama_embedding import LlamaEmbedding
from tests.providers.conftest import Connect
from tests.providers.raw_server import RawServer, reply

BARE = [{"index": 1, "embedding": [[0.0, 2.0]]}, {"index": 0, "embedding": [[3.0, 4.0]]}]
OPENAI = {"object": "list", "data": [{"index": 1, "embedding": [0, 2]}, {"index": 0, "embedding": [3, 4]}]}


@pytest.mark.parametrize(
    ("path", "field", "answer"),
    [("/embedding", "content", BARE), ("/v1/embeddings", "input", OPENAI), ("/embedding", "content", OPENAI)],
)
async def test_both_shapes_become_unit_vectors_in_order(connect: Connect, path: str, field: str, answer: Any) -> None:
    async with RawServer(reply(json.dumps(answer).encode())) as server:
        vectors = await LlamaEmbedding(connect("embedding", server.url + path)).embed(["会話", "b"])
        assert json.loads(server.bodies[0]) == {field: ["会話", "b"]}
    assert vectors.dtype == np.float32
    assert vectors == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0]]))


@pytest.mark.parametrize(
    "answer",
    [
        [{"index": 0, "embedding": [[1.0], [2.0]]}, {"index": 1, "embedding": [[1.0], [2.0]]}],  # one per token
        [{"index": 0, "embedding": [[1.0]]}],
        [{"index": 0, "embedding": [[1.0]]}, {"index": 1, "embedding": [[1.0, 2.0]]}],
        [{"index": 0, "embedding": [[1.0]]}, {"index": 1, "embedding": [[None]]}],
        [{"index": 0, "embedding": []}, {"index": 1, "embedding": []}],
        {"error": "what"},
        None,
    ],
)
async def test_anything_but_one_vector_per_text_is_garbled(connect: Connect, answer: Any) -> None:
    async with RawServer(reply(json.dumps(answer).encode())) as server:
        with pytest.raises(ProviderGarbled, match="not one vector per text"):
            await LlamaEmbedding(connect("embedding", f"{server.url}/embedding")).embed(["a", "b"])


async def test_nothing_to_embed_asks_nobody(connect: Connect) -> None:
    assert len(await LlamaEmbedding(connect("embedding", "http://127.0.0.1:1/embedding")).embed([])) == 0


@pytest.mark.parametrize("path", ["/embedding", "/v1/embeddings"])
async def test_health_is_at_the_root(connect: Connect, path: str) -> None:
    async with RawServer(reply(b'{"status":"ok"}'), reply(b'{"data":[{"id":"nomic"}]}')) as server:
        said = await LlamaEmbedding(connect("embedding", server.url + path)).probe()
        assert [head.split(" ")[1] for head in server.heads] == ["/health", "/v1/models"]
    assert said.model == "nomic"
