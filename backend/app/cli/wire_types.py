"""`python -m app.cli.wire_types`: makes the page's types of all messages from the classes that read and write them."""

import json
import pkgutil
from dataclasses import fields
from functools import reduce
from importlib import import_module
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from typing_extensions import is_typeddict

import app.wire
from app.settings import ROOT
from app.wire import shown
from app.wire.client_events import APPEND, Append, ClientEvent, SessionUpdate
from app.wire.responses import Usage
from app.wire.sent import JsonObject, Message
from app.wire.session_config import MERGED
from app.wire.session_shape import SessionShape

TARGET = ROOT / "frontend" / "src" / "wire" / "types.gen.ts"
_HEAD = """\
// Every message of the wire, made by `make types` from backend/app/wire. Do not edit: change it there.

/** What an update of the session may say: what is absent stays, null is off or the default. */
export type Change<T> = {{ [K in keyof T]?: (K extends {merged} ? Change<NonNullable<T[K]>> : T[K]) | null }};
"""
_WORDS: dict[Any, str] = {
    Any: "unknown",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    NoneType: "null",
}
_ALIASES = {"Item": shown.Item, "Part": shown.Part}
_DICTIONARIES: dict[str, Any] = {  # the fields of what we send that are typed as any object, and what they hold
    "item": shown.Item,
    "items": list[shown.Item],
    "output": list[shown.Item],
    "session": shown.Session,
    "audio": shown.AnswerAudio,
    "usage": shown.DurationUsage,
}
_SHOWN_AS: dict[type, Any] = {Usage: shown.TokenUsage}  # what becomes another object when it is sent
_GIVEN = {"tool_choice": '"auto" | "none" | "required" | { type: "function"; name: string }'}  # code alone checks it


class Declarations:
    """TypeScript declarations; each class is declared once, behind those it is made of."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._classes: dict[str, type] = {}

    def __str__(self) -> str:
        return "\n".join(self._texts.values())

    def add_union(self, name: str, members: list[type]) -> None:
        """Declare the union of these classes."""
        lines = "".join(f"\n  | {self._name(member)}" for member in members)
        self._texts[name] = f"export type {name} ={lines};\n"

    def _name(self, kind: type) -> str:
        name = kind.__name__
        if name not in self._classes:
            self._classes[name] = kind
            self._texts[name] = self._interface(kind)
        if self._classes[name] is not kind:
            raise TypeError(f"There are two classes named {name}: rename one, their types share a file.")
        return name

    def _interface(self, kind: type) -> str:
        about = " ".join((kind.__doc__ or "").split("\n\n")[0].split())
        body = "".join(f"  {line};\n" for line in self._fields(kind))
        return f"/** {about} */\nexport interface {kind.__name__} {{\n{body}}}\n"

    def _fields(self, kind: type) -> list[str]:
        if is_typeddict(kind):
            optional = kind.__optional_keys__  # type: ignore[attr-defined]  # it is a TypedDict
            hints = get_type_hints(kind)
            return [f"{name}{'?' * (name in optional)}: {self._type(hint)}" for name, hint in hints.items()]
        if issubclass(kind, BaseModel):
            ordered = sorted(kind.model_fields.items(), key=lambda field: field[0] != "type")
            return [self._received(kind, name, field.annotation, field.is_required()) for name, field in ordered]
        if kind is Append:
            return [f'type: "{APPEND}"', "audio: string", "event_id?: string"]
        head = [f'type: "{kind.TYPE}"', "event_id: string"] if issubclass(kind, Message) else []
        names = [field.name for field in fields(kind)]  # type: ignore[arg-type]  # what is sent is a dataclass
        return head + [self._sent(kind, name) for name in names]

    def _received(self, kind: type[BaseModel], name: str, hint: Any, required: bool) -> str:
        if (kind, name) == (SessionUpdate, "session"):
            return f'session: {{ type: "realtime" }} & Change<{self._name(SessionShape)}>'
        return f"{name}{'' if required else '?'}: {_GIVEN.get(name) or self._type(hint)}"

    def _sent(self, kind: type, name: str) -> str:
        hint = get_type_hints(kind)[name]
        if hint in (JsonObject, list[JsonObject]):
            if name not in _DICTIONARIES:
                raise TypeError(f"{kind.__name__}.{name} is any object: say in wire_types.py what it holds.")
            hint = _DICTIONARIES[name]
        nulls: frozenset[str] = getattr(kind, "NULLS")  # noqa: B009 - mypy takes it for an object's
        left_out = NoneType in get_args(hint) and name not in nulls
        return f"{name}{'?' * left_out}: {self._type(_without_none(hint) if left_out else hint)}"

    def _type(self, hint: Any) -> str:
        for name, alias in _ALIASES.items():
            if hint == alias:
                if name not in self._texts:
                    self.add_union(name, list(get_args(alias)))
                return name
        return self._compound(hint) if get_args(hint) else _WORDS.get(hint) or self._name(_SHOWN_AS.get(hint, hint))

    def _compound(self, hint: Any) -> str:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._type(arguments[0])
        if origin is Literal:
            return " | ".join(json.dumps(value) for value in arguments)
        if origin in (Union, UnionType):
            return " | ".join(dict.fromkeys(self._type(argument) for argument in arguments))
        if origin is list:
            inner = self._type(arguments[0])
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        if origin is dict:
            return f"Record<string, {self._type(arguments[1])}>"
        raise TypeError(f"No TypeScript is known for {hint}.")


def render() -> str:
    """Return the whole file."""
    declarations = Declarations()
    declarations.add_union("ServerEvent", _server_events())
    declarations.add_union("ClientEvent", list(get_args(ClientEvent)))
    merged = " | ".join(json.dumps(name) for name in sorted(MERGED))
    return f"{_HEAD.format(merged=merged)}\n{declarations}"


def _server_events() -> list[type]:
    modules = [import_module(found.name) for found in pkgutil.iter_modules(app.wire.__path__, "app.wire.")]
    return [
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and kind.__module__ == module.__name__ and "TYPE" in vars(kind)
    ]


def _without_none(hint: Any) -> Any:
    return reduce(lambda one, other: one | other, (part for part in get_args(hint) if part is not NoneType))


def main() -> None:
    """Write the file."""
    TARGET.write_text(render(), encoding="utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}.")  # noqa: T201 - a program for the command line


if __name__ == "__main__":
    main()
