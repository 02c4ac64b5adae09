import pytest

from app.local.stt.fields import NotANumberError, Options, read_options


def test_the_defaults_are_whisper_server_s() -> None:
    assert read_options({}) == Options(params={"token_timestamps": True})
    assert read_options({}).timestamps


@pytest.mark.parametrize(("text", "truth"), [("true", True), ("1", True), ("y", True), ("True", False), ("", False)])
def test_a_truth_value_is_true_only_in_few_words(text: str, truth: bool) -> None:
    assert read_options({"translate": text}).params["translate"] is truth


def test_without_timestamps_there_are_none_of_tokens_unless_asked_for() -> None:
    assert read_options({"no_timestamps": "true"}).params["token_timestamps"] is False
    assert not read_options({"no_timestamps": "true"}).timestamps
    asked = read_options({"no_timestamps": "true", "token_timestamps": "true"})
    assert asked.params["token_timestamps"] is True


def test_fields_reach_whisper_under_its_own_names() -> None:
    params = read_options({"prompt": "Kaiwa", "temperature_inc": "0", "offset_t": "20", "suppress_nst": "1"}).params
    assert params["initial_prompt"] == "Kaiwa"
    assert params["temperature_inc"] == 0
    assert params["offset_ms"] == 20
    assert params["suppress_nst"] is True


def test_a_number_may_have_something_behind_it() -> None:
    assert read_options({"temperature": "0.4 or so"}).params["temperature"] == 0.4
    assert read_options({"beam_size": "5x"}).beam_size == 5


@pytest.mark.parametrize(("field", "name"), [("temperature", "stof"), ("max_len", "stoi"), ("best_of", "stoi")])
@pytest.mark.parametrize("text", ["", "abc", "nan", "-"])
def test_what_is_no_number_is_named_as_the_real_one_does(field: str, name: str, text: str) -> None:
    with pytest.raises(NotANumberError, match=name):
        read_options({field: text})


def test_an_unknown_format_is_json() -> None:
    assert read_options({"response_format": "xml"}).response_format == "json"
    assert read_options({"response_format": "vtt"}).response_format == "vtt"
