import json
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.local.whisper_ggml import ConversionError, convert, mel_filters
from app.settings import ROOT, load

WIDTH, MELS, VOCABULARY, AUDIO, TEXT = 64, 80, 6, 3, 4
Floats = NDArray[np.float16]


def ramp(*shape: int) -> Floats:
    return np.arange(np.prod(shape), dtype=np.float16).reshape(shape)


def block(side: str) -> dict[str, Floats]:
    layer = f"{side}/layer_0"
    parts = {"self_attention/linear_0": 3, "self_attention/linear_1": 1, "ffn/linear_0": 4, "ffn/linear_1": 1}
    norms = ["self_attention", "ffn"]
    if side == "decoder":
        parts |= {"attention/linear_0": 1, "attention/linear_1": 2, "attention/linear_2": 1}
        norms.append("attention")
    tensors = {}
    for name, times in parts.items():
        tensors[f"{layer}/{name}/weight"] = ramp(times * WIDTH, WIDTH)
        tensors[f"{layer}/{name}/bias"] = ramp(times * WIDTH)
    for name in norms:
        tensors |= norm(f"{layer}/{name}/layer_norm")
    return tensors


def norm(name: str) -> dict[str, Floats]:
    return {f"{name}/gamma": ramp(WIDTH), f"{name}/beta": ramp(WIDTH)}


def small_whisper() -> dict[str, Floats]:
    tensors = {
        "encoder/position_encodings/encodings": ramp(AUDIO, WIDTH),
        "decoder/position_encodings/encodings": ramp(TEXT, WIDTH),
        "decoder/embeddings/weight": ramp(VOCABULARY, WIDTH),
        "encoder/conv1/weight": ramp(WIDTH, MELS, 3),
        "encoder/conv2/weight": ramp(WIDTH, WIDTH, 3),
    }
    tensors |= {f"encoder/conv{n}/bias": ramp(WIDTH) for n in (1, 2)}
    return tensors | norm("encoder/layer_norm") | norm("decoder/layer_norm") | block("encoder") | block("decoder")


def write_model(folder: Path, tensors: dict[str, Floats], kind: str = "WhisperSpec") -> tuple[Path, Path]:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    data = struct.pack("<I", 6) + text(kind) + struct.pack("<II", 3, len(tensors))
    for name, tensor in tensors.items():
        data += text(name) + struct.pack(f"<B{tensor.ndim}I", tensor.ndim, *tensor.shape)
        data += struct.pack("<BI", 4, tensor.nbytes) + tensor.tobytes()
    data += struct.pack("<I", 1) + text("decoder/projection/weight") + text("decoder/embeddings/weight")
    model, tokenizer = folder / "model.bin", folder / "tokenizer.json"
    model.write_bytes(data)
    tokenizer.write_text(json.dumps({"model": {"vocab": {"a": 1, "Ġ": 0, "ã": 2}}}))
    return model, tokenizer


def test_the_head_holds_the_dimensions_the_filters_and_the_tokens(tmp_path: Path) -> None:
    convert(*write_model(tmp_path, small_whisper()), tmp_path / "out")

    data = (tmp_path / "out").read_bytes()
    assert struct.unpack_from("<12i", data) == (0x67676D6C, VOCABULARY, AUDIO, 64, 1, 1, TEXT, 64, 1, 1, MELS, 1)
    assert struct.unpack_from("<2i", data, 48) == (MELS, 201)
    tokens = data[56 + MELS * 201 * 4 :]
    assert tokens.startswith(struct.pack("<ii1sib", 3, 1, b" ", 1, ord("a")))
    assert tokens[14:19] == struct.pack("<iB", 1, 0xE3)


def test_the_fused_attention_is_taken_apart(tmp_path: Path) -> None:
    convert(*write_model(tmp_path, small_whisper()), tmp_path / "out")

    data = (tmp_path / "out").read_bytes()
    fused = ramp(3 * WIDTH, WIDTH)
    for index, part in enumerate(("query", "key", "value")):
        name = f"encoder.blocks.0.attn.{part}.weight".encode()
        begin = data.index(name) + len(name)
        assert data[begin : begin + 2 * WIDTH * WIDTH] == fused[index * WIDTH : (index + 1) * WIDTH].tobytes()
    assert b"attn.key.bias" not in data


@pytest.mark.parametrize("damage", ["kind", "tensor", "end"])
def test_what_is_no_whisper_is_refused(tmp_path: Path, damage: str) -> None:
    tensors = small_whisper()
    if damage == "tensor":
        del tensors["encoder/conv1/weight"]
    model, tokenizer = write_model(tmp_path, tensors, "TransformerSpec" if damage == "kind" else "WhisperSpec")
    if damage == "end":
        model.write_bytes(model.read_bytes()[:5000])

    with pytest.raises(ConversionError, match=r"model\.bin is no CTranslate2 Whisper"):
        convert(model, tokenizer, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.models
def test_the_mel_filters_are_those_of_the_published_file() -> None:
    published = (ROOT / load().cpu_stt_model).read_bytes()[56 : 56 + MELS * 201 * 4]

    assert mel_filters(MELS).tobytes() == published
