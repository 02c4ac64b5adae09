import json
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ProviderGarbled, ProviderRefused
from app.ports import ChatDelta, ChatFinished, ChatRequest, TextDelta, ToolCallDelta
from app.providers.http import ProviderLoading
from app.providers.llama_chat import CONTEXT_EXCEEDED, LONGEST_EVENT, EventLines, LlamaChat
from tests.providers.conftest import Connect
from tests.providers.raw_server import CUT, HANG, RawServer, chunked, reply

REQUEST = ChatRequest(messages=({"role": "user", "content": "secret words"},))
DONE = b"data: [DONE]\n\n"


def event(value: Any) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def delta(**fields: Any) -> bytes:
    return event({"choices": [{"index": 0, "finish_reason": None, "delta": fields}], "object": "chat.completion.chunk"})


def finish(reason: str = "stop", **fields: Any) -> bytes:
    return event({"choices": [{"index": 0, "finish_reason": reason, "delta": {}}], **fields})


FIRST = delta(role="assistant", content=None)
TIMINGS = {"cache_n": 7, "prompt_n": 3, "predicted_n": 2}


async def read(connect: Connect, *pieces: bytes, request: ChatRequest = REQUEST, **options: Any) -> list[ChatDelta]:
    async with RawServer(chunked(*pieces)) as server:
        client = LlamaChat(connect("llm", f"{server.url}/v1"), **options)
        return [delta async for delta in client.stream(request)]


async def test_a_whole_answer_is_read_in_the_servers_order(connect: Connect) -> None:
    usage = {"completion_tokens": 2, "prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 7}}
    end = event({"choices": [], "usage": usage, "timings": {"cache_n": 99}})
    deltas = await read(connect, FIRST, delta(content="やあ"), b":\n\n", delta(content="!"), finish(), end, DONE)
    assert deltas == [TextDelta("やあ"), TextDelta("!"), ChatFinished("stop", 10, 2, 7)]


async def test_without_usage_the_timings_of_the_last_chunk_count(connect: Connect) -> None:
    deltas = await read(connect, FIRST, delta(content="Hi"), finish("length", timings=TIMINGS), DONE)
    assert deltas == [TextDelta("Hi"), ChatFinished("length", 10, 2, 7)]


async def test_counts_that_nobody_gave_are_unknown(connect: Connect) -> None:
    assert await read(connect, finish(), DONE) == [ChatFinished("stop")]


async def test_reasoning_is_dropped(connect: Connect) -> None:
    deltas = await read(connect, FIRST, delta(reasoning_content="Hmm, they"), delta(content="Hi"), finish(), DONE)
    assert deltas == [TextDelta("Hi"), ChatFinished("stop")]


async def test_tool_calls_come_piece_by_piece(connect: Connect) -> None:
    first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "wake", "arguments": ""}}
    more = {"index": 0, "function": {"arguments": '{"at":7}'}}
    deltas = await read(connect, FIRST, delta(tool_calls=[first]), delta(tool_calls=[more]), finish("tool_calls"), DONE)
    assert deltas == [
        ToolCallDelta(0, "", "c1", "wake"),
        ToolCallDelta(0, '{"at":7}'),
        ChatFinished("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("pieces", "match"),
    [
        ((FIRST, delta(content="Hi"), finish()), "before its end"),
        ((FIRST, delta(content="Hi"), CUT), "broke off"),
        ((FIRST, DONE), "without a finish_reason"),
        ((b"data: {broken\n\n",), "not a chat completion chunk"),
        ((b"data: [1]\n\n",), "not a chat completion chunk"),
        ((delta(content=7),), "not a chat completion chunk"),
        ((b"<html>", b"data" * 10), "before its end"),
    ],
)
async def test_an_answer_that_breaks_off_or_is_none_is_garbled(
    connect: Connect, pieces: tuple[bytes, ...], match: str
) -> None:
    with pytest.raises(ProviderGarbled, match=match):
        await read(connect, *pieces)


async def test_an_error_in_the_midst_is_a_refusal_without_its_message(connect: Connect) -> None:
    error = event({"error": {"code": 500, "message": "secret words", "type": "server_error"}})
    with pytest.raises(ProviderRefused, match="server_error") as raised:
        await read(connect, FIRST, delta(content="Hi"), error)
    assert "secret" not in str(raised.value)


async def test_a_refusal_keeps_the_conversation_to_itself(connect: Connect) -> None:
    body = event({"error": {"code": 400, "message": "messages = secret words", "type": "invalid_request_error"}})[6:]
    async with RawServer(reply(body, 400)) as server:
        with pytest.raises(ProviderRefused, match=r"status 400: invalid_request_error$"):
            await anext(LlamaChat(connect("llm", server.url)).stream(REQUEST))


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_prompt_too_long_has_a_code_of_its_own(connect: Connect, is_stream: bool) -> None:
    error = {"code": 400, "message": "request (9 tokens) exceeds", "type": "exceed_context_size_error"}
    answer = chunked(event({"error": error})) if is_stream else reply(json.dumps({"error": error}).encode(), 400)
    async with RawServer(answer) as server:
        with pytest.raises(ProviderRefused, match=r"request \(9 tokens\) exceeds") as raised:
            await anext(LlamaChat(connect("llm", server.url)).stream(REQUEST))
    assert raised.value.code == CONTEXT_EXCEEDED
    assert ProviderRefused.code == "provider_refused"


async def test_loading_is_told_from_down(connect: Connect) -> None:
    body = b'{"error":{"message":"Loading model","type":"unavailable_error","code":503}}'
    async with RawServer(reply(body, 503)) as server:
        client = LlamaChat(connect("llm", f"{server.url}/v1"))
        with pytest.raises(ProviderLoading, match="unavailable_error"):
            await anext(client.stream(REQUEST))
        with pytest.raises(ProviderLoading):
            await client.probe()


async def test_only_what_is_set_is_sent(connect: Connect) -> None:
    async with RawServer(chunked(finish(), DONE)) as server:
        client = LlamaChat(connect("llm", f"{server.url}/v1"))
        tool = {"type": "function", "function": {"name": "wake"}}
        full = ChatRequest(REQUEST.messages, (tool,), "required", 0.5, 9, {"type": "json_object"})
        for request in (REQUEST, full):
            _ = [delta async for delta in client.stream(request)]
        plain, rich = (json.loads(body) for body in server.bodies)
        assert server.heads[0].startswith("POST /v1/chat/completions ")
    always = {"stream": True, "stream_options": {"include_usage": True}, "cache_prompt": True}
    assert plain == always | {"messages": list(REQUEST.messages)}
    assert rich == plain | {
        "tools": [tool],
        "tool_choice": "required",
        "temperature": 0.5,
        "max_tokens": 9,
        "response_format": {"type": "json_object"},
    }


async def test_reasoning_effort_is_sent_both_ways_when_set(connect: Connect) -> None:
    async with RawServer(chunked(finish(), DONE)) as server:
        client = LlamaChat(connect("llm", server.url), reasoning_effort="low")
        _ = [delta async for delta in client.stream(REQUEST)]
        sent = json.loads(server.bodies[0])
    assert sent["reasoning_effort"] == sent["chat_template_kwargs"]["reasoning_effort"] == "low"


async def test_the_canary_brings_the_openings_into_the_prompt_cache(connect: Connect) -> None:
    async with RawServer(chunked(finish(), DONE)) as server:
        await LlamaChat(connect("llm", server.url), openings=("Be brief.", "短く。")).canary()
        sent = [json.loads(body) for body in server.bodies]
    assert [each["messages"][0] for each in sent] == [
        {"role": "system", "content": "Be brief."},
        {"role": "system", "content": "短く。"},
    ]
    assert {each["max_tokens"] for each in sent} == {1}


async def test_closing_an_answer_closes_its_connection_at_once(connect: Connect) -> None:
    async with RawServer(chunked(FIRST, delta(content="Hi"), HANG)) as server:
        async with aclosing(LlamaChat(connect("llm", server.url)).stream(REQUEST)) as deltas:
            assert await anext(deltas) == TextDelta("Hi")
        await server.left.wait()


async def test_an_answer_that_is_whole_does_not_wait_for_a_lazy_end(connect: Connect) -> None:
    deltas = await read(connect, delta(content="Hi"), finish(), DONE, HANG)
    assert deltas == [TextDelta("Hi"), ChatFinished("stop")]


async def test_health_is_at_the_root_and_the_model_by_its_alias(connect: Connect) -> None:
    models = reply(b'{"object":"list","data":[{"id":"gpt-oss-20b"}]}')
    async with RawServer(reply(b'{"status":"ok"}'), models) as server:
        said = await LlamaChat(connect("llm", f"{server.url}/v1")).probe()
        assert [head.split(" ")[1] for head in server.heads] == ["/health", "/v1/models"]
    assert (said.model, said.is_mock) == ("gpt-oss-20b", False)


@pytest.mark.parametrize("models", [reply(b"{}", 401), reply(b'{"data":[]}'), reply(b"[]")])
async def test_a_model_without_a_name_serves_all_the_same(connect: Connect, models: list[bytes]) -> None:
    async with RawServer(reply(b'{"status":"ok"}'), models) as server:
        assert (await LlamaChat(connect("llm", f"{server.url}/v1")).probe()).model is None


@given(st.data())
def test_events_do_not_depend_on_how_the_bytes_were_cut(data: st.DataObject) -> None:
    body = b': ping\r\n\r\ndata: {"a":"\xe3\x81\x82"}\r\n\r\nevent: x\ndata:{"b":2}\n\ndata: [DONE]\n\n'
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    lines = EventLines()
    pieces = [body[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    events = [event for piece in pieces for event in lines.feed(piece)]
    assert events == [b'{"a":"\xe3\x81\x82"}', b'{"b":2}', b"[DONE]"]


def test_an_event_without_end_is_garbled() -> None:
    with pytest.raises(ProviderGarbled, match="no end"):
        EventLines().feed(b"x" * (LONGEST_EVENT + 1))


async def test_an_error_page_of_a_proxy_is_a_refusal(connect: Connect) -> None:
    async with RawServer(reply(b"<html>Bad Gateway</html>", 502, "text/html")) as server:
        with pytest.raises(ProviderRefused, match=r"^llm: status 502$"):
            await anext(LlamaChat(connect("llm", server.url)).stream(REQUEST))
