"""Client of llama-server's embeddings, in both of its shapes."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from app.errors import ProviderGarbled
from app.providers.http import HttpServer
from app.providers.llama_chat import explain
from app.providers.probe import Said, probe


class LlamaEmbedding:
    """Embeddings at an endpoint such as http://embedding:9000/embedding or http://embedding:9000/v1/embeddings."""

    provider = "llama.cpp"

    def __init__(self, server: HttpServer) -> None:
        """Speak to this server; its health is asked beside the endpoint, at the root."""
        self.server = server
        root = server.origin + server.path.rpartition("/")[0].removesuffix("/v1")
        self._health, self._models = f"{root}/health", f"{root}/v1/models"
        self._field = "input" if "/v1/" in server.path else "content"

    async def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed as `Embedder` says."""
        if not texts:
            return np.zeros((0, 0), np.float32)
        body = json.dumps({self._field: list(texts)}, ensure_ascii=False).encode()
        reply = self.server.decode(await self.server.post(self.server.endpoint, body, "application/json", explain))
        return _unit(_read(reply, len(texts)))

    async def probe(self) -> Said:
        """Ask what the server says of itself."""
        return await probe(self.server, self._health, self._models)

    async def canary(self) -> None:
        """Embed one word."""
        await self.embed(["Hi"])


def _read(reply: Any, count: int) -> npt.NDArray[np.float64]:
    """Return the vectors in the order of the texts, shape (count, dimensions)."""
    items: Any = reply.get("data") if isinstance(reply, dict) else reply
    try:
        by_index = {int(item["index"]): item["embedding"] for item in items}
        vectors = np.array([by_index[index] for index in range(count)], np.float64)
    except (TypeError, KeyError, ValueError) as error:
        raise ProviderGarbled("embedding", "the answer is not one vector per text") from error
    if vectors.ndim == 3 and vectors.shape[1] == 1:  # noqa: PLR2004 - the bare list nests each vector once more
        vectors = vectors[:, 0]
    if vectors.ndim != 2 or not vectors.size or not np.isfinite(vectors).all():  # noqa: PLR2004 - (texts, dimensions)
        raise ProviderGarbled("embedding", "the answer is not one vector per text: is EMBEDDING_POOLING set to none?")
    return vectors


def _unit(vectors: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
