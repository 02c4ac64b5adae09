"""Mock of llama-server --embeddings: the same text always gets the same unit vector, alike texts get near ones."""

import base64
import unicodedata
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from app.mock.behaviour import EmbeddingBehaviour
from app.mock.exchange import Exchange
from app.mock.llama import answer_llama_error, health_route, models_route
from app.mock.service import Route, Service

DIMENSIONS = 512
MODEL = "kaiwa-mock-embedding"


def embed(text: str) -> npt.NDArray[np.float32]:
    """Shape (512,), length 1: every run of three characters adds or takes one in a place given by its hash."""
    plain = f" {unicodedata.normalize('NFKC', text).casefold()} "
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    for begin in range(len(plain) - 2):
        bits = zlib.crc32(plain[begin : begin + 3].encode())
        vector[bits % DIMENSIONS] += 1 if bits & 0x80000000 else -1
    length = float(np.linalg.norm(vector))
    if length == 0:  # runs may cancel each other out
        vector[zlib.crc32(plain.encode()) % DIMENSIONS] = length = 1
    return vector / np.float32(length)


class EmbeddingMock(Service[EmbeddingBehaviour]):
    """`POST /embedding` (the bare nested list) and `POST /v1/embeddings` (OpenAI's shape)."""

    name = "embedding"

    @override
    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/health"): health_route(),
            ("GET", "/v1/models"): models_route(MODEL),
            ("POST", "/embedding"): Route(self._answer_bare),
            ("POST", "/embeddings"): Route(self._answer_bare),
            ("POST", "/v1/embeddings"): Route(self._answer_openai),
        }

    @override
    async def answer_error(self, exchange: Exchange, status: int, message: str) -> None:
        await answer_llama_error(exchange, status, message)

    async def _answer_bare(self, exchange: Exchange) -> None:
        await self._answer_vectors(exchange, bare=True)

    async def _answer_openai(self, exchange: Exchange) -> None:
        await self._answer_vectors(exchange, bare=False)

    async def _answer_vectors(self, exchange: Exchange, *, bare: bool) -> None:
        try:
            request = exchange.json()
            texts = read_texts(request)
            encoding = request.get("encoding_format") or "float"
            if encoding not in ("float", "base64"):
                raise ValueError('encoding_format must be "float" or "base64"')  # noqa: TRY301 one answer for all
        except ValueError as error:
            await answer_llama_error(exchange, 400, str(error))
            return
        vectors = [embed(text) for text in texts]
        await exchange.until(self.behaviour.delay_ms)
        if bare or "input" not in request:
            await exchange.reply_json([{"index": i, "embedding": [v.tolist()]} for i, v in enumerate(vectors)])
            return
        tokens = sum(len(text.split()) for text in texts)
        await exchange.reply_json(
            {
                "model": request.get("model", MODEL),
                "object": "list",
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
                "data": [_item(i, vector, encoding) for i, vector in enumerate(vectors)],
            }
        )


def read_texts(request: Any) -> list[str]:
    """The texts in `input` or `content`: strings, objects with `content` or tokens, one or many. Raises ValueError."""
    if not isinstance(request, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004 a caller's mistake, answered with 400
    given = request.get("input", request.get("content"))
    if isinstance(given, list) and given and all(isinstance(item, int) for item in given):
        given = [given]
    texts = [_read_text(item) for item in (given if isinstance(given, list) else [given])]
    if not texts or not all(texts):
        raise ValueError("Input content cannot be empty")
    return texts


def _read_text(item: Any) -> str:
    if isinstance(item, dict):
        item = item.get("content")
    if isinstance(item, list):
        return " ".join(str(token) for token in item)
    if isinstance(item, str):
        return item
    raise ValueError('"input" or "content" must be provided')


def _item(index: int, vector: npt.NDArray[np.float32], encoding: str) -> dict[str, Any]:
    if encoding == "base64":
        coded = base64.b64encode(vector.astype("<f4").tobytes()).decode()
        return {"embedding": coded, "index": index, "object": "embedding", "encoding_format": "base64"}
    return {"embedding": vector.tolist(), "index": index, "object": "embedding"}
