import json
import time
from typing import Any

import httpx
import pytest

from app.mock.servers import MockServers

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "kelvin"]}},
        },
    },
}


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}], **more}


async def stream(client: httpx.AsyncClient, url: str, body: dict[str, Any]) -> list[Any]:
    events = []
    async with client.stream("POST", f"{url}/v1/chat/completions", json={**body, "stream": True}) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line.startswith("data: "):
                data = line.removeprefix("data: ")
                events.append(data if data == "[DONE]" else json.loads(data))
    return events


def deltas(events: list[Any]) -> list[dict[str, Any]]:
    return [event["choices"][0]["delta"] for event in events if event != "[DONE]" and event["choices"]]


def said(events: list[Any], field: str = "content") -> str:
    return "".join(delta.get(field) or "" for delta in deltas(events))


async def test_a_stream_has_the_order_of_llama_server(mocks: MockServers, client: httpx.AsyncClient) -> None:
    events = await stream(client, mocks.llm.url, ask("What is new?", stream_options={"include_usage": True}))

    assert events[-1] == "[DONE]"
    chunks = events[:-1]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": None}
    assert all(set(delta) == {"content"} for delta in deltas(chunks)[1:-1])
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-2]["choices"][0]["delta"] == {}
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == len(chunks) - 3
    assert [("timings" in chunk) for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
    assert all(chunk["object"] == "chat.completion.chunk" and chunk["id"] == chunks[0]["id"] for chunk in chunks)


async def test_without_usage_the_timings_are_on_the_finish(mocks: MockServers, client: httpx.AsyncClient) -> None:
    *chunks, done = await stream(client, mocks.llm.url, ask("Hello"))

    assert done == "[DONE]"
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-1]["timings"]["predicted_n"] == len(chunks) - 2


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the capital of France?", "You said: What is the capital of France. I am only a mock."),
        ("日本で一番高い山は何ですか。", "「日本で一番高い山は何ですか」とおっしゃいましたね。私は模擬サーバーです。"),
    ],
)
async def test_it_echoes_in_the_language_of_the_question(
    mocks: MockServers, client: httpx.AsyncClient, question: str, answer: str
) -> None:
    assert said(await stream(client, mocks.llm.url, ask(question))) == answer

    whole = (await client.post(f"{mocks.llm.url}/v1/chat/completions", json=ask(question))).json()
    assert whole["choices"][0]["message"] == {"role": "assistant", "content": answer}
    assert whole["object"] == "chat.completion"


async def test_a_fixed_text_is_one_token_per_word(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(text="One two three four five six seven eight. Nine.")

    pieces = [delta["content"] for delta in deltas(await stream(client, mocks.llm.url, ask("Hi")))[1:-1]]

    assert pieces[:2] == ["One", " two"]
    assert pieces[7] == " eight."
    assert len(pieces) == 9


async def test_an_answer_that_was_begun_is_gone_on_with(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = ask("Where?")
    body["messages"].append({"role": "assistant", "content": "You said: Whe"})

    assert said(await stream(client, mocks.llm.url, body)) == "re. I am only a mock."


async def test_tokens_do_not_come_before_their_time(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(text="One two three.", first_token_ms=60, per_token_ms=30)
    began = time.perf_counter()

    await stream(client, mocks.llm.url, ask("Hi"))

    assert (time.perf_counter() - began) * 1000 >= 119


async def test_reasoning_comes_first_and_apart(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(reasoning="Let me think.", text="Paris.")

    events = await stream(client, mocks.llm.url, ask("Hi"))

    kinds = [next(iter(delta)) for delta in deltas(events)[1:-1]]
    assert kinds == ["reasoning_content"] * 3 + ["content"]
    assert said(events, "reasoning_content") == "Let me think."


async def test_a_named_tool_is_called_in_deltas(mocks: MockServers, client: httpx.AsyncClient) -> None:
    events = await stream(client, mocks.llm.url, ask("Please get weather for Paris", tools=[WEATHER]))

    calls = [delta["tool_calls"][0] for delta in deltas(events) if "tool_calls" in delta]
    assert calls[0]["function"]["name"] == "get_weather"
    assert calls[0]["id"]
    assert not any("id" in call or "name" in call["function"] for call in calls[1:])
    arguments = json.loads("".join(call["function"]["arguments"] for call in calls))
    assert arguments == {"city": "mock", "unit": "celsius"}
    assert events[-2]["choices"][0]["finish_reason"] == "tool_calls"


@pytest.mark.parametrize(
    "more", [{"tools": [WEATHER]}, {"tools": [WEATHER], "tool_choice": "none"}, {}], ids=["unnamed", "none", "no tools"]
)
async def test_no_tool_is_called_unasked(mocks: MockServers, client: httpx.AsyncClient, more: dict[str, Any]) -> None:
    question = "How do you do?" if more == {"tools": [WEATHER]} else "get_weather"

    events = await stream(client, mocks.llm.url, ask(question, **more))

    assert not any("tool_calls" in delta for delta in deltas(events))


async def test_a_required_tool_is_called_unnamed(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = ask("Hello", tools=[WEATHER], tool_choice="required")

    whole = (await client.post(f"{mocks.llm.url}/v1/chat/completions", json=body)).json()

    assert whole["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "get_weather"
    assert whole["choices"][0]["message"]["content"] is None


async def test_a_small_model_writes_its_call_as_text(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(tool_style="text")
    events = await stream(client, mocks.llm.url, ask("get_weather", tools=[WEATHER]))
    assert json.loads(said(events)) == {"name": "get_weather", "arguments": {"city": "mock", "unit": "celsius"}}

    mocks.llm.change(tool_style="broken_text")
    events = await stream(client, mocks.llm.url, ask("get_weather", tools=[WEATHER]))
    with pytest.raises(json.JSONDecodeError):
        json.loads(said(events))


async def test_a_schema_is_obeyed_even_after_a_broken_call(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(tool_style="broken_text")
    schema = {"type": "object", "properties": {"name": {"const": "get_weather"}, "count": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"schema": schema}}

    events = await stream(client, mocks.llm.url, ask("get_weather", tools=[WEATHER], response_format=wanted))

    assert json.loads(said(events)) == {"name": "get_weather", "count": 1}


async def test_the_result_of_a_tool_is_told(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = ask("get_weather", tools=[WEATHER])
    body["messages"] += [{"role": "tool", "tool_call_id": "x", "content": "21 degrees"}]

    assert said(await stream(client, mocks.llm.url, body)).startswith("The tool says: 21 degrees.")


async def test_max_tokens_cuts_the_answer(mocks: MockServers, client: httpx.AsyncClient) -> None:
    events = await stream(client, mocks.llm.url, ask("Hello there", max_tokens=2))

    assert said(events) == "You said:"
    assert events[-2]["choices"][0]["finish_reason"] == "length"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"messages": []}', b'{"messages": ["a"]}'])
async def test_a_bad_request_is_a_llama_error(mocks: MockServers, client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(f"{mocks.llm.url}/v1/chat/completions", content=body)

    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_it_says_that_it_is_a_mock(mocks: MockServers, client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{mocks.llm.url}/health")).json() == {"status": "ok", "is_mock": True}
    assert (await client.get(f"{mocks.llm.url}/v1/models")).json()["data"][0]["owned_by"] == "kaiwa-mock"
    assert (await client.get(f"{mocks.llm.url}/props")).json()["is_mock"] is True
    assert (await client.get(f"{mocks.llm.url}/nothing")).headers["x-kaiwa-mock"] == "1"


async def test_a_whole_answer_keeps_its_reasoning_apart(mocks: MockServers, client: httpx.AsyncClient) -> None:
    mocks.llm.change(reasoning="Hm.", text="Paris.")

    whole = (await client.post(f"{mocks.llm.url}/v1/chat/completions", json=ask("Hi"))).json()

    assert whole["choices"][0]["message"] == {"role": "assistant", "content": "Paris.", "reasoning_content": "Hm."}


async def test_text_parts_are_heard_and_tokens_counted(mocks: MockServers, client: httpx.AsyncClient) -> None:
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]}
    assert said(await stream(client, mocks.llm.url, body)).startswith("You said: Hello.")

    counted = await client.post(f"{mocks.llm.url}/tokenize", json={"content": "One two three."})
    assert len(counted.json()["tokens"]) == 3
    assert (await client.post(f"{mocks.llm.url}/tokenize", json={})).status_code == 400
