"""Functions of the client: called by the model, their results given back, never spoken."""

import json
from typing import Any

import pytest

from app.ports import ChatFinished, TextDelta, ToolCallDelta
from tests.session.memory_client import MemoryClient
from tests.session.speaking import spoken, update, utter, write
from tests.session.stage import Stage

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "name": "get_weather", "description": "The weather.", "parameters": PARAMETERS}
CALL = '{"name": "get_weather", "arguments": {"city": "Paris"}}'


def native(*cities: str) -> list[Any]:
    deltas: list[Any] = []
    for index, city in enumerate(cities):
        whole = json.dumps({"city": city})
        deltas += [ToolCallDelta(index, whole[:5], f"call_{index}", "get_weather"), ToolCallDelta(index, whole[5:])]
    return [*deltas, ChatFinished("tool_calls", 9, 4, 0)]


def opened(stage: Stage, **session: Any) -> MemoryClient:
    client = stage.open()
    update(client, tools=[WEATHER], **session)
    return client


async def test_a_call_comes_in_the_order_of_the_protocol(stage: Stage) -> None:
    stage.llm.answers.append(native("Paris"))
    client = opened(stage)
    utter(client)
    done = await client.get("response.done")
    kinds = client.kinds[client.kinds.index("response.created") :]
    assert kinds == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    (item,) = done["response"]["output"]
    assert (item["type"], item["name"], item["status"]) == ("function_call", "get_weather", "completed")
    assert json.loads(item["arguments"]) == {"city": "Paris"}
    arguments = client.of("response.function_call_arguments.done")[0]
    assert (arguments["call_id"], arguments["name"]) == (item["call_id"], "get_weather")
    assert client.of("response.output_item.added")[0]["item"]["arguments"] == ""
    assert not stage.tts.calls


async def test_the_result_given_back_is_answered_in_speech(stage: Stage) -> None:
    stage.stt.answers.append("Is it sunny in Paris?")
    stage.llm.answers.extend([native("Paris"), "It is sunny."])
    client = opened(stage)
    utter(client)
    call = (await client.get("response.done"))["response"]["output"][0]
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"sky": "clear"}'}
    client.say(type="conversation.item.create", item=output)
    client.say(type="response.create")
    await client.get("response.done", 2)
    assert spoken(client) == "It is sunny."
    question, called, result = stage.llm.calls[1].messages[1:]
    assert question["content"] == "Is it sunny in Paris?"
    assert called["tool_calls"][0]["function"] == {"name": "get_weather", "arguments": call["arguments"]}
    assert result == {"role": "tool", "tool_call_id": call["call_id"], "content": '{"sky": "clear"}'}


async def test_what_is_said_before_a_call_is_spoken_and_an_item_of_its_own(stage: Stage) -> None:
    stage.llm.answers.append([TextDelta("Let me look."), *native("Paris")])
    client = opened(stage)
    utter(client)
    done = await client.get("response.done")
    assert [item["type"] for item in done["response"]["output"]] == ["message", "function_call"]
    added = client.of("response.output_item.added")
    assert [each["output_index"] for each in added] == [0, 1]
    assert spoken(client) == "Let me look."
    items = [each["item"]["id"] for each in client.of("conversation.item.added")]
    assert [each["previous_item_id"] for each in client.of("conversation.item.added")] == [None, *items[:-1]]


async def test_calls_side_by_side_are_items_side_by_side(stage: Stage) -> None:
    stage.llm.answers.append(native("Paris", "Rome"))
    client = opened(stage)
    utter(client)
    output = (await client.get("response.done"))["response"]["output"]
    assert [json.loads(item["arguments"])["city"] for item in output] == ["Paris", "Rome"]
    assert len({item["call_id"] for item in output}) == len({item["id"] for item in output}) == 2


@pytest.mark.parametrize("wrapped", [CALL, f"```json\n{CALL}\n```", f"<tool_call>{CALL}</tool_call>"])
async def test_a_call_written_as_text_is_a_call_and_is_never_spoken(stage: Stage, wrapped: str) -> None:
    stage.llm.answers.append([TextDelta(char) for char in wrapped])
    client = opened(stage)
    utter(client)
    (item,) = (await client.get("response.done"))["response"]["output"]
    assert (item["type"], json.loads(item["arguments"])) == ("function_call", {"city": "Paris"})
    assert (spoken(client), stage.tts.calls) == ("", [])


async def test_a_call_that_cannot_be_read_is_asked_for_once_more(stage: Stage) -> None:
    stage.llm.answers.extend(['{"name": "get_weather", "arguments": {"city": Paris}}', CALL])
    client = opened(stage)
    utter(client)
    (item,) = (await client.get("response.done"))["response"]["output"]
    assert json.loads(item["arguments"]) == {"city": "Paris"}
    assert len(stage.llm.calls) == 2
    assert spoken(client) == ""


async def test_a_call_that_cannot_be_read_twice_is_apologized_for(stage: Stage) -> None:
    stage.llm.answers.extend(['{"name": "get_weather", "arguments": {'] * 2)
    client = opened(stage)
    utter(client)
    done = await client.get("response.done")
    assert done["response"]["status"] == "failed"
    assert "sorry" in spoken(client)
    assert "get_weather" not in spoken(client)


@pytest.mark.parametrize(
    ("choice", "asked"),
    [
        ("auto", "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "function", "name": "get_weather"}, {"type": "function", "function": {"name": "get_weather"}}),
    ],
)
async def test_the_choice_of_a_function_reaches_the_model(stage: Stage, choice: Any, asked: Any) -> None:
    client = opened(stage, tool_choice=choice)
    utter(client)
    await client.get("response.created")
    assert stage.llm.calls[0].tool_choice == asked
    function = {name: WEATHER[name] for name in ("name", "description", "parameters")}
    assert stage.llm.calls[0].tools == [{"type": "function", "function": function}]


async def test_a_response_may_have_functions_of_its_own(stage: Stage) -> None:
    stage.llm.answers.append(native("Paris"))
    client = stage.open()
    write(client, "Is it sunny?")
    client.say(type="response.create", response={"tools": [WEATHER], "tool_choice": "required"})
    (item,) = (await client.get("response.done"))["response"]["output"]
    assert item["name"] == "get_weather"
    client.say(type="response.create")
    await client.get("response.done", 2)
    assert not stage.llm.calls[1].tools


async def test_a_call_in_text_modality_is_no_text(stage: Stage) -> None:
    stage.llm.answers.append([TextDelta("One moment. "), TextDelta(CALL)])
    client = opened(stage, output_modalities=["text"])
    write(client, "Is it sunny?")
    client.say(type="response.create")
    message, call = (await client.get("response.done"))["response"]["output"]
    assert message["content"][0]["text"].strip() == "One moment."
    assert call["type"] == "function_call"
