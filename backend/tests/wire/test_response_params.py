"""What a client may ask of one response, and what that response then shows."""

import pytest

from app.errors import RequestError
from app.wire.response_params import ResponseParams
from app.wire.session_config import SessionConfig

CONFIG = SessionConfig.default("gpt-realtime", "aiko")
TIME = {"type": "function", "name": "time"}


def test_one_response_may_differ_from_its_session() -> None:
    params = ResponseParams.model_validate(
        {
            "instructions": "Be brief.",
            "output_modalities": ["text"],
            "max_output_tokens": 20,
            "tools": [TIME],
            "tool_choice": {"type": "function", "name": "time"},
            "audio": {"output": {"voice": "marin"}},
        }
    )
    config = CONFIG.for_response(params)
    assert (config.instructions, config.wants_audio, config.max_output_tokens) == ("Be brief.", False, 20)
    assert (config.voice, config.tools[0]["function"]["name"]) == ("marin", "time")
    assert CONFIG.for_response(None) is CONFIG
    assert CONFIG.for_response(ResponseParams()) == CONFIG


def test_a_response_cannot_demand_a_function_that_there_is_not() -> None:
    params = ResponseParams.model_validate({"tool_choice": {"type": "function", "name": "time"}})
    with pytest.raises(RequestError) as caught:
        CONFIG.for_response(params)
    assert caught.value.param == "response.tool_choice"


def test_a_new_response_shows_what_it_was_asked_with() -> None:
    shown = CONFIG.merged({"max_output_tokens": 50}).new_response("resp_1", metadata={"a": "b"}).wire()
    assert shown["status"] == "in_progress"
    assert shown["max_output_tokens"] == 50
    assert shown["conversation_id"] is None
    assert shown["audio"]["output"] == {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "aiko"}


def test_one_response_may_be_in_opus() -> None:
    params = ResponseParams.model_validate({"audio": {"output": {"format": {"type": "audio/opus"}}}})
    shown = CONFIG.for_response(params).new_response("resp_1").wire()
    assert shown["audio"]["output"]["format"] == {"type": "audio/opus", "rate": 48000}
