"""How what we send becomes JSON.

A None is left out of the object, because the JavaScript SDK drops whole events over a null it does not expect;
a class names in `NULLS` the few fields where null itself says something.
"""

import json
from dataclasses import fields
from typing import Any, ClassVar

from pydantic_core import PydanticSerializationError, to_json

from app.wire.ids import new_id

JsonObject = dict[str, Any]


class Sent:
    """Mixin for frozen dataclasses that are objects on the wire; field names are the protocol's."""

    __slots__ = ()
    NULLS: ClassVar[frozenset[str]] = frozenset()

    def wire(self) -> JsonObject:
        """Return the object as it is sent."""
        shown: JsonObject = {}
        for field in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            value = getattr(self, field.name)
            if value is not None or field.name in self.NULLS:
                shown[field.name] = value.wire() if isinstance(value, Sent) else value
        return shown


class Message(Sent):
    """Mixin for server events."""

    __slots__ = ()
    TYPE: ClassVar[str]

    def encode(self) -> str:
        """Return the message as text, with an `event_id` of its own."""
        return encode({"type": self.TYPE, "event_id": new_id("event"), **self.wire()})


def encode(message: JsonObject) -> str:
    """Return compact JSON that is valid UTF-8 whatever a model wrote."""
    try:
        return to_json(message, inf_nan_mode="null").decode()
    except PydanticSerializationError:  # half of a surrogate pair, which no client could decode
        return json.dumps(message, ensure_ascii=False).encode("utf-8", "replace").decode()
