"""What a mock server does: its delays, its answers and its faults, all settable while it runs.

Times are milliseconds after the request was read completely; none of them adds up with the ones before it,
except `delay_ms`, which comes before all the others.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal["refuse", "hang", "cut", "garbage", "slow", "error", "late_error"]


class Fault(BaseModel):
    """One way to fail.

    refuse: the connection is reset before any answer, health probes included.
    hang: never answers. cut: closes after `chunks` pieces of a stream, or in the middle of a plain body.
    garbage: the right headers, then bytes that are neither UTF-8 nor JSON, an odd number of them.
    slow: the body trickles, `piece_bytes` every `piece_ms`.
    error: the protocol's own error body with `status`.
    late_error: after `chunks` tokens llama-server's error event without [DONE]; on the other servers the same as cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: FaultKind
    after: int = Field(default=0, ge=0, description="requests served well before the first one struck")
    count: int | None = Field(default=None, ge=1, description="requests struck; null: until the fault is changed")
    chunks: int = Field(default=2, ge=0)
    piece_bytes: int = Field(default=32, ge=1)
    piece_ms: float = Field(default=50, gt=0)
    status: int = Field(default=503, ge=400, le=599)
    everywhere: bool = Field(default=False, description="health probes and lists as well")

    def spares_probes(self) -> bool:
        """Whether health probes and lists go on as if nothing was wrong."""
        return not self.everywhere and self.kind != "refuse"


class Behaviour(BaseModel):
    """What all four have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    delay_ms: float = Field(default=0, ge=0)
    serial: bool = Field(default=False, description="one request at a time, as behind whisper-server's mutex")
    fault: Fault | None = None


class LlmBehaviour(Behaviour):
    """llama-server. Token k (from 0) comes at `first_token_ms + k * per_token_ms`."""

    first_token_ms: float = Field(default=0, ge=0)
    per_token_ms: float = Field(default=0, ge=0)
    text: str | None = Field(default=None, description="always answer this instead of an echo")
    reasoning: str | None = Field(default=None, description="sent as reasoning_content before the answer")
    tool_style: Literal["deltas", "text", "broken_text"] = Field(
        default="deltas", description="a tool call as real deltas, as JSON in the text, or as JSON that does not parse"
    )


class SttBehaviour(Behaviour):
    """whisper-server. A confidence of null is left out of verbose_json."""

    text: str | None = Field(default=None, description="always answer this instead of a text about the length")
    detected_language: str = "en"
    no_speech_prob: float | None = Field(default=0.01, ge=0, le=1)
    avg_logprob: float | None = Field(default=-0.2, le=0)


class TtsBehaviour(Behaviour):
    """Fish Speech. Chunk k (from 0) comes at `first_chunk_ms + k * chunk_ms / rate`."""

    first_chunk_ms: float = Field(default=0, ge=0)
    chunk_ms: float = Field(default=100, ge=10)
    rate: float | None = Field(default=None, gt=0, description="times real time; null: as fast as it can be sent")
    voices: tuple[str, ...] = ("mock",)
    unknown_voice: Literal["refuse", "random"] = Field(default="refuse", description="random: as the real server does")
    riff_header: bool = Field(default=False, description="a streamed body begins with a WAV header")
    odd_chunks: bool = Field(default=False, description="chunk borders fall inside samples")


class EmbeddingBehaviour(Behaviour):
    """llama-server --embeddings: `delay_ms` is all there is to it."""


class Behaviours(BaseModel):
    """How the four behave at first: as they are here, all answer at once and without fail."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    llm: LlmBehaviour = LlmBehaviour()
    stt: SttBehaviour = SttBehaviour()
    tts: TtsBehaviour = TtsBehaviour()
    embedding: EmbeddingBehaviour = EmbeddingBehaviour()
