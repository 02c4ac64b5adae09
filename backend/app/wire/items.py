"""Items of the conversation, both ways: the wire's shape and `core.history.Item`."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field

from app.core.items import Item, Part, PartKind, Role, Status
from app.errors import RequestError
from app.wire.ids import new_id
from app.wire.received import Received
from app.wire.sent import JsonObject

ValueT = TypeVar("ValueT")
_Name = Annotated[str, Field(min_length=1, max_length=512)]
_CONTENT_OF_ROLE: dict[Role, set[PartKind]] = {
    "user": {"input_text", "input_audio"},
    "system": {"input_text"},
    "assistant": {"output_text", "output_audio"},
}


class ContentShape(Received):
    """A part of a message. Sound may come with it, but only its transcript is kept."""

    type: Literal["input_text", "input_audio", "input_image", "output_text", "output_audio"]
    text: str | None = None
    transcript: str | None = None


class ItemShape(Received):
    """An item as a client writes it; an `item_reference` names one that there is, in `response.create` only."""

    type: Literal["message", "function_call", "function_call_output", "item_reference"]
    id: _Name | None = None
    status: Status | None = None
    role: Role | None = None
    content: Annotated[list[ContentShape], Field(max_length=256)] | None = None
    call_id: _Name | None = None
    name: _Name | None = None
    arguments: str | None = None
    output: str | None = None


def from_wire(shape: ItemShape, param: str = "item") -> Item:
    """Return the item, with the client's id or else a new one; `param` is where it stands in the message.

    Raises:
        RequestError: something is missing, or does not belong to an item of this type or role.
    """
    item_id = shape.id or new_id("item")
    status: Status = "incomplete" if shape.status == "incomplete" else "completed"
    if shape.type == "message":
        role: Role = _needed(shape.role, f"{param}.role")
        content = _needed(shape.content, f"{param}.content")
        parts = tuple(_part(part, role, f"{param}.content[{index}]") for index, part in enumerate(content))
        return Item(id=item_id, kind="message", role=role, parts=parts, status=status)
    if shape.type == "function_call":
        return Item(
            id=item_id,
            kind="function_call",
            status=status,
            call_id=shape.call_id or new_id("call"),
            name=_needed(shape.name, f"{param}.name"),
            arguments=_needed(shape.arguments, f"{param}.arguments"),
        )
    if shape.type == "function_call_output":
        return Item(
            id=item_id,
            kind="function_call_output",
            status=status,
            call_id=_needed(shape.call_id, f"{param}.call_id"),
            output=_needed(shape.output, f"{param}.output"),
        )
    raise RequestError("An item_reference stands only in response.create's input.", param=f"{param}.type")


def to_wire(item: Item) -> JsonObject:
    """Return the item as it is sent, without its sound. A key that does not belong to its type is not there at all."""
    shown: JsonObject = {"id": item.id, "object": "realtime.item", "type": item.kind, "status": item.status}
    if item.kind == "message":
        return shown | {"role": item.role, "content": [_content(part) for part in item.parts]}
    if item.kind == "function_call":
        return shown | {"call_id": item.call_id, "name": item.name, "arguments": item.arguments}
    return shown | {"call_id": item.call_id, "output": item.output}


def _content(part: Part) -> JsonObject:
    if part.kind in {"input_text", "output_text"}:
        return {"type": part.kind, "text": part.said}
    if part.kind == "input_audio":  # clients demand the key, and null says that nothing was understood yet
        return {"type": part.kind, "transcript": part.text}
    return {"type": part.kind, "transcript": part.said}


def _part(part: ContentShape, role: Role, param: str) -> Part:
    if part.type == "input_image":
        raise RequestError("Images are not understood here.", code="unsupported_content", param=f"{param}.type")
    if part.type not in _CONTENT_OF_ROLE[role]:
        takes = " or ".join(sorted(_CONTENT_OF_ROLE[role]))
        raise RequestError(f"A message of the {role} holds {takes}.", param=f"{param}.type")
    if part.type == "input_audio" and part.transcript is None:
        raise RequestError(
            "Sound in an item is not listened to: give its transcript, or send it with input_audio_buffer.append.",
            code="unsupported_content",
            param=f"{param}.transcript",
        )
    if part.type.endswith("_audio"):
        return Part(kind=part.type, text=part.transcript)
    return Part(kind=part.type, text=_needed(part.text, f"{param}.text"))


def _needed(value: ValueT | None, param: str) -> ValueT:
    if value is None:
        raise RequestError(f"{param} is missing.", code="missing_required_parameter", param=param)
    return value
