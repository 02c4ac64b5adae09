"""What is left of an answer that was not heard to its end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.items import Item, Part
from app.core.unfinished import Unfinished, unfinished

ITEM = Item("a1", role="assistant", parts=(Part("output_audio", "One two. Three four."),), status="in_progress")
SENTENCES = [("One two.", 1000), (" Three four.", 1000)]
WRITTEN = "One two. Three four. Five"


def left(item: Item = ITEM, played_ms: int | None = None, **given_facts: object) -> Unfinished | None:
    facts = {"sentences": SENTENCES, "written": WRITTEN, "finished": False} | given_facts
    return unfinished(item, played_ms=played_ms, **facts)  # type: ignore[arg-type]  # named as they are


def test_it_goes_on_behind_the_last_word_that_was_played() -> None:
    assert left(played_ms=1700) == Unfinished("a1", "One two. Three", " four. Five", WRITTEN, finished=False)


def test_nothing_played_is_nothing_heard() -> None:
    found = left(played_ms=0)
    assert found
    assert (found.heard, found.rest) == ("", WRITTEN)


def test_without_a_count_the_sentence_under_way_is_said_again() -> None:
    found = left()
    assert found
    assert (found.heard, found.rest) == ("One two.", " Three four. Five")


def test_without_a_count_a_whole_answer_was_heard() -> None:
    done = replace(ITEM, status="completed")
    assert left(done, written="One two. Three four.", finished=True) is None


def test_sound_that_was_not_noted_yet_is_not_taken_for_the_whole_sentence() -> None:
    found = left(
        sentences=[("One two three four five six.", 200)], written="One two three four five six.", played_ms=250
    )
    assert found
    assert found.heard in {"", "One"}


def test_of_a_whole_answer_the_sound_that_was_not_played_is_left() -> None:
    done = replace(ITEM, status="completed")
    found = left(done, written="One two. Three four.", finished=True, played_ms=1000)
    assert found
    assert (found.heard, found.rest) == ("One two.", " Three four.")


def test_all_was_heard_but_more_is_to_be_written() -> None:
    found = left(written="One two. Three four.", played_ms=60_000)
    assert found
    assert (found.rest, found.finished) == ("", False)


def test_text_is_read_and_not_heard() -> None:
    text = replace(ITEM, parts=(Part("output_text", "One two."),))
    found = left(text, sentences=[("One two.", 0)], played_ms=0)
    assert found
    assert (found.heard, found.rest) == ("One two.", " Three four. Five")


def test_nothing_was_sent_yet() -> None:
    found = left(sentences=[])
    assert found
    assert (found.heard, found.rest) == ("", WRITTEN)


def test_what_was_sent_besides_counts_if_it_is_not_what_was_written() -> None:
    found = left(written="something else", played_ms=1000)
    assert found
    assert found.rest == " Three four."


@pytest.mark.parametrize(
    "item",
    [
        replace(ITEM, parts=(Part("output_audio", "One two. Three four.", heard="One"),), status="incomplete"),
        replace(ITEM, role="user"),
    ],
)
def test_what_was_interrupted_or_asked_stays_as_it_is(item: Item) -> None:
    assert left(item, played_ms=0) is None


@given(
    texts=st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30), max_size=4),
    more=st.text(max_size=20),
    played_ms=st.integers(0, 9000) | st.none(),
    finished=st.booleans(),
)
def test_nothing_is_lost_and_nothing_said_twice(
    texts: list[str], more: str, played_ms: int | None, finished: bool
) -> None:
    whole = "".join(texts) + more
    found = left(sentences=[(text, 700) for text in texts], written=whole, finished=finished, played_ms=played_ms)
    if found is None:
        assert finished
    else:
        assert found.heard + found.rest == whole
