"""What a client may ask of one response."""

from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from app.wire.items import ItemShape
from app.wire.received import Received
from app.wire.sent import JsonObject
from app.wire.session_shape import (
    AudioFormat,
    Instructions,
    MaxOutputTokens,
    Metadata,
    OutputModalities,
    ToolChoice,
    Tools,
    voice_name,
)

_SESSION_FIELDS = {"output_modalities", "instructions", "audio", "tools", "tool_choice", "max_output_tokens"}


class ResponseOutput(Received):
    """The voice of one response."""

    format: AudioFormat | None = None
    voice: Annotated[str | None, PlainValidator(lambda value: None if value is None else voice_name(value))] = None


class ResponseAudio(Received):
    """The sound of one response."""

    output: ResponseOutput | None = None


class ResponseParams(Received):
    """`response.create`'s `response`: what is not given, or null, is the session's."""

    output_modalities: OutputModalities | None = None
    instructions: Instructions | None = None
    audio: ResponseAudio | None = None
    tools: Tools | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: MaxOutputTokens | None = None
    conversation: Literal["auto", "none"] | None = None  # none: out of band, its items join no conversation
    input: Annotated[list[ItemShape], Field(max_length=1000)] | None = None  # instead of the conversation
    metadata: Metadata | None = None

    def session_part(self) -> JsonObject:
        """Return what overrides the session, as an update of it."""
        return self.model_dump(include=_SESSION_FIELDS, exclude_none=True)
