"""The response object that `response.created` and `response.done` carry."""

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from app.wire.error_detail import ErrorDetail
from app.wire.sent import JsonObject, Sent

ResponseStatus = Literal["in_progress", "completed", "cancelled", "failed", "incomplete"]


@dataclass(frozen=True, slots=True)
class StatusDetails(Sent):
    """Why a response is over; `error` only when it failed."""

    type: Literal["completed", "cancelled", "incomplete", "failed"]
    reason: Literal["turn_detected", "client_cancelled", "max_output_tokens", "content_filter"] | None = None
    error: ErrorDetail | None = None


@dataclass(frozen=True, slots=True)
class Usage(Sent):
    """What the language model counted; sound costs no tokens here."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0

    def wire(self) -> JsonObject:
        """Return the counts in the protocol's shape."""
        return {
            "total_tokens": self.input_tokens + self.output_tokens,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "input_token_details": {
                "text_tokens": self.input_tokens,
                "audio_tokens": 0,
                "cached_tokens": self.cached_tokens,
            },
            "output_token_details": {"text_tokens": self.output_tokens, "audio_tokens": 0},
        }


@dataclass(frozen=True, slots=True)
class ResponseObject(Sent):
    """A response. `output` holds items as `items.to_wire` gives them; `metadata` is echoed from its first event on."""

    NULLS: ClassVar[frozenset[str]] = frozenset({"conversation_id", "status_details", "usage", "metadata"})

    id: str
    output_modalities: list[str]
    max_output_tokens: int | Literal["inf"]
    audio: JsonObject
    conversation_id: str | None = None  # None: out of band
    metadata: dict[str, str] | None = None
    status: ResponseStatus = "in_progress"
    status_details: StatusDetails | None = None
    output: list[JsonObject] = field(default_factory=list)
    usage: Usage | None = None
    object: Literal["realtime.response"] = "realtime.response"
