import json
from contextlib import aclosing
from typing import Any

from app.ports import ChatDelta, ChatFinished, ChatRequest, LanguageModel, TextDelta

QUESTION = ({"role": "user", "content": "What is the capital of France?"},)
TOOL = {
    "type": "function",
    "function": {"name": "set_alarm", "description": "Set an alarm.", "parameters": {"type": "object"}},
}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


async def read(llm: LanguageModel, **options: Any) -> list[ChatDelta]:
    return [delta async for delta in llm.stream(ChatRequest(**{"messages": QUESTION, "max_tokens": 40, **options}))]


def text_of(deltas: list[ChatDelta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, TextDelta))


async def test_the_text_comes_in_pieces_that_hold_something_and_one_end(llm: LanguageModel) -> None:
    *pieces, end = await read(llm)
    assert isinstance(end, ChatFinished)
    assert end.reason in ("stop", "length")
    assert not any(isinstance(piece, ChatFinished) for piece in pieces)
    assert all(piece.text for piece in pieces if isinstance(piece, TextDelta))
    assert text_of(pieces).strip()
    assert end.completion_tokens is None or end.completion_tokens > 0


async def test_an_answer_cut_short_says_so(llm: LanguageModel) -> None:
    end = (await read(llm, max_tokens=1))[-1]
    assert isinstance(end, ChatFinished)
    assert end.reason == "length"


async def test_japanese_goes_both_ways(llm: LanguageModel) -> None:
    deltas = await read(llm, messages=({"role": "user", "content": "「日本」という言葉を繰り返してください。"},))
    assert "日" in text_of(deltas)


async def test_tools_may_be_declared(llm: LanguageModel) -> None:
    deltas = await read(llm, tools=(TOOL,))
    assert isinstance(deltas[-1], ChatFinished)


async def test_a_schema_is_kept(llm: LanguageModel) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA}}
    assert isinstance(json.loads(text_of(await read(llm, response_format=wanted)))["city"], str)


async def test_answers_closed_early_leave_the_next_one_alone(llm: LanguageModel) -> None:
    for _ in range(3):
        async with aclosing(llm.stream(ChatRequest(messages=QUESTION))) as deltas:
            assert isinstance(await anext(deltas), TextDelta)
    assert text_of(await read(llm))
