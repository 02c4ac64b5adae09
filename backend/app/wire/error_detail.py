"""An error as the client sees it, in `error`, in a failed transcription and in a failed response."""

from dataclasses import dataclass
from typing import Literal, Self

from app.errors import KaiwaError, ProviderError, RequestError, StoreError
from app.wire.sent import Sent


@dataclass(frozen=True, slots=True)
class ErrorDetail(Sent):
    """What went wrong. `event_id` is the client's, by which it knows which of its messages failed."""

    type: Literal["invalid_request_error", "server_error"]
    code: str
    message: str
    param: str | None = None
    event_id: str | None = None

    @classmethod
    def of(cls, error: KaiwaError, event_id: str | None = None) -> Self:
        """Return what the client may know of an error; of our own and the operator's only that there was one."""
        if isinstance(error, RequestError):
            return cls("invalid_request_error", error.code, str(error), error.param, error.event_id or event_id)
        known = isinstance(error, ProviderError | StoreError)
        message = str(error) if known else "The assistant failed; its log says why."
        return cls("server_error", error.code, message, event_id=event_id)
