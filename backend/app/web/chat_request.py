"""What `POST /v1/chat/completions` takes, and the request to the language model that it becomes.

What we do not know is passed over, as in the protocol's other servers; what we know must be right.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, PlainValidator

from app.core.language import script_language
from app.core.prompt import build, system_prompt
from app.ports import ChatMessage, ChatRequest
from app.session.services import Manner
from app.wire.received import AnyObject, Received, refused

_INSTRUCTIONS = ("system", "developer")


def _text(value: object) -> str | None:
    """Take a text, or the parts of one; pictures and sounds cannot be read here."""
    if value is None or isinstance(value, str):
        return value
    parts = value if isinstance(value, list) else [None]
    texts = [part.get("text") if isinstance(part, dict) and part.get("type") == "text" else None for part in parts]
    if not all(isinstance(text, str) for text in texts):
        raise refused('Content is a text, or a list of {"type": "text", "text": text}.')
    return "\n".join(str(text) for text in texts)


def _tool_choice(value: object) -> str | Mapping[str, Any]:
    if value in ("auto", "none", "required"):
        return str(value)
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        return value
    raise refused('tool_choice is "auto", "none", "required" or {"type": "function", "function": {"name": name}}.')


class Message(Received):
    """One message."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str | None, PlainValidator(_text)] = None
    tool_calls: list[AnyObject] | None = None
    tool_call_id: str | None = None

    def chat(self) -> ChatMessage:
        """Return the message as a model server takes it."""
        return {"content": self.content or "", **self.model_dump(exclude={"content"}, exclude_none=True)}


class FunctionShape(Received):
    """A function that the caller runs for the model."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    description: str | None = None
    parameters: AnyObject = Field(default_factory=lambda: {"type": "object", "properties": {}})


class ToolShape(Received):
    """A tool; functions are the only kind."""

    type: Literal["function"]
    function: FunctionShape


class StreamOptions(Received):
    """What a stream is to hold besides the answer."""

    include_usage: bool = False


class ChatBody(Received):
    """The body."""

    messages: Annotated[list[Message], Field(min_length=1, max_length=2000)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[
        int | None, Field(ge=1, validation_alias=AliasChoices("max_completion_tokens", "max_tokens"))
    ] = None
    tools: Annotated[list[ToolShape], Field(max_length=128)] | None = None
    tool_choice: Annotated[Any, PlainValidator(_tool_choice)] = "auto"
    response_format: AnyObject | None = None
    n: Literal[1] | None = None

    def request(self, manner: Manner) -> ChatRequest:
        """Return what the model is asked: the instructions that speakers get as well, then these messages."""
        custom = "\n".join(m.content for m in self.messages if m.role in _INSTRUCTIONS and m.content)
        system = system_prompt(manner.language or self._language(), custom or manner.system_prompt)
        return ChatRequest(
            messages=build(system, [m.chat() for m in self.messages if m.role not in _INSTRUCTIONS]),
            tools=self._tools(),
            tool_choice=self.tool_choice,
            temperature=manner.temperature if self.temperature is None else self.temperature,
            max_tokens=self.max_tokens or manner.max_tokens,
            response_format=self.response_format,
        )

    def _language(self) -> str | None:
        written = [m.content for m in self.messages if m.role == "user" and m.content]
        return script_language(written[-1]) if written else None

    def _tools(self) -> Sequence[Mapping[str, Any]]:
        return [tool.model_dump(exclude_none=True) for tool in self.tools or ()]
