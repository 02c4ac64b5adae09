"""`docs/protocol.md` names every event and every error code that there is, and no event that there is not."""

import re
from pathlib import Path

from app import errors
from app.wire import client_events, kaiwa_events, server_events

REPOSITORY = Path(__file__).parents[3]
APP = REPOSITORY / "backend" / "app"
PAGE = (REPOSITORY / "docs" / "protocol.md").read_text(encoding="utf-8")
FIRST_SCREEN = 48  # lines


def table() -> list[list[str]]:
    rows = PAGE.split("| about |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [row.strip("|").split("|") for row in rows]


def named(column: int) -> list[str]:
    return [name for row in table() for name in re.findall(r"`([a-z_.]+)`", row[column])]


def test_the_table_names_every_client_event_once() -> None:
    assert sorted(named(1)) == sorted(client_events.TYPES)


def test_the_table_names_every_server_event_once() -> None:
    types = {
        str(vars(kind)["TYPE"])
        for kind in (*vars(server_events).values(), *vars(kaiwa_events).values())
        if isinstance(kind, type) and "TYPE" in vars(kind)
    }
    assert sorted(named(2)) == sorted(types)


def test_the_table_and_the_arrows_are_on_the_first_screen() -> None:
    _, arrows, _ = PAGE.split("```", 2)
    assert PAGE[: PAGE.index(arrows) + len(arrows)].count("\n") < FIRST_SCREEN


def test_every_error_code_is_explained() -> None:
    explained = set(re.findall(r"`([a-z_]+)`", PAGE.split("## Errors", 1)[1].split("## Connecting", 1)[0]))
    sources = [path.read_text(encoding="utf-8") for part in ("wire", "session") for path in (APP / part).rglob("*.py")]
    written = {code for source in sources for code in re.findall(r'code="([a-z_]+)"', source)}
    of_the_tree = {kind.code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "code")}
    items = {f"item_{verb}_invalid_item_id" for verb in ("retrieve", "delete", "truncate")}
    assert written | of_the_tree | items <= explained
