"""The page's types are those of the messages; what has no type is refused, so that nothing becomes `any` unseen."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from app.cli import wire_types
from app.cli.wire_types import TARGET, Declarations, render
from app.wire import client_events, kaiwa_events, server_events
from app.wire.received import Received
from app.wire.sent import JsonObject, Message, Sent


@dataclass(frozen=True, slots=True)
class Told(Message):
    """Something is told."""

    TYPE: ClassVar[str] = "told"
    NULLS: ClassVar[frozenset[str]] = frozenset({"since"})
    since: str | None
    names: list[str | int]
    item: JsonObject
    until_ms: int | None = None


class Asked(Received):
    """Something is asked."""

    why: str | None = None
    how: dict[str, bool]


def declared(kind: type) -> str:
    declarations = Declarations()
    declarations.add_union("One", [kind])
    return str(declarations)


def test_the_page_has_the_types_of_these_messages() -> None:
    assert TARGET.read_text(encoding="utf-8") == render(), "run: make types"


def test_every_message_is_in_its_union() -> None:
    to_page, from_page = render().split("export type ServerEvent =")[1].split(";\n", 1)
    classes = [*vars(server_events).values(), *vars(kaiwa_events).values()]
    events = [kind for kind in classes if "TYPE" in getattr(kind, "__dict__", ())]
    assert {f"| {kind.__name__}" for kind in events} <= set(to_page.split("\n  "))
    assert from_page.split("export type ClientEvent =")[1].count("\n  | ") == len(client_events.TYPES)


def test_what_is_sent_may_lack_what_is_none_unless_null_says_something() -> None:
    assert (
        '/** Something is told. */\nexport interface Told {\n  type: "told";\n  event_id: string;\n'
        "  since: string | null;\n  names: (string | number)[];\n  item: Item;\n  until_ms?: number;\n}\n"
    ) in declared(Told)


def test_what_is_received_may_lack_what_has_a_default() -> None:
    assert "  why?: string | null;\n  how: Record<string, boolean>;\n" in declared(Asked)


def test_an_object_that_nobody_described_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Vague(Sent):
        anything: JsonObject

    with pytest.raises(TypeError, match=r"Vague\.anything is any object"):
        declared(Vague)


def test_a_type_that_has_no_counterpart_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Odd(Sent):
        several: set[int]

    with pytest.raises(TypeError, match="No TypeScript"):
        declared(Odd)


def test_two_classes_of_one_name_are_refused() -> None:
    first = type("Asked", (Received,), {"__annotations__": {}})
    declarations = Declarations()
    with pytest.raises(TypeError, match="two classes named Asked"):
        declarations.add_union("Both", [Asked, first])


def test_the_program_writes_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(wire_types, "TARGET", tmp_path / "types.gen.ts")
    monkeypatch.setattr(wire_types, "ROOT", tmp_path)
    wire_types.main()
    assert (tmp_path / "types.gen.ts").read_text(encoding="utf-8") == render()
    assert capsys.readouterr().out == "Wrote types.gen.ts.\n"
