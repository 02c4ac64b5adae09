"""The body of POST /v1/tts, as Fish Speech has it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field


class SpeechRequest(BaseModel):
    """What to say and how; fields that only a cloning model could heed are checked and otherwise ignored."""

    text: str
    chunk_length: int = 200
    format: Literal["wav", "pcm", "mp3", "opus"] = "wav"
    latency: Literal["normal", "balanced"] = "normal"
    references: list[Any] = []
    reference_id: str | None = None
    seed: Annotated[int, Field(ge=0)] | None = None
    use_memory_cache: Literal["on", "off"] = "off"
    normalize: bool = True
    streaming: bool = False
    max_new_tokens: int = 1024
    top_p: Annotated[float, Field(ge=0.1, le=1.0)] = 0.8
    repetition_penalty: Annotated[float, Field(ge=0.9, le=2.0)] = 1.1
    temperature: Annotated[float, Field(ge=0.1, le=1.0)] = 0.8
