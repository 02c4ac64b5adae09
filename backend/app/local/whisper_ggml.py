"""Rebuilds whisper.cpp's ggml file from a CTranslate2 Whisper in half precision, byte for byte as published.

Both formats are little-endian. The tensors keep their values; only names, order and element types change.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.generic]
Tensors = dict[str, Tensor]

GGML_MAGIC = 0x67676D6C
HEAD_SIZE = 64
TEXT_TOKENS = 50257
ELEMENT_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
KEPT_SINGLE = {
    "encoder.conv1.bias",
    "encoder.conv2.bias",
    "encoder.positional_embedding",
    "decoder.positional_embedding",
}


class ConversionError(Exception):
    """The input is no CTranslate2 Whisper; the text says what is wrong with it."""


@dataclass(slots=True)
class Reader:
    """Reads CTranslate2's file from a buffer."""

    data: bytes
    position: int = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        """Return the integers at the present position, by `struct` letters."""
        values = struct.unpack_from("<" + layout, self.data, self.position)
        self.position += struct.calcsize("<" + layout)
        return values

    def text(self) -> str:
        """Return a string: its length with the closing zero, then its bytes."""
        (length,) = self.numbers("H")
        raw = self.data[self.position : self.position + length]
        self.position += length
        return raw.rstrip(b"\0").decode()

    def tensor(self) -> Tensor:
        """Return one tensor: rank, shape, element type, bytes."""
        (rank,) = self.numbers("B")
        shape = self.numbers("I" * rank)
        kind, size = self.numbers("BI")
        dtype = np.dtype(ELEMENT_TYPES[kind])
        values = np.frombuffer(self.data, dtype, size // dtype.itemsize, self.position).reshape(shape)
        self.position += size
        return values


def convert(model: Path, tokenizer: Path, target: Path) -> None:
    """Write the ggml file `target` from CTranslate2's `model.bin` and the `tokenizer.json` beside it.

    Raises:
        ConversionError: the input is not what it should be.
    """
    try:
        source = _read_model(model.read_bytes())
        tensors = _rename(source)
        tokens = _read_tokens(tokenizer)
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise ConversionError(f"{model.name} is no CTranslate2 Whisper in half precision ({error})") from error
    with target.open("wb") as file:
        _write(file, tensors, tokens)


def mel_filters(count: int, rate_hz: int = 16_000, window: int = 400) -> NDArray[np.float32]:
    """Return Slaney's triangular mel filters [count, window/2+1], equal in every bit to the published ones."""
    step_hz, knee_hz, log_step = 200.0 / 3, 1000.0, np.log(6.4) / 27.0
    knee = knee_hz / step_hz
    top = knee + np.log(rate_hz / 2 / knee_hz) / log_step
    mels = np.linspace(0.0, top, count + 2)
    edges = step_hz * mels
    above = mels >= knee
    edges[above] = knee_hz * np.exp(log_step * (mels[above] - knee))
    widths = np.diff(edges)
    ramps = np.subtract.outer(edges, np.linspace(0, rate_hz / 2, window // 2 + 1))
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    # Adding zero turns the -0.0 that max() may leave into the 0.0 of the published file.
    triangles = np.maximum(0, np.minimum(rising, falling)).astype(np.float32) + np.float32(0)
    triangles *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return triangles


def _read_model(data: bytes) -> Tensors:
    reader = Reader(data)
    reader.numbers("I")  # version of the container
    kind = reader.text()
    if kind != "WhisperSpec":
        raise ValueError(f"it holds a {kind}")
    _revision, count = reader.numbers("II")
    tensors = {reader.text(): reader.tensor() for _ in range(count)}
    (aliases,) = reader.numbers("I")
    for _ in range(aliases):
        alias, original = reader.text(), reader.text()
        tensors[alias] = tensors[original]
    return tensors


def _rename(source: Tensors) -> Tensors:
    """Return the tensors under whisper.cpp's names, in the order of the published files."""
    renamed = {
        "decoder.positional_embedding": source["decoder/position_encodings/encodings"],
        "encoder.positional_embedding": source["encoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": source["decoder/embeddings/weight"],
    }
    for layer in range(_layers(source, "decoder")):
        renamed |= _rename_block(source, "decoder", layer)
    renamed |= _norm(source, "decoder/layer_norm", "decoder.ln")
    for number in (1, 2):
        renamed[f"encoder.conv{number}.weight"] = source[f"encoder/conv{number}/weight"]
        renamed[f"encoder.conv{number}.bias"] = source[f"encoder/conv{number}/bias"].reshape(-1, 1)
    for layer in range(_layers(source, "encoder")):
        renamed |= _rename_block(source, "encoder", layer)
    return renamed | _norm(source, "encoder/layer_norm", "encoder.ln_post")


def _rename_block(source: Tensors, side: str, layer: int) -> Tensors:
    old, new = f"{side}/layer_{layer}", f"{side}.blocks.{layer}"
    block = (
        _norm(source, f"{old}/ffn/layer_norm", f"{new}.mlp_ln")
        | _linear(source, f"{old}/ffn/linear_0", f"{new}.mlp.0")
        | _linear(source, f"{old}/ffn/linear_1", f"{new}.mlp.2")
        | _norm(source, f"{old}/self_attention/layer_norm", f"{new}.attn_ln")
    )
    weights = np.split(source[f"{old}/self_attention/linear_0/weight"], 3)
    biases = np.split(source[f"{old}/self_attention/linear_0/bias"], 3)
    block |= _attention(f"{new}.attn", weights, biases)
    block |= _linear(source, f"{old}/self_attention/linear_1", f"{new}.attn.out")
    if side == "encoder":
        return block
    cross = f"{old}/attention"
    weights = [source[f"{cross}/linear_0/weight"], *np.split(source[f"{cross}/linear_1/weight"], 2)]
    biases = [source[f"{cross}/linear_0/bias"], *np.split(source[f"{cross}/linear_1/bias"], 2)]
    block |= _norm(source, f"{cross}/layer_norm", f"{new}.cross_attn_ln")
    block |= _attention(f"{new}.cross_attn", weights, biases)
    return block | _linear(source, f"{cross}/linear_2", f"{new}.cross_attn.out")


def _attention(name: str, weights: list[Tensor], biases: list[Tensor]) -> Tensors:
    """Return query, key and value; Whisper's keys have no bias, which CTranslate2 writes as zeros."""
    return {
        f"{name}.query.weight": weights[0],
        f"{name}.query.bias": biases[0],
        f"{name}.key.weight": weights[1],
        f"{name}.value.weight": weights[2],
        f"{name}.value.bias": biases[2],
    }


def _norm(source: Tensors, old: str, new: str) -> Tensors:
    return {f"{new}.weight": source[f"{old}/gamma"], f"{new}.bias": source[f"{old}/beta"]}


def _linear(source: Tensors, old: str, new: str) -> Tensors:
    return {f"{new}.weight": source[f"{old}/weight"], f"{new}.bias": source[f"{old}/bias"]}


def _layers(source: Tensors, side: str) -> int:
    return sum(1 for name in source if name.startswith(f"{side}/layer_") and name.endswith("/ffn/linear_0/weight"))


def _read_tokens(tokenizer: Path) -> list[bytes]:
    vocabulary = json.loads(tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    byte_of = dict(_visible_bytes())
    ordered = sorted(vocabulary, key=vocabulary.__getitem__)[:TEXT_TOKENS]
    return [bytes(byte_of[character] for character in token) for token in ordered]


def _visible_bytes() -> Iterator[tuple[str, int]]:
    """Yield GPT-2's characters and the bytes they stand for: printable ones stand for themselves."""
    substitutes = 0
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or byte >= 174:  # noqa: PLR2004 - the printable ranges of Latin-1
            yield chr(byte), byte
        else:
            yield chr(256 + substitutes), byte
            substitutes += 1


def _write(file: BinaryIO, tensors: Tensors, tokens: list[bytes]) -> None:
    file.write(struct.pack("<i", GGML_MAGIC))
    file.write(struct.pack("<11i", *_dimensions(tensors)))
    filters = mel_filters(tensors["encoder.conv1.weight"].shape[1])
    file.write(struct.pack("<2i", *filters.shape) + filters.tobytes())
    file.write(struct.pack("<i", len(tokens)))
    file.writelines(struct.pack("<i", len(token)) + token for token in tokens)
    for name, tensor in tensors.items():
        single = tensor.ndim == 1 or name in KEPT_SINGLE
        head = struct.pack("<3i", tensor.ndim, len(name), 0 if single else 1)
        file.write(head + struct.pack(f"<{tensor.ndim}i", *reversed(tensor.shape)) + name.encode())
        file.write(tensor.astype(np.float32 if single else np.float16).tobytes())


def _dimensions(tensors: Tensors) -> tuple[int, ...]:
    """Return whisper.cpp's eleven parameters; the last, 1, says half precision."""
    vocabulary, width = tensors["decoder.token_embedding.weight"].shape
    heads = width // HEAD_SIZE
    audio_context = tensors["encoder.positional_embedding"].shape[0]
    text_context = tensors["decoder.positional_embedding"].shape[0]
    mels = tensors["encoder.conv1.weight"].shape[1]
    audio_layers = sum(name.startswith("encoder.") and name.endswith(".mlp.0.weight") for name in tensors)
    text_layers = sum(name.startswith("decoder.") and name.endswith(".mlp.0.weight") for name in tensors)
    audio = (audio_context, width, heads, audio_layers)
    return (vocabulary, *audio, text_context, width, heads, text_layers, mels, 1)
