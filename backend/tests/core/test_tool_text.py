import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.tool_text import ToolCall, ToolTextGuard, call_schema

NAMES = ["get_weather", "now"]
PARIS = ToolCall("get_weather", '{"city": "Paris"}')
CALL = '{"name": "get_weather", "arguments": {"city": "Paris"}}'


def run(*chunks: str, names: list[str] = NAMES) -> tuple[str, ToolCall | None, bool]:
    guard = ToolTextGuard(names)
    speech = "".join(guard.feed(chunk) for chunk in chunks)
    rest, call, broken = guard.finish()
    return speech + rest, call, broken


@pytest.mark.parametrize(
    "text",
    [
        CALL,
        f"```json\n{CALL}\n```",
        f"```\n{CALL}",
        f"<tool_call>\n{CALL}\n</tool_call>",
        f"<tools>{CALL}</tools>",
        f"```xml\n<tools>\n{CALL}\n</tools>\n```",
        f"<|python_tag|>{CALL}",
        f"[TOOL_CALLS][{CALL}]",
        f"[{CALL}]",
        '{"name": "get_weather", "parameters": {"city": "Paris"}}',
        '{"name": "get_weather", "arguments": "{\\"city\\": \\"Paris\\"}"}',
        '{"function": "get_weather", "arguments": {"city": "Paris"}}',
        '{"type": "function", "function": {"name": "get_weather", "arguments": {"city": "Paris"}}}',
        '{"tool_calls": [{"function": {"name": "get_weather", "arguments": {"city": "Paris"}}}]}',
        '{"tool_call": {"name": "get_weather", "arguments": {"city": "Paris"}}}',
        f"{CALL}\nThis tells us that it rains in Paris.",
    ],
)
def test_call_is_read_and_never_spoken(text: str) -> None:
    assert run(text) == ("", PARIS, False)
    assert run(*text) == ("", PARIS, False)


def test_speech_before_a_call_is_spoken() -> None:
    assert run("Let me look.\n", "```json\n", CALL) == ("Let me look.\n", PARIS, False)


def test_arguments_may_be_missing_and_keep_their_script() -> None:
    assert run('{"name": "now"}') == ("", ToolCall("now", "{}"), False)
    assert run('{"name": "get_weather", "arguments": {"city": "東京"}}')[1] == ToolCall(
        "get_weather", '{"city": "東京"}'
    )


def test_braces_in_strings_do_not_end_a_call() -> None:
    call = '{"name": "get_weather", "arguments": {"city": "} \\" {"}}'
    assert run(*call)[1] == ToolCall("get_weather", json.dumps({"city": '} " {'}))


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "get_weather", "arguments": {"city": "Paris"',
        '{"name": "get_wea',
        "<tool_call>\n",
        '<tool_call>{"na',
        "{'name': 'get_weather', 'arguments': {}}",
        '{"name": "get_weather", "arguments": {"city": Paris}}',
        '{"name": "get_weather", "arguments": "Paris"}',
        '{"name": "get_weather", "arguments": "{{"}',
        '{"name": "get_weather", "arguments": [1]}',
        '{"name": "get_time", "arguments": {}}',
        '{"function": "get_weather", "arguments": 1}',
        '{"name": 1, "arguments": {}}',
        '{"tool_calls": [], "name": "x", "arguments": {}}',
        '{"name": "get_weather",}',
    ],
)
def test_broken_call_is_not_spoken_but_told(text: str) -> None:
    assert run(text) == ("", None, True)
    assert run(*text) == ("", None, True)


@pytest.mark.parametrize(
    "text",
    [
        "It is sunny.",
        "The set {1, 2} and the list [1, 2].",
        'The object {"a": 1} is data, {"name": "Bob"} too.',
        "```python\nprint({'a': 1})\n```\nDone.",
        "Use `x < y` and <b>bold</b>, see [the page](https://example.com).",
        "A brace {",
        'A quote {"',
        "A fence ```",
        "An angle <tool",
        '{"a": ',
        "{'a': 1 } and {\"b\": c}",
        "",
    ],
)
def test_what_is_no_call_is_spoken_unchanged(text: str) -> None:
    assert run(text) == (text, None, False)
    assert run(*text) == (text, None, False)


def test_code_that_is_no_call_is_released_before_the_end() -> None:
    assert ToolTextGuard(NAMES).feed("```python\nprint(1)") == "```python\nprint(1)"
    assert ToolTextGuard(NAMES).feed('{"a": 1} is') == '{"a": 1} is'


def test_without_tools_everything_passes() -> None:
    guard = ToolTextGuard([])
    assert guard.feed(CALL) == CALL
    assert guard.finish() == ("", None, False)


def test_finish_makes_ready_for_another_answer() -> None:
    guard = ToolTextGuard(NAMES)
    guard.feed(CALL)
    guard.finish()
    assert guard.feed("Sunny.") == "Sunny."


def test_very_deep_json_is_survived() -> None:
    assert run('{"a":' * 20_000) == ('{"a":' * 20_000, None, False)


def test_schema_holds_the_model_to_the_declared_functions() -> None:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    form = call_schema([{"type": "function", "name": "get_weather", "parameters": parameters}, {"name": "now"}])
    assert form["type"] == "json_schema"
    weather, now = form["json_schema"]["schema"]["anyOf"]
    assert weather["properties"] == {"name": {"const": "get_weather"}, "arguments": parameters}
    assert weather["required"] == ["name", "arguments"]
    assert now["properties"]["arguments"] == {"type": "object"}


CHUNKS = st.lists(
    st.text(st.sampled_from("ab {}[]<>`\"':,\n"), max_size=8) | st.sampled_from(["```json", '{"name":', "<tool_call>"])
)


@given(st.lists(st.text().filter(lambda text: not set("`<[{") & set(text))))
def test_text_without_marks_is_passed_on_immediately(chunks: list[str]) -> None:
    guard = ToolTextGuard(NAMES)
    assert [guard.feed(chunk) for chunk in chunks] == chunks


@given(CHUNKS)
def test_chunks_do_not_matter_and_only_calls_are_kept_back(chunks: list[str]) -> None:
    text = "".join(chunks)
    speech, call, broken = run(*chunks)
    assert (speech, call, broken) == run(text)
    assert speech == text or ((call is not None or broken) and text.startswith(speech))


@given(
    st.text(st.sampled_from("Well.\n ")), st.dictionaries(st.text(), st.text() | st.integers() | st.none()), st.data()
)
def test_every_call_is_found_and_kept_from_the_voice(
    before: str, arguments: dict[str, object], data: st.DataObject
) -> None:
    source = before + json.dumps({"name": "now", "arguments": arguments})
    cut = data.draw(st.integers(0, len(source)))
    speech, call, _ = run(source[:cut], source[cut:])
    assert speech == before
    assert call is not None
    assert json.loads(call.arguments) == arguments
