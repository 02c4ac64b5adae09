import numpy as np

from app.ports import Embedder

TEXTS = ("Paris is the capital of France.", "日本で一番高い山は富士山です。", "An alarm rings at seven.")


async def test_each_text_gets_one_unit_vector(embedder: Embedder) -> None:
    vectors = await embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.ndim == 2
    assert vectors.shape[0] == len(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


async def test_vectors_keep_the_order_of_the_texts(embedder: Embedder) -> None:
    forward, backward = await embedder.embed(TEXTS), await embedder.embed(TEXTS[::-1])
    assert np.allclose(np.sum(forward * backward[::-1], axis=1), 1, atol=1e-2)
    assert not np.allclose(forward, backward, atol=1e-2)


async def test_no_text_is_no_vector(embedder: Embedder) -> None:
    assert len(await embedder.embed([])) == 0
