import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.partial import StablePrefix


def push_all(*hypotheses: str) -> tuple[str, str]:
    prefix = StablePrefix()
    result = ("", "")
    for hypothesis in hypotheses:
        result = prefix.push(hypothesis)
    return result


@pytest.mark.parametrize(
    ("hypotheses", "expected"),
    [
        (["What is"], ("", "What is")),
        (["What is", "What is the"], ("What is", " the")),
        (["What is.", "What is the"], ("What is", " the")),
        (["What is.", "What is."], ("What is", ".")),
        (["What is the cap", "What is the capital of"], ("What is the", " capital of")),
        (["日本で一", "日本で一番高い"], ("日本で一", "番高い")),
        (["日本でいち", "日本で一番"], ("日本で", "一番")),
        (["I don't", "I don't know"], ("I don't", " know")),
        ([" Hello ", " Hello there "], ("Hello", " there")),
        (["", ""], ("", "")),
    ],
)
def test_stable_is_what_two_hypotheses_agree_on(hypotheses: list[str], expected: tuple[str, str]) -> None:
    assert push_all(*hypotheses) == expected


def test_agreement_must_be_between_neighbours() -> None:
    assert push_all("one two", "other", "one two") == ("", "one two")


def test_revision_leaves_the_stable_part_and_shows_the_rest() -> None:
    assert push_all("I scream", "I scream for", "Ice cream for you") == ("I scream", " for you")


def test_shorter_hypothesis_takes_nothing_back() -> None:
    assert push_all("What is the", "What is the", "What") == ("What is the", "")


def test_whole_utterance_adds_up() -> None:
    prefix = StablePrefix()
    prefix.push("What is")
    stable, _ = prefix.push("What is the")
    assert stable + prefix.finish(" What is the capital? ") == "What is the capital?"


def test_contradicting_final_adds_nothing() -> None:
    prefix = StablePrefix()
    prefix.push("I scream")
    prefix.push("I scream")
    assert prefix.finish("Ice cream") == ""


HYPOTHESES = st.lists(
    st.lists(st.sampled_from(["What", " is", " the", "日本", "で", ".", " don't", "、"]), max_size=6).map("".join),
    max_size=8,
)


@given(HYPOTHESES)
def test_stable_only_grows_and_hypotheses_start_with_it_unless_revised(hypotheses: list[str]) -> None:
    prefix = StablePrefix()
    before = ""
    for hypothesis in hypotheses:
        stable, unstable = prefix.push(hypothesis)
        assert stable.startswith(before)
        if hypothesis.strip().startswith(stable):
            assert stable + unstable == hypothesis.strip()
        else:
            assert stable == before
        before = stable


@given(st.text(), st.text())
def test_any_text_is_taken(first: str, second: str) -> None:
    prefix = StablePrefix()
    prefix.push(first)
    stable, _ = prefix.push(second)
    assert first.strip().startswith(stable)
    assert second.strip().startswith(stable)
