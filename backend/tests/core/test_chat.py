from app.core.chat import chat_messages, item_tokens, turns
from app.core.items import Item, Part


def user(text: str | None, item_id: str = "u") -> Item:
    return Item(item_id, role="user", parts=(Part("input_audio", text),))


def assistant(text: str, heard: str | None = None) -> Item:
    return Item("a", role="assistant", parts=(Part("output_audio", text, heard),))


def call(call_id: str) -> Item:
    return Item(f"call {call_id}", "function_call", call_id=call_id, name="weather", arguments='{"city":"Paris"}')


def result(call_id: str) -> Item:
    return Item(f"result {call_id}", "function_call_output", call_id=call_id, output="sunny")


def tool_call(call_id: str) -> dict[str, object]:
    return {"id": call_id, "type": "function", "function": {"name": "weather", "arguments": '{"city":"Paris"}'}}


def tool(call_id: str) -> dict[str, object]:
    return {"role": "tool", "tool_call_id": call_id, "content": "sunny"}


def test_messages_say_who_said_what() -> None:
    system = Item("s", role="system", parts=(Part("input_text", "Be kind."),))
    assert chat_messages([system, user("Hello"), assistant("Hi.")]) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Hi."},
    ]


def test_what_has_no_words_is_left_out() -> None:
    assert chat_messages([user(None), assistant("Hello.", heard=""), Item("x", role="assistant")]) == []


def test_cut_off_answer_ends_where_it_was_heard() -> None:
    messages = chat_messages([assistant("Paris. It lies on the Seine.", heard="Paris."), user("Stop")])
    assert messages[0]["content"] == "Paris…"


def test_messages_of_one_role_become_one() -> None:
    assert chat_messages([user("One"), user("two"), assistant("Three.")]) == [
        {"role": "user", "content": "One\ntwo"},
        {"role": "assistant", "content": "Three."},
    ]


def test_calls_join_what_was_said_before_and_their_results_follow() -> None:
    assert chat_messages([user("Weather?"), assistant("Wait."), call("1"), call("2"), result("2"), result("1")]) == [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": "Wait.", "tool_calls": [tool_call("1"), tool_call("2")]},
        tool("1"),
        tool("2"),
    ]


def test_calls_one_after_another_stay_so() -> None:
    messages = chat_messages([call("1"), result("1"), call("2"), result("2")])
    assert [message["role"] for message in messages] == ["assistant", "tool", "assistant", "tool"]


def test_result_stands_behind_its_call_although_somebody_spoke_in_between() -> None:
    messages = chat_messages([call("1"), user("Hurry"), result("1")])
    assert [message["role"] for message in messages] == ["assistant", "tool", "user"]


def test_call_without_result_and_result_without_call_are_left_out() -> None:
    assert chat_messages([call("1"), user("Hello"), result("2")]) == [{"role": "user", "content": "Hello"}]
    assert chat_messages([result("1"), call("1")]) == []


def test_missing_arguments_and_output_are_empty() -> None:
    items = [
        Item("c", "function_call", call_id="1", name="now"),
        Item("r", "function_call_output", call_id="1"),
    ]
    messages = chat_messages(items)
    assert messages[0]["tool_calls"][0]["function"] == {"name": "now", "arguments": "{}"}
    assert messages[1]["content"] == ""


def test_turns_begin_with_the_user() -> None:
    greeting, first, answer, second = assistant("Hi."), user("One"), assistant("1"), user("Two")
    assert turns([greeting, first, answer, second]) == [[greeting], [first, answer], [second]]
    assert turns([first]) == [[first]]
    assert turns([]) == []


def test_every_text_of_an_item_takes_tokens() -> None:
    assert item_tokens(user("12345"), len) == 4 + 5
    assert item_tokens(call("1"), len) == 4 + len("weather") + len('{"city":"Paris"}')
    assert item_tokens(result("1"), len) == 4 + len("sunny")
