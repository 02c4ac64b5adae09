from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.history import ROOT, DuplicateItem, History, Item, Part, UnknownItem


def user(item_id: str, text: str = "Question?") -> Item:
    return Item(item_id, role="user", parts=(Part("input_text", text),))


def assistant(item_id: str, text: str = "Answer.") -> Item:
    return Item(item_id, role="assistant", parts=(Part("output_audio", text),))


def history_of(*items: Item, limit: int = 100) -> History:
    history = History(limit)
    for item in items:
        history.add(item)
    return history


def ids(history: History) -> str:
    return "".join(item.id for item in history.items())


def test_items_are_put_where_the_client_says() -> None:
    history = history_of(user("b"), user("d"))
    history.add(user("a"), ROOT)
    history.add(user("c"), "b")
    history.add(user("e"))
    assert ids(history) == "abcde"
    assert [history.previous_id(item_id) for item_id in "abe"] == [None, "a", "d"]


def test_items_are_found_replaced_and_deleted() -> None:
    history = history_of(user("a"), user("b"))
    history.replace(user("a", "Other?"))
    assert history.get("a").said == "Other?"
    history.delete("a")
    assert history.find("a") is None
    assert ids(history) == "b"


def test_id_is_taken_once() -> None:
    with pytest.raises(DuplicateItem):
        history_of(user("a"), user("a"))


def test_unknown_ids_are_refused_and_change_nothing() -> None:
    history = history_of(user("a"))
    with pytest.raises(UnknownItem):
        history.add(user("b"), "x")
    with pytest.raises(UnknownItem):
        history.get("x")
    with pytest.raises(UnknownItem):
        history.replace(user("x"))
    with pytest.raises(UnknownItem):
        history.delete("x")
    with pytest.raises(UnknownItem):
        history.previous_id("x")
    with pytest.raises(UnknownItem):
        history.truncate("x", "")
    assert ids(history) == "a"


def test_oldest_makes_room() -> None:
    assert ids(history_of(*map(user, "abcd"), limit=3)) == "bcd"


def test_new_item_in_front_does_not_push_itself_out() -> None:
    history = history_of(*map(user, "abc"), limit=3)
    history.add(user("d"), ROOT)
    assert ids(history) == "dbc"


def test_copy_is_another_history() -> None:
    history = history_of(user("a"))
    copy = history.copy()
    copy.add(user("b"))
    copy.replace(user("a", "Other?"))
    assert ids(history) == "a"
    assert history.get("a").said == "Question?"


def test_truncation_keeps_what_was_heard_and_can_be_corrected() -> None:
    history = history_of(assistant("a", "One two three."))
    history.truncate("a", "One")
    assert (history.get("a").said, history.get("a").status) == ("One", "incomplete")
    history.truncate("a", "One two")
    assert history.get("a").said == "One two"
    assert history.get("a").parts[0].text == "One two three."


def test_truncation_after_the_end_changes_no_status() -> None:
    history = history_of(assistant("a"))
    history.truncate("a", "Answer.")
    assert history.get("a").status == "completed"


def test_truncation_of_several_parts_leaves_nothing_of_the_later_ones() -> None:
    history = history_of(Item("a", role="assistant", parts=(Part("output_audio", "One."), Part("output_text", "Two."))))
    history.truncate("a", "One.")
    assert history.get("a").said == "One."


def test_only_answers_are_truncated() -> None:
    with pytest.raises(ValueError, match="no message of the assistant"):
        history_of(user("a")).truncate("a", "")


def contents(history: History, budget: int) -> Sequence[str]:
    return [message["content"] for message in history.messages(budget, len)]


TURNS = [item for n in range(6) for item in (user(f"u{n}", f"{n:06}"), assistant(f"a{n}", f"{n:06}"))]
TURN_TOKENS = 2 * (6 + 4)


def test_all_is_sent_that_fits() -> None:
    history = history_of(*TURNS)
    assert len(contents(history, 6 * TURN_TOKENS)) == 12


def test_oldest_turns_go_as_a_whole_and_down_to_half() -> None:
    history = history_of(*TURNS)
    assert contents(history, 6 * TURN_TOKENS - 1) == ["000004", "000004", "000005", "000005"]


def test_what_was_left_out_stays_out_so_that_the_beginning_stays_the_same() -> None:
    history = history_of(*TURNS)
    budget = 5 * TURN_TOKENS
    first = contents(history, budget)
    history.add(user("u6", "000006"))
    assert list(contents(history, budget))[: len(first)] == first


def test_newest_turn_is_sent_whatever_its_length() -> None:
    assert contents(history_of(*TURNS), 0) == ["000005", "000005"]
    assert contents(History(), -1) == []


def test_result_goes_with_its_call() -> None:
    call = Item("c", "function_call", call_id="1", name="now")
    result = Item("r", "function_call_output", call_id="1", output="noon")
    history = history_of(user("u"), call, user("v"), result)
    assert [message["role"] for message in history.messages(1, len)] == ["user"]


@pytest.mark.parametrize(
    ("deleted", "expected"), [("u4", ["000004", "000005", "000005"]), ("u0", ["000004"] * 2 + ["000005"] * 2)]
)
def test_deleting_what_is_sent_first_keeps_the_rest_out(deleted: str, expected: list[str]) -> None:
    history = history_of(*TURNS)
    contents(history, 5 * TURN_TOKENS)
    history.delete(deleted)
    assert contents(history, 5 * TURN_TOKENS) == expected


def test_deleting_everything_sent_begins_anew() -> None:
    history = history_of(user("a", "123456"), user("b", "123456"))
    history.messages(10, len)
    history.delete("b")
    assert contents(history, 10) == ["123456"]


def do(history: History, step: str, item_id: str) -> None:
    match step:
        case "user":
            history.add(user(item_id))
        case "assistant":
            history.add(assistant(item_id))
        case "call":
            history.add(Item(item_id, "function_call", call_id="1", name="now", arguments="{}"))
        case "result":
            history.add(Item(item_id, "function_call_output", call_id="1", output="noon"))
        case "delete":
            for item in history.items()[:1]:
                history.delete(item.id)
        case "cut":
            for item in history.items():
                if item.role == "assistant":
                    history.truncate(item.id, "An")


@given(
    st.lists(st.sampled_from(["user", "assistant", "call", "result", "delete", "cut"]), max_size=40),
    st.integers(0, 120),
)
def test_every_conversation_can_be_sent(steps: list[str], budget: int) -> None:
    history = History(limit=12)
    for n, step in enumerate(steps):
        do(history, step, f"{n}")
        assert len(history.items()) <= 12
        roles = [message["role"] for message in history.messages(budget, len)]
        for before, role in zip(["", *roles], roles, strict=False):
            assert role != "tool" or before in ("assistant", "tool")
            assert role != before or role == "tool"
