"""The text of an answer: streams that break off, and calls of functions that small models write as text."""

import json
from typing import Any

import pytest

from app.core.tool_text import ToolCall
from app.errors import ProviderError, ProviderGarbled, ProviderUnavailable
from app.ports import ChatDelta, ChatFinished, ChatRequest, TextDelta, ToolCallDelta
from app.session.writer import Words, Writer, Written
from tests.fakes import FakeLanguageModel

DIED = ProviderGarbled("llm", "the stream broke off")
END = ChatFinished("stop", 7, 5, 3)
QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": PARAMETERS}}
CALL = '{"name": "get_weather", "arguments": {"city": "Paris"}}'


def request(**fields: Any) -> ChatRequest:
    return ChatRequest(messages=[QUESTION], **fields)


async def written(llm: FakeLanguageModel, asked: ChatRequest) -> tuple[str, list[ToolCall], list[Written]]:
    pieces = [piece async for piece in Writer(llm, asked).write()]
    words = "".join(piece.text for piece in pieces if isinstance(piece, Words))
    calls = [piece for piece in pieces if isinstance(piece, ToolCall)]
    return words, calls, [piece for piece in pieces if isinstance(piece, Written)]


async def test_words_come_as_they_are_and_then_the_end_with_its_counts() -> None:
    llm = FakeLanguageModel([TextDelta("It "), TextDelta("is sunny."), END])
    assert await written(llm, request()) == ("It is sunny.", [], [Written("stop", 7, 5, 3)])


async def test_counts_that_the_server_did_not_give_are_nothing() -> None:
    _, _, (end,) = await written(FakeLanguageModel([TextDelta("Yes."), ChatFinished("stop")]), request())
    assert end == Written("stop", 0, 0, 0)


async def test_what_breaks_off_is_taken_up_where_it_stopped() -> None:
    llm = FakeLanguageModel([TextDelta("It is "), DIED], [TextDelta("sunny."), END])
    assert (await written(llm, request()))[0] == "It is sunny."
    assert llm.calls[1].messages == [QUESTION, {"role": "assistant", "content": "It is "}]


async def test_it_is_taken_up_once_only() -> None:
    llm = FakeLanguageModel([TextDelta("It "), DIED], [TextDelta("is "), DIED], [TextDelta("sunny."), END])
    writing = Writer(llm, request()).write()
    assert [await anext(writing), await anext(writing)] == [Words("It "), Words("is ")]
    with pytest.raises(ProviderGarbled):
        await anext(writing)


async def test_an_answer_that_never_began_is_not_taken_up() -> None:
    llm = FakeLanguageModel()
    llm.errors.append(ProviderUnavailable("llm", "connection refused"))
    with pytest.raises(ProviderUnavailable):
        await written(llm, request())
    assert len(llm.calls) == 1


async def test_half_a_call_of_a_broken_stream_is_forgotten() -> None:
    half = ToolCallDelta(0, '{"city": "Par', "call_1", "get_weather")
    whole = ToolCallDelta(0, '{"city": "Paris"}', "call_2", "get_weather")
    llm = FakeLanguageModel([TextDelta("Let me look. "), half, DIED], [whole, ChatFinished("tool_calls")])
    words, calls, _ = await written(llm, request(tools=[WEATHER]))
    assert (words, calls) == ("Let me look. ", [ToolCall("get_weather", '{"city": "Paris"}')])


async def test_calls_arrive_in_pieces_and_side_by_side() -> None:
    pieces: list[ChatDelta] = [
        ToolCallDelta(0, '{"city": ', "call_1", "get_weather"),
        ToolCallDelta(1, '{"city": "Ro', "call_2", "get_weather"),
        ToolCallDelta(0, '"Paris"}'),
        ToolCallDelta(1, 'me"}'),
        ChatFinished("tool_calls"),
    ]
    _, calls, _ = await written(FakeLanguageModel(pieces), request(tools=[WEATHER]))
    assert [json.loads(call.arguments)["city"] for call in calls] == ["Paris", "Rome"]
    assert {call.name for call in calls} == {"get_weather"}


async def test_a_call_written_as_text_is_never_spoken() -> None:
    deltas = [TextDelta(char) for char in f"Let me look. {CALL}"]
    words, calls, _ = await written(FakeLanguageModel([*deltas, END]), request(tools=[WEATHER]))
    assert words.strip() == "Let me look."
    assert calls == [ToolCall("get_weather", '{"city": "Paris"}')]


async def test_a_call_that_cannot_be_read_is_asked_for_once_more_with_its_schema() -> None:
    llm = FakeLanguageModel('{"name": "get_weather", "arguments": {"city": Paris', CALL)
    words, calls, _ = await written(llm, request(tools=[WEATHER], temperature=0.3))
    assert (words, calls) == ("", [ToolCall("get_weather", '{"city": "Paris"}')])
    again = llm.calls[1]
    assert again.response_format["type"] == "json_schema"
    (shape,) = again.response_format["json_schema"]["schema"]["anyOf"]
    assert shape["properties"] == {"name": {"const": "get_weather"}, "arguments": PARAMETERS}
    assert (again.tools, again.messages, again.temperature) == ((), [QUESTION], 0.3)


async def test_a_call_that_cannot_be_read_twice_is_a_failure_not_a_silence() -> None:
    llm = FakeLanguageModel('{"name": "get_weather", "arguments": {', '{"name": "get_weather", "arguments": {')
    with pytest.raises(ProviderError):
        await written(llm, request(tools=[WEATHER]))
    assert len(llm.calls) == 2


async def test_text_that_only_looks_like_a_call_is_spoken_when_no_function_may_be_called() -> None:
    words, calls, _ = await written(FakeLanguageModel(CALL), request(tools=[WEATHER], tool_choice="none"))
    assert (words, calls) == (CALL, [])


async def test_leaving_closes_the_stream() -> None:
    llm = FakeLanguageModel("One two three four five.")
    writing = Writer(llm, request()).write()
    await anext(writing)
    await writing.aclose()
    assert llm.cancelled == 1
