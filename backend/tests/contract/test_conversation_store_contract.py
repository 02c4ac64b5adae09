import asyncio
import re
from dataclasses import replace

import pytest

from app.core.items import Item, Part
from app.errors import ConversationLost, UnknownConversation
from app.ports import ConversationChange, ConversationStore, KeptConversation, KeptItem
from tests.store.opened import answered, said

QUESTION, ANSWER = said("What is the capital of France?", 1), answered("It is Paris.", 2)


async def begin(store: ConversationStore, *items: KeptItem) -> KeptConversation:
    """A conversation that session `a` holds."""
    made = await store.create("a")
    if items:
        await store.save(made.id, "a", ConversationChange(items))
    return made


def without_times(items: tuple[KeptItem, ...]) -> list[KeptItem]:
    return [replace(kept, created_at=0) for kept in items]


async def test_a_new_conversation_has_an_id_and_a_token_of_its_own(conversations: ConversationStore) -> None:
    one, other = await conversations.create("a"), await conversations.create("b")
    assert re.fullmatch("conv_[0-9a-f]{20}", one.id)
    assert len(one.token) >= 43
    assert one.id != other.id
    assert one.token != other.token
    assert (one.title, one.answer_due, one.items) == ("", False, ())


async def test_it_is_found_again_by_id_and_by_token(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION, ANSWER)
    by_id = await conversations.take("b", conversation_id=made.id)
    by_token = await conversations.take("c", token=made.token)
    assert by_id == by_token
    assert (by_id.id, by_id.token) == (made.id, made.token)
    assert by_id.title == "What is the capital of France?"
    assert without_times(by_id.items) == [QUESTION, ANSWER]
    assert all(kept.created_at > 0 for kept in by_id.items)


async def test_what_there_is_not_is_unknown(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION)
    for conversation_id, token in (
        ("conv_0", None),
        (None, made.id),
        (None, "\0\ud800"),
        ("", made.token),
        (None, None),
    ):
        with pytest.raises(UnknownConversation):
            await conversations.take("b", conversation_id=conversation_id, token=token)


async def test_everything_about_an_item_is_kept(conversations: ConversationStore) -> None:
    call = Item("call", "function_call", call_id="c1", name="weather", arguments='{"in": "東京\\n"}')
    result = Item("result", "function_call_output", call_id="c1", output="fine\0")
    cut = Item("cut", role="assistant", status="incomplete", parts=(Part("output_audio", "One. Two.", "One."),))
    unheard = Item("unheard", role="user", parts=(Part("input_audio", None),))
    typed = Item("typed", role="system", parts=(Part("input_text", ""), Part("input_text", "b\ud800\x1a")))
    items = (
        KeptItem(call, -3),
        KeptItem(result, 0),
        KeptItem(cut, 1, sentences=(("One.", 800), ("Two.", 0)), written="One. Two. Three.", finished=False),
        KeptItem(unheard, 2**40),
        KeptItem(typed, 2**41, created_at=12.5),
    )
    made = await begin(conversations, *reversed(items))
    taken = await conversations.take("b", token=made.token)
    assert without_times(taken.items) == without_times(items)
    assert taken.items[-1].created_at == 12.5


async def test_an_item_changes_and_keeps_the_time_of_its_birth(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION, ANSWER)
    before = (await conversations.take("a", token=made.token)).items
    corrected = answered("It is Paris.", 7, heard="It is")
    await conversations.save(
        made.id, "a", ConversationChange((replace(corrected, item=replace(corrected.item, id="item_2")),))
    )
    after = (await conversations.take("a", token=made.token)).items
    assert [(kept.item.id, kept.position, kept.item.said) for kept in after] == [
        ("item_1", 1, QUESTION.item.said),
        ("item_2", 7, "It is"),
    ]
    assert [kept.created_at for kept in after] == [kept.created_at for kept in before]


async def test_items_go_and_what_is_both_gone_and_new_is_there(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION, ANSWER)
    change = ConversationChange((said("Again.", 9, item_id="item_2"),), deleted=("item_1", "item_2", "never there"))
    await conversations.save(made.id, "a", change)
    taken = await conversations.take("a", token=made.token)
    assert [(kept.item.id, kept.item.said) for kept in taken.items] == [("item_2", "Again.")]


async def test_the_newest_items_are_taken_in_order(conversations: ConversationStore) -> None:
    made = await begin(conversations, *(said(str(number), number) for number in (4, 1, 3, 2)))
    taken = await conversations.take("a", token=made.token, most=2)
    assert [kept.position for kept in taken.items] == [3, 4]


async def test_ids_of_items_belong_to_their_conversation(conversations: ConversationStore) -> None:
    one, other = await begin(conversations, said("one", 1)), await begin(conversations, said("other", 1))
    await conversations.save(other.id, "a", ConversationChange(deleted=("item_1",)))
    assert len((await conversations.take("b", token=one.token)).items) == 1
    assert (await conversations.take("b", token=other.token)).items == ()


async def test_whether_an_answer_is_due_is_what_the_last_change_said(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION)
    for is_due in (True, False):
        await conversations.save(made.id, "a", ConversationChange(answer_due=is_due))
        assert (await conversations.take("a", token=made.token)).answer_due is is_due


async def test_the_first_words_of_the_user_are_the_title_and_stay_it(conversations: ConversationStore) -> None:
    made = await begin(
        conversations, answered("Hello!", 1), said(" ", 2), said("  東京の\n天気は？ ", 4), said("Later.", 5)
    )
    await conversations.save(made.id, "a", ConversationChange((said("Even earlier.", 0),)))
    assert (await conversations.take("a", token=made.token)).title == "東京の 天気は？"


async def test_only_the_holder_can_save(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION)
    await conversations.take("b", token=made.token)
    with pytest.raises(ConversationLost) as lost:
        await conversations.save(made.id, "a", ConversationChange((ANSWER,), deleted=("item_1",), answer_due=True))
    assert lost.value.code == "conversation_taken_over"
    taken = await conversations.take("b", token=made.token)
    assert (without_times(taken.items), taken.answer_due) == ([QUESTION], False)


async def test_a_conversation_that_is_gone_says_so(conversations: ConversationStore) -> None:
    with pytest.raises(ConversationLost) as lost:
        await conversations.save("conv_0", "a", ConversationChange((QUESTION,)))
    assert lost.value.code == "conversation_deleted"


async def test_a_released_conversation_can_be_taken_up_but_not_written(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION)
    await conversations.release(made.id, "a")
    with pytest.raises(ConversationLost):
        await conversations.save(made.id, "a", ConversationChange((ANSWER,)))
    taken = await conversations.take("b", token=made.token)
    await conversations.save(made.id, "b", ConversationChange((ANSWER,)))
    assert without_times(taken.items) == [QUESTION]


async def test_a_release_by_somebody_else_changes_nothing(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION)
    await conversations.release(made.id, "b")
    await conversations.release("conv_0", "a")
    await conversations.save(made.id, "a", ConversationChange((ANSWER,)))


async def test_a_conversation_without_a_message_ends_with_its_session(conversations: ConversationStore) -> None:
    made = await begin(conversations, KeptItem(Item("call", "function_call", call_id="c", name="f", arguments="{}"), 1))
    await conversations.release(made.id, "b")
    await conversations.save(made.id, "a", ConversationChange())
    await conversations.release(made.id, "a")
    with pytest.raises(UnknownConversation):
        await conversations.take("b", token=made.token)


async def test_of_two_who_take_it_at_once_one_holds_it(conversations: ConversationStore) -> None:
    made = await begin(conversations, QUESTION)
    sessions = [f"s{number}" for number in range(6)]
    await asyncio.gather(*(conversations.take(session, token=made.token) for session in sessions))
    saves = [conversations.save(made.id, session, ConversationChange((ANSWER,))) for session in sessions]
    outcomes = await asyncio.gather(*saves, return_exceptions=True)
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ConversationLost) for outcome in outcomes) == len(sessions) - 1
