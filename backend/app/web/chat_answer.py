"""What `POST /v1/chat/completions` gives: one object, or its pieces as server-sent events."""

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from app.core.tool_text import ToolCall
from app.errors import KaiwaError
from app.session.writer import Words, Written
from app.web.errors import body_of
from app.wire.ids import new_id
from app.wire.sent import JsonObject, encode

Piece = Words | ToolCall | Written
DONE = "data: [DONE]\n\n"


@dataclass(slots=True)
class ChatAnswer:
    """One answer: its id, who wrote it, and what of it has come."""

    model: str
    include_usage: bool = False
    id: str = field(default_factory=lambda: new_id("chatcmpl"))
    created: int = field(default_factory=lambda: int(time.time()))
    text: str = ""
    calls: list[JsonObject] = field(default_factory=list)
    written: Written = field(default_factory=lambda: Written("stop"))

    def take(self, piece: Piece) -> JsonObject | None:
        """Add a piece; return it as a stream's `delta`, if there is something to show."""
        match piece:
            case Words(text):
                self.text += text
                return {"content": text}
            case ToolCall(name, arguments):
                function = {"name": name, "arguments": arguments}
                call = {"id": new_id("call"), "type": "function", "function": function}
                self.calls.append(call)
                return {"tool_calls": [{"index": len(self.calls) - 1, **call}]}
            case Written():
                self.written = piece
                return None

    def whole(self) -> JsonObject:
        """Return the answer in one."""
        message: JsonObject = {"role": "assistant", "content": self.text or None, "refusal": None}
        if self.calls:
            message["tool_calls"] = self.calls
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self._finish_reason()}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self._usage()}

    async def stream(self, pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[str, None]:
        """Yield the answer as events; one that breaks off ends with the error."""
        yield self._chunk({"role": "assistant", "content": ""})
        try:
            async for piece in pieces:
                if delta := self.take(piece):
                    yield self._chunk(delta)
        except KaiwaError as error:
            yield f"data: {encode(body_of(error))}\n\n"
            return
        yield self._chunk({}, self._finish_reason())
        if self.include_usage:
            yield _event({**self._head("chat.completion.chunk"), "choices": [], "usage": self._usage()})
        yield DONE

    def _chunk(self, delta: JsonObject, finish_reason: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return _event({**self._head("chat.completion.chunk"), "choices": [choice]})

    def _head(self, kind: str) -> JsonObject:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _finish_reason(self) -> str:
        return "tool_calls" if self.calls else self.written.reason

    def _usage(self) -> JsonObject:
        asked, answered = self.written.prompt_tokens, self.written.completion_tokens
        return {
            "prompt_tokens": asked,
            "completion_tokens": answered,
            "total_tokens": asked + answered,
            "prompt_tokens_details": {"cached_tokens": self.written.cached_tokens},
        }


def _event(chunk: JsonObject) -> str:
    return f"data: {encode(chunk)}\n\n"
