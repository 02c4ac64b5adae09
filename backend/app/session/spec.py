"""What one response is to be: the session's configuration, overridden by what `response.create` asks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.history import Item
from app.core.unfinished import Unfinished
from app.session.writer import Written
from app.wire.audio import FormatName
from app.wire.responses import ResponseObject, ResponseStatus, StatusDetails, Usage
from app.wire.session_config import SessionConfig


@dataclass(frozen=True, slots=True)
class AnswerSpec:
    """One response's particulars. `config` is the session's as it holds for this response."""

    config: SessionConfig
    voice: str | None  # one that the provider has; None is its default
    metadata: dict[str, str] | None = None
    in_conversation: bool = True
    input: Sequence[Item] | None = None  # instead of the conversation's items
    unfinished: Unfinished | None = None  # the answer that this one goes on with

    @property
    def audio(self) -> bool:
        """Whether it is spoken."""
        return self.config.wants_audio

    @property
    def output_format(self) -> FormatName:
        """The format of its sound."""
        return self.config.output_format

    def response_object(
        self,
        response_id: str,
        status: ResponseStatus,
        output: list[dict[str, Any]],
        written: Written,
        details: StatusDetails | None,
    ) -> ResponseObject:
        """Return the response as the client sees it."""
        usage = Usage(written.prompt_tokens, written.completion_tokens, written.cached_tokens)
        conversation_id = self.config.conversation_id if self.in_conversation else None
        return replace(
            self.config.new_response(response_id, conversation_id=conversation_id, metadata=self.metadata),
            status=status,
            status_details=details,
            output=output,
            usage=None if status == "in_progress" else usage,
        )
