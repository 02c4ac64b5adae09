"""What was heard of an answer, by the clock and by the client's count; and answers that are cancelled."""

from typing import Any

import pytest

from app.session.limits import SessionLimits
from tests.session.memory_client import MemoryClient
from tests.session.speaking import refusal, retrieved, sound_ms, spoken, update, utter
from tests.session.stage import Stage, voice

LONG = "One sentence is here. Another one is here. The third one is here. The last one is here."


async def said_by_then(stage: Stage, client: MemoryClient, seconds: float) -> dict[str, Any]:
    """Have a long answer spoken, cut it off after so much time; return its item."""
    stage.llm.answers.append(LONG)
    utter(client)
    await client.get("response.output_audio.done")
    stage.clock.advance(seconds)
    client.speak(voice(400))
    await client.get("input_audio_buffer.speech_started", 2)
    item_id = client.of("response.output_item.added")[0]["item"]["id"]
    return await retrieved(client, item_id)


async def test_what_was_heard_is_the_time_that_passed_in_words(unpaced: Stage) -> None:
    client = unpaced.open()
    item = await said_by_then(unpaced, client, 2.0)  # the first two sentences take 1.26 s each
    heard = item["content"][0]["transcript"]
    assert heard.startswith("One sentence is here. Another")
    assert LONG.startswith(heard)
    assert len(heard) < len("One sentence is here. Another one is here.")


async def test_an_answer_cut_in_mid_stream_keeps_what_was_heard(unpaced: Stage) -> None:
    unpaced.limits = SessionLimits(messages_per_s=10_000, outbox_ahead_s=1.5)
    unpaced.llm.answers.extend([LONG, "Yes."])
    client = unpaced.open()
    utter(client)
    await client.until(lambda: sound_ms(client) > 1_400)
    unpaced.clock.advance(1.0)
    utter(client)
    done = (await client.get("response.done"))["response"]
    heard = done["output"][0]["content"][0]["transcript"]
    assert (done["status"], done["output"][0]["status"]) == ("cancelled", "incomplete")
    assert 0 < len(heard) < len("One sentence is here.")
    assert client.of("response.output_audio_transcript.done")[0]["transcript"] == heard
    assert (await retrieved(client, done["output"][0]["id"]))["content"][0]["transcript"] == heard
    await client.get("response.created", 2)
    said = unpaced.llm.calls[1].messages[2]
    assert said == {"role": "assistant", "content": f"{heard}…"}  # the model sees that it was interrupted


async def test_at_another_speed_what_was_heard_is_still_the_time_that_passed(unpaced: Stage) -> None:
    client = unpaced.open()
    update(client, output={"speed": 0.5})
    item = await said_by_then(unpaced, client, 3.3)  # the first sentence takes 2.52 s now, and 0.4 s more are spoken
    heard = item["content"][0]["transcript"]
    assert heard.startswith("One sentence is here.")
    assert LONG.startswith(heard)
    assert len(heard) < len("One sentence is here. Another one is here.")
    assert sound_ms(client) == pytest.approx(2 * 60 * (len(LONG) - 3), rel=0.01)  # no space between sentences is hummed


async def test_the_speed_may_change_from_answer_to_answer(unpaced: Stage) -> None:
    unpaced.llm.answers.extend(["It is Paris."] * 2)
    client = unpaced.open()
    lengths: list[float] = []
    for number, speed in enumerate((1.0, 1.5), start=1):
        update(client, output={"speed": speed})
        utter(client)
        await client.get("response.done", number)
        lengths.append(sound_ms(client) - sum(lengths))
        unpaced.clock.advance(60)
    assert lengths[1] == pytest.approx(lengths[0] / 1.5, rel=0.02)


@pytest.mark.parametrize(
    ("played_ms", "heard"),
    [
        (0, ""),
        (1_300, "One sentence is here."),
        (2_560, "One sentence is here. Another one is here."),
        (99_000, None),
    ],
)
@pytest.mark.parametrize("after_s", [0.7, 3.5])
async def test_a_later_truncate_corrects_both_ways(
    unpaced: Stage, played_ms: int, heard: str | None, after_s: float
) -> None:
    client = unpaced.open()
    item = await said_by_then(unpaced, client, after_s)
    before = item["content"][0]["transcript"]
    client.say(
        type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=played_ms, event_id="t"
    )
    if heard is None:
        assert await refusal(client) == ("audio_end_ms_out_of_range", "t")
        heard = before
    else:
        truncated = await client.get("conversation.item.truncated")
        assert (truncated["item_id"], truncated["audio_end_ms"]) == (item["id"], played_ms)
    assert (await retrieved(client, item["id"]))["content"][0]["transcript"] == heard


async def test_a_truncate_a_little_beyond_the_end_means_all_of_it(unpaced: Stage) -> None:
    client = unpaced.open()
    item = await said_by_then(unpaced, client, 0.7)
    client.say(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=6_500)
    await client.get("conversation.item.truncated")
    whole = await retrieved(client, item["id"])
    assert whole["content"][0]["transcript"] == LONG
    assert not client.of("error")


async def test_a_truncate_survives_a_later_cut_of_nothing(unpaced: Stage) -> None:
    """A client that stops its playback, says so, and then asks aside must not lose what it said."""
    client = unpaced.open()
    item = await said_by_then(unpaced, client, 0.7)
    client.say(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=1_300)
    await client.get("conversation.item.truncated")
    client.say(type="response.create", response={"conversation": "none"})
    await client.get("response.output_audio.delta", len(client.of("response.output_audio.delta")) + 1)
    client.say(type="input_audio_buffer.clear")
    utter(client)
    await client.get("input_audio_buffer.committed", 2)
    assert (await retrieved(client, item["id"]))["content"][0]["transcript"] == "One sentence is here."


async def test_an_answer_heard_to_its_end_is_whole(unpaced: Stage) -> None:
    client = unpaced.open()
    item = await said_by_then(unpaced, client, 60)
    assert item["content"][0]["transcript"] == LONG
    assert item["status"] == "completed"


async def test_a_response_cancelled_at_once_has_a_beginning_and_an_end(stage: Stage) -> None:
    client = stage.open()
    client.say(type="response.create")
    client.say(type="response.cancel")
    done = (await client.get("response.done"))["response"]
    assert done["status"] == "cancelled"
    assert client.kinds[1:] == ["response.created", "response.done"]
    assert client.of("response.created")[0]["response"]["status"] == "in_progress"


async def test_a_second_cancel_has_nothing_to_cancel(stage: Stage) -> None:
    client = stage.open()
    client.say(type="response.create")
    client.say(type="response.cancel")
    client.say(type="response.cancel", event_id="again")
    assert await refusal(client) == ("response_cancel_not_active", "again")
    assert len(client.of("response.done")) == 1


async def test_a_cancel_of_another_response_leaves_this_one_alone(unpaced: Stage) -> None:
    client = unpaced.open()
    client.say(type="response.create")
    client.say(type="response.cancel", response_id="resp_old", event_id="late")
    assert await refusal(client) == ("response_cancel_not_active", "late")
    assert (await client.get("response.done"))["response"]["status"] == "completed"


async def test_a_cancel_that_comes_too_late_does_not_take_the_next_answer_away(stage: Stage) -> None:
    stage.stt.gate.clear()
    client = stage.open()
    utter(client)
    await client.get("input_audio_buffer.committed")  # the words are being found
    client.say(type="response.cancel", event_id="late")
    assert await refusal(client) == ("response_cancel_not_active", "late")
    stage.stt.gate.set()
    assert (await client.get("response.done"))["response"]["status"] == "completed"


async def test_what_was_asked_of_one_response_holds_for_no_other(unpaced: Stage) -> None:
    unpaced.stt.gate.clear()
    client = unpaced.open()
    utter(client)
    await client.get("input_audio_buffer.committed")
    client.say(type="response.create", response={"metadata": {"n": "1"}})  # waits for the words
    client.say(type="response.create", response={"metadata": {"n": "2"}}, event_id="second")
    assert await refusal(client) == ("conversation_already_has_active_response", "second")
    client.say(type="response.cancel")
    await client.get("error", 2)
    unpaced.stt.gate.set()
    unpaced.clock.advance(60)
    utter(client)
    created = await client.get("response.created")
    assert created["response"]["metadata"] is None
    assert spoken(client) is not None
