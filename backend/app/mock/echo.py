"""What the mock language model says: the last question back in its language, a tool call, or an example of a schema."""

import json
import re
from dataclasses import dataclass
from typing import Any, Literal

from app.mock.behaviour import LlmBehaviour

KANA_OR_KANJI = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
# A word with the space before it; of Japanese, up to two characters with the punctuation after them.
TOKEN = re.compile(r"\s*[\u3000-\u9fff\uff00-\uffef]{1,2}[、。！？]*|\s*[^\s\u3000-\u9fff\uff00-\uffef]+")
ECHO_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is cut into tokens. `tool` has `name` and `arguments` (JSON text)."""

    text: str = ""
    reasoning: str = ""
    tool: dict[str, str] | None = None


def answer_to(request: dict[str, Any], behaviour: LlmBehaviour) -> Answer:
    """Decide on the answer to a chat completion request."""
    reasoning = behaviour.reasoning or ""
    schema = _wanted_schema(request.get("response_format"))
    if schema is not None:
        return Answer(json.dumps(example_of(schema), ensure_ascii=False), reasoning)
    messages = request["messages"]
    question = _last_text(messages, "user")
    tool = None if messages[-1].get("role") == "tool" else _chosen_tool(request, question)
    if tool is not None:
        return _call(tool, behaviour.tool_style, reasoning)
    if behaviour.text is not None:
        return Answer(_what_follows(behaviour.text, messages), reasoning)
    if messages[-1].get("role") == "tool":
        return Answer(echo(_last_text(messages, "tool"), is_tool=True), reasoning)
    return Answer(_what_follows(echo(question), messages), reasoning)


def _what_follows(text: str, messages: list[dict[str, Any]]) -> str:
    """An answer whose beginning is the last message is gone on with, as llama-server does."""
    begun = str(messages[-1].get("content") or "") if messages[-1].get("role") == "assistant" else ""
    return text.removeprefix(begun)


def echo(said: str, *, is_tool: bool = False) -> str:
    """What was said, in two short sentences in its language, the second of which admits to be a mock."""
    said = " ".join(said.split())[:ECHO_LIMIT].rstrip(" .?!。？！")
    if KANA_OR_KANJI.search(said):
        heard = f"道具の答えは「{said}」です。" if is_tool else f"「{said}」とおっしゃいましたね。"
        return heard + "私は模擬サーバーです。"
    heard = f"The tool says: {said}." if is_tool else f"You said: {said}."
    return heard + " I am only a mock."


def tokens_of(text: str) -> list[str]:
    """Cut into what a model would send one by one: words in English, one or two characters in Japanese."""
    tokens = TOKEN.findall(text)
    return tokens if "".join(tokens) == text else [*tokens, text[len("".join(tokens)) :]]


def example_of(schema: dict[str, Any]) -> Any:
    """A plain value that fits a JSON schema of the kind tools have."""
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    for either in ("anyOf", "oneOf"):
        if schema.get(either):
            return example_of(schema[either][0])
    kind = schema.get("type", "object")
    if kind == "object":
        return {name: example_of(part) for name, part in schema.get("properties", {}).items()}
    return {"string": "mock", "integer": 1, "number": 1.5, "boolean": True, "array": []}.get(str(kind))


def _wanted_schema(wanted: Any) -> dict[str, Any] | None:
    if not isinstance(wanted, dict) or wanted.get("type") not in ("json_object", "json_schema"):
        return None
    named = wanted.get("json_schema") or {}
    schema = named.get("schema") or wanted.get("schema") or {"type": "object"}
    return dict(schema)


def _last_text(messages: list[dict[str, Any]], role: str) -> str:
    content = next((message.get("content") for message in reversed(messages) if message.get("role") == role), "")
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _chosen_tool(request: dict[str, Any], question: str) -> dict[str, Any] | None:
    """The declared function that is forced, or whose name is in the question ("get_weather", "get weather")."""
    functions = [tool["function"] for tool in request.get("tools") or [] if tool.get("type") == "function"]
    choice = request.get("tool_choice") or "auto"
    if choice == "none" or not functions:
        return None
    if isinstance(choice, dict):
        wanted = choice.get("function", {}).get("name")
        return next((function for function in functions if function["name"] == wanted), None)
    plain = question.casefold().replace("_", " ")
    named = (function for function in functions if function["name"].casefold().replace("_", " ") in plain)
    return next(named, functions[0] if choice == "required" else None)


def _call(tool: dict[str, Any], style: Literal["deltas", "text", "broken_text"], reasoning: str) -> Answer:
    arguments = example_of(tool.get("parameters") or {"type": "object"})
    if style == "deltas":
        return Answer("", reasoning, {"name": tool["name"], "arguments": json.dumps(arguments, ensure_ascii=False)})
    text = json.dumps({"name": tool["name"], "arguments": arguments}, ensure_ascii=False)
    return Answer(text if style == "text" else text[:-2], reasoning)
