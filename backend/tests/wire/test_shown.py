"""The shapes that the page's types are made from are those of what is really sent."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, ValidationError

from app.core.items import Item, Part
from app.wire import shown
from app.wire.items import to_wire
from app.wire.responses import Usage
from app.wire.session_config import OpenConversation, SessionConfig

CONFIG = SessionConfig.default("kaiwa", "aiko")
FULL = {
    "tools": [{"type": "function", "name": "time", "description": "The time."}],
    "tool_choice": {"type": "function", "name": "time"},
    "max_output_tokens": 100,
    "include": ["logprobs"],
    "kaiwa": {"language": "ja", "temperature": 0.5},
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "noise_reduction": {"type": "near_field", "strength": 0.5},
            "transcription": {
                "model": "m",
                "language": "ja",
                "languages": ["ja"],
                "prompt": "p",
                "keywords": ["k"],
                "delay": "low",
            },
            "turn_detection": {"type": "semantic_vad"},
        },
        "output": {"format": {"type": "audio/opus"}, "speed": 0.5},
    },
}
BARE = {"audio": {"input": {"turn_detection": None, "transcription": None, "noise_reduction": {"type": None}}}}


def check(shape: Any, value: object) -> None:
    TypeAdapter(_closed(shape)).validate_python(value, strict=True)


def _closed(shape: Any) -> Any:
    for kind in vars(shown).values():
        if isinstance(kind, type) and hasattr(kind, "__required_keys__"):
            kind.__pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[attr-defined]  # pydantic's own door
    return shape


@pytest.mark.parametrize("update", [{}, FULL, BARE])
def test_a_session_is_shown_so(update: dict[str, Any]) -> None:
    check(shown.Session, CONFIG.merged(update).wire())


def test_a_conversation_is_shown_so() -> None:
    config = replace(CONFIG.merged(FULL), conversation=OpenConversation("conv_1", "token", kept=True))
    check(shown.Session, config.wire())


@pytest.mark.parametrize("status", ["in_progress", "completed", "incomplete"])
@pytest.mark.parametrize(
    "item",
    [
        {"role": "user", "parts": (Part("input_text", "hello"), Part("input_audio"), Part("input_audio", "hello"))},
        {"role": "assistant", "parts": (Part("output_text", "hello"), Part("output_audio", "hello", heard="he"))},
        {"role": "system", "parts": (Part("input_text", "be kind"),)},
        {"kind": "function_call", "call_id": "call_1", "name": "time", "arguments": "{}"},
        {"kind": "function_call_output", "call_id": "call_1", "output": "noon"},
    ],
)
def test_an_item_is_shown_so(item: dict[str, Any], status: Any) -> None:
    check(shown.Item, to_wire(Item(id="item_1", status=status, **item)))


def test_a_response_shows_its_sound_and_its_tokens_so() -> None:
    response = CONFIG.new_response("resp_1").wire()
    check(shown.AnswerAudio, response["audio"])
    check(shown.TokenUsage, Usage(3, 4, 1).wire())


def test_a_field_more_or_less_is_noticed() -> None:
    session = CONFIG.wire()
    with pytest.raises(ValidationError, match="news"):
        check(shown.Session, session | {"news": 1})
    with pytest.raises(ValidationError, match="instructions"):
        check(shown.Session, {name: value for name, value in session.items() if name != "instructions"})
