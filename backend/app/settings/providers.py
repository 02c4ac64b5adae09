"""Settings of the four model servers and of the images that prod and dev build for them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.settings.kinds import Count, HttpAddress, HttpAddresses, Language, Platform, Port, Seconds

Compute = Literal["cuda", "cpu"]


class LlmSettings(BaseModel):
    """The language model: llama-server's chat completions."""

    llm_image: str = "local/gpt-oss-llm:cuda"
    llm_platform: Platform = "linux/arm64"
    llm_backend: Compute = "cuda"
    llm_ubuntu_version: str = "24.04"
    llm_cuda_version: str = "13.0.1"
    llm_cuda_arch: str = "121"
    llama_cpp_ref: str = "b11434"
    llm_local_port: Port = 18000
    llm_port: Port = 8080
    llm_model_dir: str = "/models"
    llm_model: str = "/models/gpt-oss-20b.gguf"
    llm_ctx_size: Annotated[int, Field(ge=512)] = 16384
    llm_threads: Count = 8
    llm_n_gpu_layers: Annotated[int, Field(ge=0)] = 999
    llm_flash_attn: Literal["on", "off", "auto"] = "on"
    llm_endpoint: HttpAddress = "http://llm:${LLM_PORT}/v1"
    llm_fallback_endpoint: HttpAddresses = ()
    llm_reasoning_effort: Literal["low", "medium", "high"] = "low"
    llm_temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    llm_max_tokens: Count = 512
    llm_connect_timeout_s: Seconds = 2
    llm_read_timeout_s: Seconds = 20
    llm_total_timeout_s: Seconds = 120


class SttSettings(BaseModel):
    """Speech to text: whisper.cpp's server."""

    stt_image: str = "local/whisper-stt:cuda"
    stt_platform: Platform = "linux/arm64"
    stt_backend: Compute = "cuda"
    stt_model_local_dir: str = "./models/stt"
    stt_model: str = "/models/ggml-base.bin"
    stt_language: Language = "ja"
    stt_threads: Count = 4
    stt_port: Port = 6006
    stt_endpoint: HttpAddress = "http://stt:6006/inference"
    stt_fallback_endpoint: HttpAddresses = ()
    stt_connect_timeout_s: Seconds = 2
    stt_read_timeout_s: Seconds = 15
    stt_total_timeout_s: Seconds = 20


class TtsSettings(BaseModel):
    """Text to speech: Fish Speech's server."""

    tts_image: str = "local/openvoice:cuda"
    tts_platform: Platform = "linux/arm64"
    tts_backend: Compute = "cuda"
    tts_model_local_dir: str = "./models/tts"
    tts_reference_local_dir: str = "./references/tts"
    tts_reference_dir: str = "/app/references"
    tts_port: Port = 7007
    tts_endpoint: HttpAddress = "http://tts:7007/v1/tts"
    tts_fallback_endpoint: HttpAddresses = ()
    tts_default_voice: str = ""
    tts_output_format: Literal["opus", "pcm", "wav", "mp3"] = "opus"
    tts_sample_rate: Annotated[int, Field(ge=8000, le=192_000)] = 44100
    tts_connect_timeout_s: Seconds = 2
    tts_read_timeout_s: Seconds = 15
    tts_total_timeout_s: Seconds = 60


class EmbeddingSettings(BaseModel):
    """Text to vectors: llama-server's embeddings."""

    embedding_image: str = "local/llama-embedding:cuda"
    embedding_platform: Platform = "linux/arm64"
    embedding_backend: Compute = "cuda"
    embedding_model: str = "/models/embd-model.gguf"
    embedding_port: Port = 9000
    embedding_endpoint: HttpAddress = "http://embedding:9000/embedding"
    embedding_fallback_endpoint: HttpAddresses = ()
    embedding_parallel: Count = 4
    embedding_ubatch: Count = 2048
    embedding_ngpu: Annotated[int, Field(ge=0)] = 999
    embedding_pooling: Literal["none", "mean", "cls", "last"] = "mean"
    embedding_connect_timeout_s: Seconds = 2
    embedding_read_timeout_s: Seconds = 5
    embedding_total_timeout_s: Seconds = 10
