"""Mock of llama-server's chat: `POST /v1/chat/completions`, streamed in its order, at exact times."""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from app.mock.behaviour import LlmBehaviour
from app.mock.echo import Answer, answer_to, tokens_of
from app.mock.exchange import Exchange
from app.mock.llama import answer_llama_error, health_route, llama_error, models_route
from app.mock.service import Route, Service

MODEL = "kaiwa-mock-llm"
CONTEXT_TOKENS = 4096
ARGUMENT_PIECE = 8
DONE = b"data: [DONE]\n\n"


class LlmMock(Service[LlmBehaviour]):
    """llama-server with one model, as far as chat goes."""

    name = "llm"

    def __init__(self, behaviour: LlmBehaviour, remembered: int = 0) -> None:
        super().__init__(behaviour, remembered)
        self._numbers = itertools.count(1)

    @override
    def routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/health"): health_route(),
            ("GET", "/v1/health"): health_route(),
            ("GET", "/v1/models"): models_route(MODEL),
            ("GET", "/props"): Route(_answer_props, is_probe=True),
            ("POST", "/tokenize"): Route(_answer_tokens, is_probe=True),
            ("POST", "/v1/chat/completions"): Route(self._answer_chat),
            ("POST", "/chat/completions"): Route(self._answer_chat),
        }

    @override
    async def answer_error(self, exchange: Exchange, status: int, message: str) -> None:
        await answer_llama_error(exchange, status, message)

    async def _answer_chat(self, exchange: Exchange) -> None:
        behaviour = self.behaviour
        try:
            request = read_request(exchange)
            answer = answer_to(request, behaviour)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            await answer_llama_error(exchange, 400, f"invalid request: {error!r}")
            return
        completion = Completion(request, answer, f"chatcmpl-mock{next(self._numbers)}")
        if request.get("stream"):
            await _stream(exchange, completion, behaviour)
            return
        last = behaviour.first_token_ms + max(0, len(completion.deltas) - 1) * behaviour.per_token_ms
        await exchange.until(behaviour.delay_ms + last)
        await exchange.reply_json(completion.whole(exchange.elapsed_ms()))


def read_request(exchange: Exchange) -> dict[str, Any]:
    """The request, checked as far as the answer needs it. Raises ValueError."""
    request = exchange.json()
    messages = request.get("messages") if isinstance(request, dict) else None
    if not isinstance(messages, list) or not messages or not all(isinstance(message, dict) for message in messages):
        raise ValueError("'messages' must be a list with something in it")
    return dict(request)


class Completion:
    """One answer as llama-server sends it: a list of deltas, or the whole."""

    def __init__(self, request: dict[str, Any], answer: Answer, name: str) -> None:
        self._answer = answer
        self._prompt_tokens = sum(len(tokens_of(str(message.get("content")))) for message in request["messages"])
        self._wants_usage = bool((request.get("stream_options") or {}).get("include_usage"))
        self._head = {
            "created": int(time.time()),
            "id": name,
            "model": MODEL,
            "system_fingerprint": "kaiwa-mock",
            "object": "chat.completion.chunk",
        }
        deltas = list(_deltas(answer, f"call_{name}"))
        limit = request.get("max_tokens") or request.get("max_completion_tokens") or len(deltas)
        self.deltas = deltas[:limit]
        self._is_cut = len(deltas) > limit
        choices = '{"choices":[{"finish_reason":null,"index":0,"delta":'
        self._before = f"data: {choices}".encode()
        self._after = f"}}],{json.dumps(self._head, separators=(',', ':'))[1:]}\n\n".encode()

    def chunk(self, delta: dict[str, Any]) -> bytes:
        """One event of the stream."""
        return self._before + json.dumps(delta, ensure_ascii=False).encode() + self._after

    def end(self, elapsed_ms: float, first_ms: float) -> bytes:
        """The events after the last token. `timings` are on the very last one, be it the finish or the usage."""
        finish = {"choices": [{"finish_reason": self._finish_reason(), "index": 0, "delta": {}}], **self._head}
        timings = {"timings": self._timings(elapsed_ms, first_ms)}
        if not self._wants_usage:
            return _event(finish | timings) + DONE
        return _event(finish) + _event({"choices": [], **self._head, "usage": self._usage(), **timings}) + DONE

    def whole(self, elapsed_ms: float) -> dict[str, Any]:
        """The answer of a request that did not ask for a stream."""
        message: dict[str, Any] = {"role": "assistant", "content": self._joined("content")}
        if self._answer.reasoning:
            message["reasoning_content"] = self._joined("reasoning_content")
        if self._answer.tool is not None:
            call = {"type": "function", "function": self._answer.tool, "id": f"call_{self._head['id']}"}
            message |= {"content": None, "tool_calls": [call]}
        return {
            "choices": [{"finish_reason": self._finish_reason(), "index": 0, "message": message}],
            **self._head,
            "object": "chat.completion",
            "usage": self._usage(),
            "timings": self._timings(elapsed_ms, elapsed_ms),
        }

    def _joined(self, field: str) -> str:
        return "".join(delta.get(field, "") for delta in self.deltas)

    def _finish_reason(self) -> str:
        if self._is_cut:
            return "length"
        return "stop" if self._answer.tool is None else "tool_calls"

    def _usage(self) -> dict[str, Any]:
        said, asked = len(self.deltas), self._prompt_tokens
        counts = {"completion_tokens": said, "prompt_tokens": asked, "total_tokens": said + asked}
        return {**counts, "prompt_tokens_details": {"cached_tokens": 0}}

    def _timings(self, elapsed_ms: float, first_ms: float) -> dict[str, float]:
        said, asked = max(1, len(self.deltas)), max(1, self._prompt_tokens)
        writing_ms, reading_ms = max(elapsed_ms - first_ms, 0.001), max(first_ms, 0.001)
        return {
            "cache_n": 0,
            "prompt_n": asked,
            "prompt_ms": reading_ms,
            "prompt_per_token_ms": reading_ms / asked,
            "prompt_per_second": asked / reading_ms * 1000,
            "predicted_n": said,
            "predicted_ms": writing_ms,
            "predicted_per_token_ms": writing_ms / said,
            "predicted_per_second": said / writing_ms * 1000,
        }


async def _stream(exchange: Exchange, completion: Completion, behaviour: LlmBehaviour) -> None:
    exchange.late_error = _event(llama_error(500, "mock fault"))
    await exchange.start_stream("text/event-stream", [("x-accel-buffering", "no")])
    first_ms = behaviour.delay_ms + behaviour.first_token_ms
    await exchange.until(first_ms)
    role = completion.chunk({"role": "assistant", "content": None})
    for number, delta in enumerate(completion.deltas):
        await exchange.until(first_ms + number * behaviour.per_token_ms)
        await exchange.send(role + completion.chunk(delta) if number == 0 else completion.chunk(delta))
    await exchange.send(completion.end(exchange.elapsed_ms(), first_ms))
    await exchange.finish()


def _deltas(answer: Answer, call_id: str) -> Iterator[dict[str, Any]]:
    for token in tokens_of(answer.reasoning):
        yield {"reasoning_content": token}
    for token in tokens_of(answer.text):
        yield {"content": token}
    if answer.tool is None:
        return
    name, arguments = answer.tool["name"], answer.tool["arguments"]
    first = {"index": 0, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    yield {"tool_calls": [first]}
    for begin in range(0, len(arguments), ARGUMENT_PIECE):
        piece = arguments[begin : begin + ARGUMENT_PIECE]
        yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


async def _answer_props(exchange: Exchange) -> None:
    settings = {"params": {}, "n_ctx": CONTEXT_TOKENS}
    await exchange.reply_json(
        {
            "default_generation_settings": settings,
            "total_slots": 1,
            "model_alias": MODEL,
            "model_path": MODEL,
            "modalities": {"vision": False, "video": False, "audio": False},
            "chat_template": "",
            "build_info": "kaiwa-mock",
            "is_sleeping": False,
            "is_mock": True,
        }
    )


async def _answer_tokens(exchange: Exchange) -> None:
    try:
        text = str(exchange.json()["content"])
    except (ValueError, KeyError, TypeError):
        await answer_llama_error(exchange, 400, "'content' is missing")
        return
    await exchange.reply_json({"tokens": list(range(len(tokens_of(text))))})
