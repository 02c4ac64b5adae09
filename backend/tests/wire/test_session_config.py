"""What an update changes, what it is refused for, and what the client is told then."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeSessionCreateRequest
from openai.types.realtime.realtime_session_create_response import RealtimeSessionCreateResponse

from app.core.events import Rules
from app.errors import RequestError
from app.wire.session_config import SessionConfig
from app.wire.session_shape import TurnDetection

CONFIG = SessionConfig.default(
    "gpt-realtime", "aiko", turn_detection=TurnDetection(silence_duration_ms=512), session_id="sess_1"
)
TIME = {"type": "function", "name": "time", "description": "The time.", "parameters": {"type": "object"}}

updates = st.fixed_dictionaries(
    {},
    optional={
        "instructions": st.text(max_size=20) | st.none(),
        "output_modalities": st.sampled_from([["audio"], ["text"]]),
        "max_output_tokens": st.integers(1, 4096) | st.just("inf") | st.none(),
        "tools": st.sampled_from([[], [TIME]]),
        "tool_choice": st.sampled_from(["auto", "none", "required"]),
        "tracing": st.sampled_from(["auto", None, {"workflow_name": "w"}]),
        "kaiwa": st.sampled_from([None, {}, {"language": "ja"}, {"temperature": 0.2}]),
        "unheard_of": st.integers(),
        "audio": st.fixed_dictionaries(
            {},
            optional={
                "input": st.fixed_dictionaries(
                    {},
                    optional={
                        "format": st.sampled_from([{"type": "audio/pcmu"}, {"type": "audio/pcm", "rate": 24000}]),
                        "transcription": st.sampled_from([None, {"language": "en"}, {"model": "m"}]),
                        "noise_reduction": st.sampled_from([None, {"type": "far_field"}]),
                        "turn_detection": st.sampled_from(
                            [
                                None,
                                {"type": "server_vad", "threshold": 0.7},
                                {"type": "semantic_vad", "eagerness": "low"},
                                {"create_response": False},
                            ]
                        ),
                    },
                ),
                "output": st.fixed_dictionaries(
                    {},
                    optional={
                        "voice": st.sampled_from(["marin", {"id": "v"}]),
                        "speed": st.sampled_from([1, 0.25, 1.5]),
                    },
                ),
            },
        ),
    },
)


def audio(**sides: Any) -> dict[str, Any]:
    return {"audio": sides}


def refusal(update: dict[str, Any]) -> RequestError:
    with pytest.raises(RequestError) as caught:
        CONFIG.merged(update)
    return caught.value


def outcome(update: dict[str, Any]) -> SessionConfig | RequestError:
    try:
        return CONFIG.merged(update)
    except RequestError as error:
        return error


def test_the_default_session_looks_like_the_real_one() -> None:
    assert CONFIG.wire() == {
        "type": "realtime",
        "object": "realtime.session",
        "id": "sess_1",
        "model": "gpt-realtime",
        "output_modalities": ["audio"],
        "instructions": "",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 512,
                    "idle_timeout_ms": None,
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "aiko", "speed": 1.0},
        },
        "tools": [],
        "tool_choice": "auto",
        "parallel_tool_calls": True,
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "reasoning": None,
    }


@given(updates)
def test_every_session_is_one_that_the_sdk_knows(update: dict[str, Any]) -> None:
    shown = CONFIG.merged(update).wire()
    RealtimeSessionCreateRequest.model_validate(shown)
    RealtimeSessionCreateResponse.model_validate(shown)


@given(updates)
def test_an_empty_update_changes_nothing(update: dict[str, Any]) -> None:
    config = CONFIG.merged(update)
    assert config.merged({}) == config
    assert config.merged({"audio": {"input": {}, "output": {}}}) == config


@given(updates)
def test_an_update_twice_is_the_same_as_once(update: dict[str, Any]) -> None:
    once = CONFIG.merged(update)
    assert once.merged(update) == once


@given(updates, updates)
def test_what_an_update_does_not_name_stays(first: dict[str, Any], second: dict[str, Any]) -> None:
    before, after = CONFIG.merged(first).wire(), CONFIG.merged(first).merged(second).wire()
    for name in before.keys() - second.keys() - {"kaiwa"}:
        assert after[name] == before[name]


@given(updates)
def test_what_is_shown_can_be_sent_back(update: dict[str, Any]) -> None:
    config = CONFIG.merged(update)
    assert config.merged(config.wire()).wire() == config.wire()


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda x: st.dictionaries(
    st.sampled_from(["audio", "input", "turn_detection", "format", "type", "tools", "voice", "output", "kaiwa"]), x
) | st.lists(x, max_size=2)))  # fmt: skip
def test_a_wrong_update_is_a_request_error_and_nothing_else(update: Any) -> None:
    told = outcome(update if isinstance(update, dict) else {"audio": update})
    if isinstance(told, RequestError):
        assert (told.param or "").startswith("session")
    else:
        RealtimeSessionCreateRequest.model_validate(told.wire())


@pytest.mark.parametrize(
    ("update", "param"),
    [
        (audio(input={"format": {"type": "audio/pcm", "rate": 16000}}), "session.audio.input.format.rate"),
        (audio(output={"format": {"type": "audio/pcmu", "rate": 24000}}), "session.audio.output.format.rate"),
        (audio(input={"format": {"type": "audio/opus", "rate": 24000}}), "session.audio.input.format.rate"),
        (audio(input={"format": {"type": "audio/flac"}}), "session.audio.input.format.type"),
        (audio(input={"format": "pcm16"}), "session.audio.input.format"),
        ({"output_modalities": ["audio", "text"]}, "session.output_modalities"),
        ({"output_modalities": []}, "session.output_modalities"),
        (audio(input={"turn_detection": {"type": "none"}}), "session.audio.input.turn_detection.type"),
        (audio(input={"turn_detection": {"threshold": 1.5}}), "session.audio.input.turn_detection.threshold"),
        (
            audio(input={"turn_detection": {"silence_duration_ms": -1}}),
            "session.audio.input.turn_detection.silence_duration_ms",
        ),
        (
            audio(input={"turn_detection": {"idle_timeout_ms": 6000}}),
            "session.audio.input.turn_detection.idle_timeout_ms",
        ),
        (
            audio(input={"turn_detection": {"create_response": "yes"}}),
            "session.audio.input.turn_detection.create_response",
        ),
        (audio(input={"transcription": {"language": "日本"}}), "session.audio.input.transcription.language"),
        (audio(output={"speed": 0.2}), "session.audio.output.speed"),
        (audio(output={"speed": 1.6}), "session.audio.output.speed"),
        (audio(output={"speed": "fast"}), "session.audio.output.speed"),
        (audio(output={"voice": ""}), "session.audio.output.voice"),
        ({"max_output_tokens": 0}, "session.max_output_tokens"),
        ({"max_output_tokens": True}, "session.max_output_tokens"),
        ({"max_output_tokens": "all"}, "session.max_output_tokens"),
        ({"tools": [{"type": "function"}]}, "session.tools[0].name"),
        ({"tools": [TIME, {"type": "mcp", "server_label": "x"}]}, "session.tools[1].type"),
        ({"tools": [{**TIME, "parameters": {"a": float("inf")}}]}, "session.tools[0].parameters"),
        ({"tool_choice": "sometimes"}, "session.tool_choice"),
        ({"tool_choice": {"type": "function", "name": "unknown"}}, "session.tool_choice"),
        ({"tracing": 5}, "session.tracing"),
        ({"kaiwa": {"temperature": 3}}, "session.kaiwa.temperature"),
        ({"kaiwa": {"speaker": "x"}}, "session.kaiwa.speaker"),
    ],
)
def test_what_cannot_be_served_is_refused_by_name(update: dict[str, Any], param: str) -> None:
    assert refusal(update).param == param


def test_an_unknown_field_of_kaiwa_has_its_own_code() -> None:
    assert refusal({"kaiwa": {"speaker": "x"}}).code == "unknown_parameter"


def test_the_model_and_the_id_stay() -> None:
    config = CONFIG.merged({"model": "gpt-other", "id": "sess_2", "object": "x", "expires_at": 5})
    assert config == CONFIG


@pytest.mark.parametrize("voice", ["marin", "alloy", {"id": "marin"}])
def test_any_voice_is_echoed_as_a_string(voice: Any) -> None:
    config = CONFIG.merged(audio(output={"voice": voice}))
    assert isinstance(config.wire()["audio"]["output"]["voice"], str)


def test_null_does_not_take_the_voice_away() -> None:
    assert CONFIG.merged(audio(output={"voice": None})).voice == "aiko"
    assert CONFIG.merged({"audio": None}) == CONFIG


def test_a_named_function_is_echoed_as_required_and_kept_for_the_model() -> None:
    config = CONFIG.merged({"tools": [TIME], "tool_choice": {"type": "function", "name": "time"}})
    assert config.wire()["tool_choice"] == "required"
    assert config.tool_choice == {"type": "function", "function": {"name": "time"}}
    assert config.merged({"instructions": "x"}).tool_choice == config.tool_choice


def test_tools_are_handed_on_as_chat_completions_has_them() -> None:
    config = CONFIG.merged({"tools": [TIME, {"type": "function", "name": "bare"}]})
    assert config.tools == [
        {
            "type": "function",
            "function": {"name": "time", "description": "The time.", "parameters": {"type": "object"}},
        },
        {"type": "function", "function": {"name": "bare", "parameters": {"type": "object", "properties": {}}}},
    ]


@pytest.mark.parametrize(("eagerness", "silence_ms"), [("high", 300), ("medium", 500), ("auto", 500), ("low", 1000)])
def test_semantic_vad_is_a_silence_and_echoes_what_was_asked(eagerness: str, silence_ms: int) -> None:
    asked = {"type": "semantic_vad", "eagerness": eagerness, "create_response": True, "interrupt_response": True}
    config = CONFIG.merged(audio(input={"turn_detection": asked}))
    assert config.end_silence_ms == silence_ms
    assert config.wire()["audio"]["input"]["turn_detection"] == asked


@pytest.mark.parametrize("off", [None, False])
def test_manual_mode_and_back_to_the_operators_values(off: Any) -> None:
    manual = CONFIG.merged(audio(input={"turn_detection": off}))
    assert manual.turn_detection is None
    assert manual.turn_rules == Rules(create_response=False, interrupt_response=False)
    assert manual.wire()["audio"]["input"]["turn_detection"] is None
    assert manual.prefix_padding_ms == 300

    again = manual.merged(audio(input={"turn_detection": {"type": "server_vad"}}))
    assert again.end_silence_ms == 512
    assert again.turn_rules == Rules()


def test_turn_rules_and_the_gates_values_follow_the_client() -> None:
    asked = {"threshold": 0.8, "prefix_padding_ms": 100, "silence_duration_ms": 800, "create_response": False}
    config = CONFIG.merged(audio(input={"turn_detection": asked}))
    assert (config.threshold, config.prefix_padding_ms, config.end_silence_ms) == (0.8, 100, 800)
    assert config.turn_rules == Rules(create_response=False)


def test_formats_and_modalities() -> None:
    config = CONFIG.merged(
        {
            "output_modalities": ["text"],
            **audio(input={"format": {"type": "audio/pcma"}}, output={"format": {"type": "audio/pcmu"}}),
        }
    )
    assert (config.input_format, config.output_format, config.wants_audio) == ("audio/pcma", "audio/pcmu", False)
    assert config.wire()["audio"]["input"]["format"] == {"type": "audio/pcma"}


@pytest.mark.parametrize("asked", [{"type": "audio/opus"}, {"type": "audio/opus", "rate": 48000}])
def test_opus_is_echoed_with_its_rate(asked: dict[str, Any]) -> None:
    config = CONFIG.merged(audio(input={"format": asked}, output={"format": asked}))
    assert (config.input_format, config.output_format) == ("audio/opus", "audio/opus")
    shown = config.wire()["audio"]
    assert shown["input"]["format"] == shown["output"]["format"] == {"type": "audio/opus", "rate": 48000}


def test_the_speed_stays_until_null_brings_the_voices_own_back() -> None:
    config = CONFIG.merged(audio(output={"speed": 1.5})).merged(audio(output={"voice": "marin"}))
    assert config.speed == config.wire()["audio"]["output"]["speed"] == 1.5
    assert config.merged(audio(output={"speed": None})).speed == 1.0


def test_a_transcription_always_names_a_model() -> None:
    config = CONFIG.merged(audio(input={"transcription": {"language": "ja-JP"}}))
    assert config.wire()["audio"]["input"]["transcription"] == {"model": "whisper-1", "language": "ja-JP"}
    assert config.language == "ja"
    assert CONFIG.language is None
    assert CONFIG.transcription is None


def test_kaiwa_turns_our_events_on_and_null_turns_them_off() -> None:
    assert not CONFIG.kaiwa_enabled
    assert "kaiwa" not in CONFIG.wire()
    on = CONFIG.merged({"kaiwa": {}})
    assert on.kaiwa_enabled
    assert on.wire()["kaiwa"] == {"language": None, "temperature": None, "conversation": None}
    set_ = on.merged({"kaiwa": {"language": "ja", "temperature": 0.3}}).merged({"kaiwa": {"language": None}})
    assert (set_.language, set_.temperature) == (None, 0.3)
    assert not set_.merged({"kaiwa": None}).kaiwa_enabled


def test_the_language_of_kaiwa_goes_before_that_of_the_transcription() -> None:
    config = CONFIG.merged({**audio(input={"transcription": {"language": "en"}}), "kaiwa": {"language": "ja"}})
    assert config.language == "ja"


def test_the_updates_of_the_stock_clients_are_taken() -> None:
    agents = audio(
        input={
            "format": {"type": "audio/pcm", "rate": 24000},
            "noise_reduction": None,
            "transcription": {"model": "gpt-4o-mini-transcribe"},
            "turn_detection": {"type": "semantic_vad"},
        },
        output={"format": {"type": "audio/pcm", "rate": 24000}, "speed": 1},
    )
    config = CONFIG.merged({"type": "realtime", **agents}).merged({"type": "realtime", "tracing": "auto"})
    shown = config.wire()
    assert shown["tracing"] == "auto"
    assert shown["audio"]["input"]["turn_detection"]["interrupt_response"] is True
    livekit = {
        "type": "realtime",
        "model": "gpt-realtime",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
    }
    assert config.merged(livekit) == config
