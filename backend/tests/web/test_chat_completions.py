"""Held by the stock SDK wherever it can say what is wanted."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from app.errors import ProviderRefused, ProviderUnavailable
from app.ports import ChatDelta, ChatFinished, ChatRequest, TextDelta, ToolCallDelta
from tests.fakes import FakeLanguageModel
from tests.web.serving import FakeProviders, calling, make_backend, running

ASK: Any = {"model": "kaiwa", "messages": [{"role": "user", "content": "Who are you?"}]}
TOOLS: Any = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]


class Watched(FakeLanguageModel):
    """Says when it was left, at the end or before."""

    def __init__(self, *answers: Any) -> None:
        super().__init__(*answers)
        self.left = asyncio.Event()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ChatDelta, None]:
        try:
            async with aclosing(super().stream(request)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            self.left.set()


@asynccontextmanager
async def sdk(model: FakeLanguageModel, **settings: Any) -> AsyncIterator[AsyncOpenAI]:
    providers = FakeProviders()
    providers.llm = model
    async with (
        running(make_backend(providers, **settings)) as host,
        AsyncOpenAI(base_url=f"http://{host}/v1", api_key="none", max_retries=0, timeout=10) as client,
    ):
        yield client


async def test_the_sdk_gets_a_whole_answer() -> None:
    model = FakeLanguageModel("A helper.")
    async with sdk(model) as client:
        answer = await client.chat.completions.create(**ASK)
    assert answer.choices[0].message.content == "A helper."
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "fake"
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


async def test_the_sdk_gets_a_stream_with_its_usage_last() -> None:
    async with sdk(FakeLanguageModel("One two.")) as client:
        stream = await client.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]) == "One two."
    assert [chunk.choices[0].finish_reason for chunk in chunks[-2:-1]] == ["stop"]
    assert chunks[-1].usage is not None
    assert len({chunk.id for chunk in chunks}) == 1


@pytest.mark.parametrize(
    ("asked", "said"), [("Who are you?", "You are Kaiwa"), ("あなたは誰ですか", "あなたは親切な音声アシスタント")]
)
async def test_the_model_is_told_what_it_is_told_for_speakers(asked: str, said: str) -> None:
    model = FakeLanguageModel()
    async with sdk(model, stt_language="auto") as client:
        await client.chat.completions.create(model="m", messages=[{"role": "user", "content": asked}])
    system, user = model.calls[0].messages
    assert system["content"].startswith(said)
    assert user == {"role": "user", "content": asked}


async def test_what_the_caller_says_of_it_takes_the_place_of_what_the_operator_says() -> None:
    model = FakeLanguageModel()
    messages: Any = [
        {"role": "developer", "content": "You are a pirate."},
        {"role": "user", "content": [{"type": "text", "text": "Who"}, {"type": "text", "text": "are you?"}]},
    ]
    async with sdk(model, system_prompt="You are a nurse.") as client:
        options: Any = {"temperature": 0, "max_completion_tokens": 5, "response_format": {"type": "json_object"}}
        await client.chat.completions.create(model="m", messages=messages, **options)
    request = model.calls[0]
    assert request.messages[0]["content"].startswith("You are a pirate.")
    assert request.messages[1] == {"role": "user", "content": "Who\nare you?"}
    assert (request.temperature, request.max_tokens) == (0, 5)
    assert request.response_format == {"type": "json_object"}


async def test_a_function_is_called_and_its_result_given_back() -> None:
    call = ToolCallDelta(0, '{"a": 1}', call_id="x", name="look")
    model = FakeLanguageModel([call, ChatFinished("tool_calls")], "Seen.")
    async with sdk(model) as client:
        first = await client.chat.completions.create(**ASK, tools=TOOLS)
        choice = first.choices[0]
        assert choice.finish_reason == "tool_calls"
        assert choice.message.tool_calls
        made: Any = choice.message.tool_calls[0]
        assert (made.function.name, made.function.arguments) == ("look", '{"a": 1}')
        messages: Any = [
            *ASK["messages"],
            choice.message.model_dump(exclude_none=True),
            {"role": "tool", "tool_call_id": made.id, "content": "a cat"},
        ]
        second = await client.chat.completions.create(model="m", messages=messages, tools=TOOLS)
    assert second.choices[0].message.content == "Seen."
    assert model.calls[1].messages[-1] == {"role": "tool", "tool_call_id": made.id, "content": "a cat"}
    assert model.calls[1].messages[-2]["tool_calls"][0]["id"] == made.id
    assert model.calls[1].tools[0]["function"]["name"] == "look"


async def test_a_call_is_streamed_in_the_protocols_shape() -> None:
    call = ToolCallDelta(0, "{}", call_id="x", name="look")
    async with sdk(FakeLanguageModel([call, ChatFinished("tool_calls")])) as client:
        stream = await client.chat.completions.create(**ASK, tools=TOOLS, stream=True)
        chunks = [chunk async for chunk in stream]
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert [(call.index, call.function and call.function.name) for call in calls] == [(0, "look")]
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_model_that_is_down_is_an_error_with_its_status(stream: bool) -> None:
    model = FakeLanguageModel()
    model.errors.append(ProviderUnavailable("llm", "connection refused"))
    async with sdk(model) as client:
        with pytest.raises(openai.InternalServerError) as raised:
            await client.chat.completions.create(**ASK, stream=stream)
    assert (raised.value.status_code, raised.value.code) == (503, "provider_unavailable")


async def test_a_prompt_beyond_the_context_is_the_callers_mistake() -> None:
    error = ProviderRefused("llm", "the prompt is longer than the context")
    error.code = "context_exceeded"
    model = FakeLanguageModel()
    model.errors.append(error)
    async with sdk(model) as client:
        with pytest.raises(openai.BadRequestError):
            await client.chat.completions.create(**ASK)


async def test_a_stream_that_breaks_off_for_good_ends_with_the_error() -> None:
    broken = ProviderUnavailable("llm", "broke off")
    model = FakeLanguageModel([TextDelta("One. "), broken], [broken])
    async with sdk(model) as client:
        stream = await client.chat.completions.create(**ASK, stream=True)
        with pytest.raises(openai.APIError, match="broke off"):
            async for _ in stream:
                pass


@pytest.mark.parametrize("stream", [False, True])
async def test_a_caller_who_leaves_cancels_the_answer(stream: bool) -> None:
    model = Watched([TextDelta("One."), TextDelta(" Two."), ChatFinished("stop")])
    model.gate.clear()
    async with sdk(model) as client:
        asking = asyncio.create_task(client.chat.completions.create(**ASK, stream=stream))
        async with asyncio.timeout(10):
            await model.started.wait()
            asking.cancel()
            await model.left.wait()
    assert model.cancelled == 1


async def test_a_caller_who_leaves_in_mid_stream_cancels_the_answer() -> None:
    model = Watched([TextDelta(f"{number} ") for number in range(100_000)])
    async with sdk(model) as client, asyncio.timeout(10):
        stream = await client.chat.completions.create(**ASK, stream=True)
        await anext(aiter(stream))
        await stream.close()
        await model.left.wait()
    assert model.cancelled == 1


async def test_only_so_many_answers_are_written_at_once() -> None:
    model = FakeLanguageModel()
    model.gate.clear()
    async with sdk(model, max_sessions=1) as client:
        first = asyncio.create_task(client.chat.completions.create(**ASK))
        await model.started.wait()
        with pytest.raises(openai.RateLimitError):
            await client.chat.completions.create(**ASK)
        model.gate.set()
        await first
        await client.chat.completions.create(**ASK)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"messages": []}, "messages"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "parrot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"n": 2}, "n"),
        ({"tools": [{"type": "retrieval"}]}, "tools[0].type"),
        ({"tool_choice": "perhaps"}, "tool_choice"),
    ],
)
async def test_a_wrong_field_is_named(change: dict[str, Any], param: str) -> None:
    async with calling(make_backend()) as client:
        answer = await client.post("/v1/chat/completions", json=ASK | change)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


async def test_fields_that_mean_nothing_here_are_passed_over() -> None:
    async with calling(make_backend()) as client:
        answer = await client.post("/v1/chat/completions", json=ASK | {"seed": 1, "user": "me", "logit_bias": {}})
    assert answer.status_code == 200
