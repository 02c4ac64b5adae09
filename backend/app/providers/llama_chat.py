"""Client of llama-server's chat completions: always streamed, because only a stream can be cancelled at once."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Literal

from pydantic_core import from_json

from app.errors import ProviderError, ProviderGarbled, ProviderRefused
from app.ports import ChatDelta, ChatFinished, ChatRequest, TextDelta, ToolCallDelta
from app.providers.http import HttpServer
from app.providers.probe import Said, probe, text_at

LONGEST_EVENT = 1 << 20  # bytes; only a server gone mad sends more without a line's end
CONTEXT_EXCEEDED = "context_exceeded"
"""Code of the error when a prompt is longer than the context: the request's fault, not the server's."""

_REASONS: dict[str, Literal["stop", "length", "tool_calls"]] = {"length": "length", "tool_calls": "tool_calls"}


class LlamaChat:
    """Language model at an endpoint such as http://llm:8080/v1."""

    provider = "llama.cpp"

    def __init__(
        self,
        server: HttpServer,
        *,
        reasoning_effort: str | None = None,
        openings: Sequence[str] = ("You are an assistant.",),
    ) -> None:
        """Speak to this server; its health is asked at the root, before `/v1`.

        Args:
            server: where it is.
            reasoning_effort: how long it may think; None leaves it to the server.
            openings: the instructions that conversations begin with; the canary reads them, so that they are in the
                server's prompt cache before the first person speaks.
        """
        self._openings = openings
        self.server = server
        self._completions = f"{server.origin}{server.path}/chat/completions"
        self._models = f"{server.origin}{server.path}/models"
        self._health = f"{server.origin}{server.path.removesuffix('/v1')}/health"
        self._fixed: dict[str, Any] = {
            "stream": True,
            "stream_options": {"include_usage": True},
            "cache_prompt": True,
        }
        if reasoning_effort:  # chat templates read the first, newer servers the second
            self._fixed["chat_template_kwargs"] = {"reasoning_effort": reasoning_effort}
            self._fixed["reasoning_effort"] = reasoning_effort

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        """Stream as `LanguageModel` says."""
        body = json.dumps(self._fixed | _asked(request), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        lines, reading = EventLines(), _Reading()
        async with self.server.open("POST", self._completions, body=body, headers=headers, explain=explain) as answer:
            while not reading.is_done:
                piece = await answer.read()
                if not piece:
                    raise ProviderGarbled("llm", "the answer broke off before its end")
                for event in lines.feed(piece):
                    for delta in reading.take(event):
                        yield delta
            yield reading.finished()

    async def probe(self) -> Said:
        """Ask what the server says of itself."""
        return await probe(self.server, self._health, self._models)

    async def canary(self) -> None:
        """Have one token written after each opening."""
        for opening in self._openings:
            messages = [{"role": "system", "content": opening}, {"role": "user", "content": "Hi"}]
            async for _ in self.stream(ChatRequest(messages, max_tokens=1)):
                pass


class EventLines:
    """Cuts the `data` of server-sent events out of a stream of bytes; comments and other fields are passed over."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """Return the data of the events whose line is now whole.

        Raises:
            ProviderGarbled: a line without end.
        """
        lines = (self._rest + piece).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > LONGEST_EVENT:
            raise ProviderGarbled("llm", "an event has no end")
        return [line[5:].strip() for line in lines if line.startswith(b"data:")]


class _Reading:
    """What has been read of one answer, over and above its deltas."""

    def __init__(self) -> None:
        self.is_done = False
        self._reason: str | None = None
        self._usage: Mapping[str, Any] = {}
        self._timings: Mapping[str, Any] = {}

    def take(self, event: bytes) -> list[ChatDelta]:
        """Return the deltas of one event."""
        if event == b"[DONE]":
            self.is_done = True
            return []
        try:
            return self._take_chunk(from_json(event))
        except (ValueError, TypeError, AttributeError) as error:
            raise ProviderGarbled("llm", "an event is not a chat completion chunk") from error

    def finished(self) -> ChatFinished:
        """Return the end of a stream that came to its end."""
        if self._reason is None:
            raise ProviderGarbled("llm", "the answer ended without a finish_reason")
        usage, timings = self._usage, self._timings
        details = usage.get("prompt_tokens_details") or {}
        cached = timings.get("cache_n")
        prompt = None if cached is None or "prompt_n" not in timings else cached + timings["prompt_n"]
        return ChatFinished(
            reason=_REASONS.get(self._reason, "stop"),
            prompt_tokens=usage.get("prompt_tokens", prompt),
            completion_tokens=usage.get("completion_tokens", timings.get("predicted_n")),
            cached_tokens=details.get("cached_tokens", cached),
        )

    def _take_chunk(self, chunk: Any) -> list[ChatDelta]:
        if error := chunk.get("error"):
            raise _refusal(error)
        self._usage = chunk.get("usage") or self._usage
        self._timings = chunk.get("timings") or self._timings
        deltas: list[ChatDelta] = []
        for choice in chunk.get("choices") or ():  # none at all beside the usage
            delta = choice.get("delta") or {}
            if text := delta.get("content"):  # null in the first delta
                deltas.append(TextDelta(text + ""))  # anything but a text is a TypeError here
            deltas.extend(_tool_call(call) for call in delta.get("tool_calls") or ())
            self._reason = choice.get("finish_reason") or self._reason
        return deltas


def _asked(request: ChatRequest) -> dict[str, Any]:
    asked: dict[str, Any] = {"messages": list(request.messages)}
    if request.tools:
        asked |= {"tools": list(request.tools), "tool_choice": request.tool_choice}
    options = {
        "temperature": request.temperature,
        "max_tokens": request.max_tokens,
        "response_format": request.response_format,
    }
    return asked | {name: value for name, value in options.items() if value is not None}


def _tool_call(call: Any) -> ToolCallDelta:
    function = call.get("function") or {}
    return ToolCallDelta(
        index=call.get("index", 0),
        arguments=function.get("arguments") or "",
        call_id=call.get("id"),
        name=function.get("name"),
    )


def explain(_status: int, body: bytes) -> ProviderError | str:
    """Return what the body of an error says, without its message: that may quote the conversation."""
    try:
        reply = from_json(body)
    except ValueError:
        return ""
    kind = text_at(reply, "error", "type")
    return _refusal(reply["error"]) if kind == "exceed_context_size_error" else kind


def _refusal(error: Any) -> ProviderRefused:
    kind = text_at(error, "type") or "error"
    if kind != "exceed_context_size_error":
        return ProviderRefused("llm", f"broken off by the server: {kind}")
    refused = ProviderRefused("llm", text_at(error, "message") or "the prompt is longer than the context")
    refused.code = CONTEXT_EXCEEDED
    return refused
