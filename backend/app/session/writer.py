"""Writing the answer: from the language model's stream to words that may be spoken and calls of functions.

A stream that breaks off is taken up once where it stopped, by whichever endpoint then answers. A call that a small
model writes as JSON text is held back; one that cannot be read is asked for once more with a schema.
An answer that another session began is gone on with: first what it had written and nobody heard, then what comes next.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace

from app.core.tool_text import ToolCall, ToolTextGuard, call_schema
from app.core.unfinished import Unfinished
from app.errors import ProviderError, ProviderGarbled
from app.ports import ChatFinished, ChatMessage, ChatRequest, LanguageModel, TextDelta, ToolCallDelta


@dataclass(frozen=True, slots=True)
class Words:
    """A piece of text that may be spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """The end of it, with the tokens counted by the server, if it counted."""

    reason: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class Writer:
    """One answer's text.

    Args:
        llm: who writes it.
        request: what is asked.
        unfinished: the answer to go on with, None for a new one.
    """

    def __init__(self, llm: LanguageModel, request: ChatRequest, unfinished: Unfinished | None = None) -> None:
        self.said = ""  # all words so far, without white space in front
        self._llm = llm
        self._unfinished = unfinished
        self._request = request
        self._tools = _names(request) if request.tool_choice != "none" else []
        self._guard = ToolTextGuard(self._tools)
        self._calls: dict[int, ToolCall] = {}
        self._text = unfinished.written if unfinished else ""
        self._written = Written("stop")

    async def write(self) -> AsyncGenerator[Words | ToolCall | Written, None]:
        """Yield words as they come, then calls, then the end.

        Raises:
            ProviderError: no endpoint could write it, none could finish it, or its call cannot be read.
        """
        async with aclosing(self._speech()) as speech:
            async for words in speech:
                self.said = (self.said + words.text).lstrip()
                yield words
        rest, call, broken = self._guard.finish()
        if broken:
            call = await self._ask_again()
        elif rest:
            self.said += rest
            yield Words(rest)
        for made in (*self._calls.values(), *([call] if call else [])):
            yield made
        yield self._written

    async def _speech(self) -> AsyncGenerator[Words, None]:
        if self._unfinished:
            yield Words(self._unfinished.rest)
            if self._unfinished.finished:
                return
        for last_try in (False, True):
            try:
                async with aclosing(self._stream(self._next_request())) as stream:
                    async for words in stream:
                        yield words
            except ProviderError:
                if last_try or not self._text:
                    raise
                self._calls.clear()
            else:
                return

    def _next_request(self) -> ChatRequest:
        """The request; with what is written already, if there is something, for the model to go on with."""
        if not self._text:
            return self._request
        before = [*self._request.messages]
        said = [before.pop()["content"]] if before and _is_speech(before[-1]) else []  # roles must take turns
        so_far = {"role": "assistant", "content": "\n".join((*said, self._text))}
        return replace(self._request, messages=[*before, so_far])

    async def _stream(self, request: ChatRequest) -> AsyncGenerator[Words, None]:
        async with aclosing(self._llm.stream(request)) as deltas:
            async for delta in deltas:
                match delta:
                    case TextDelta(text):
                        self._text += text
                        if speech := self._guard.feed(text):
                            yield Words(speech)
                    case ToolCallDelta():
                        self._collect(delta)
                    case ChatFinished():
                        self._written = _written(delta)

    def _collect(self, delta: ToolCallDelta) -> None:
        before = self._calls.get(delta.index, ToolCall(name="", arguments=""))
        self._calls[delta.index] = ToolCall(delta.name or before.name, before.arguments + delta.arguments)

    async def _ask_again(self) -> ToolCall:
        """Ask for the call once more, held to its schema."""
        schema = call_schema([tool["function"] for tool in self._request.tools])
        again = replace(self._request, tools=(), tool_choice="none", response_format=schema)
        guard = ToolTextGuard(self._tools)
        async with aclosing(self._llm.stream(again)) as deltas:
            async for delta in deltas:
                if isinstance(delta, TextDelta):
                    guard.feed(delta.text)
        _, call, _ = guard.finish()
        if call is None:
            raise ProviderGarbled("llm", "it wrote a function call that cannot be read, twice")
        return call


def _is_speech(message: ChatMessage) -> bool:
    return message["role"] == "assistant" and not message.get("tool_calls")


def _names(request: ChatRequest) -> list[str]:
    return [str(tool["function"]["name"]) for tool in request.tools]


def _written(end: ChatFinished) -> Written:
    return Written(end.reason, end.prompt_tokens or 0, end.completion_tokens or 0, end.cached_tokens or 0)
