import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.prompt import build, estimate_tokens, system_prompt


def test_built_in_prompt_is_in_the_language_of_the_speaker() -> None:
    assert "voice assistant" in system_prompt("en")
    assert "音声アシスタント" in system_prompt("ja")
    assert system_prompt(None) == system_prompt("fr") == system_prompt("en")


def test_custom_prompt_replaces_who_but_not_how() -> None:
    prompt = system_prompt("en", " You are a pirate. ")
    assert prompt.startswith("You are a pirate.\n\n")
    assert "Kaiwa" not in prompt
    assert "read aloud" in prompt


def test_instructions_come_first_and_history_follows_unchanged() -> None:
    history = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi."}]
    messages = build("Be kind.", history)
    assert messages == [{"role": "system", "content": "Be kind."}, *history]


def test_longer_history_keeps_the_prefix() -> None:
    first = [{"role": "user", "content": "Hello"}]
    later = [*first, {"role": "assistant", "content": "Hi."}, {"role": "user", "content": "Who?"}]
    assert build("Be kind.", later)[:2] == build("Be kind.", first)


@pytest.mark.parametrize(("text", "tokens"), [("", 0), ("a" * 35, 10), ("日本で一番", 5), ("Hi 日本", 3), ("é", 1)])
def test_tokens_are_estimated(text: str, tokens: int) -> None:
    assert estimate_tokens(text) == tokens


@given(st.text(), st.text())
def test_estimate_grows_with_the_text(first: str, second: str) -> None:
    assert estimate_tokens(first) <= estimate_tokens(first + second) <= estimate_tokens(first) + estimate_tokens(second)
