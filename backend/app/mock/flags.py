"""Command line of `python -m app.mock`: every field of every behaviour is a flag, `--llm-first-token-ms 120`."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.mock.behaviour import Behaviour, Behaviours, EmbeddingBehaviour, LlmBehaviour, SttBehaviour, TtsBehaviour
from app.mock.servers import NAMES

PORTS = {"llm": 8080, "stt": 6006, "tts": 7007, "embedding": 9000}
# A program takes the time of a fast machine; in tests the same servers answer at once.
FAST_MACHINE = Behaviours(
    llm=LlmBehaviour(first_token_ms=120, per_token_ms=20),
    stt=SttBehaviour(delay_ms=80),
    tts=TtsBehaviour(first_chunk_ms=90, rate=8),
    embedding=EmbeddingBehaviour(delay_ms=5),
)


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line asks for."""

    host: str
    port: int | None
    ports: dict[str, int]
    names: tuple[str, ...]
    behaviours: Behaviours


def read_flags(arguments: Sequence[str] | None = None) -> Flags:
    """Read the command line; on a wrong value, say which and exit with 2."""
    parser = argparse.ArgumentParser("python -m app.mock", description="Mock model servers for all four protocols.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, help="one port for all of them instead of four (0: any free one)")
    parser.add_argument("--only", default=",".join(NAMES), help="which to start, by comma")
    for name in NAMES:
        parser.add_argument(
            f"--{name}-port", type=int, default=PORTS[name], help="default %(default)s; 0: any free one"
        )
        _add_behaviour_flags(parser, name, getattr(FAST_MACHINE, name))
    parsed = vars(parser.parse_args(arguments))
    names = tuple(parsed["only"].split(","))
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        parser.error(f"--only: there is no {unknown[0]!r}; there are {', '.join(NAMES)}")
    behaviours = {name: _read_behaviour(parser, name, parsed) for name in NAMES}
    ports = {name: parsed[f"{name}_port"] for name in NAMES}
    return Flags(parsed["host"], parsed["port"], ports, names, Behaviours.model_validate(behaviours))


def _add_behaviour_flags(parser: argparse.ArgumentParser, name: str, first: Behaviour) -> None:
    for field, info in type(first).model_fields.items():
        default = getattr(first, field)
        text = f"{info.description or ''} (default {default})".replace("%", "%%").strip()
        flag = f"--{name}-{field.replace('_', '-')}"
        if info.annotation is bool:
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, help=text)
        else:
            parser.add_argument(flag, help=text, metavar="KIND|JSON" if field == "fault" else None)


def _read_behaviour(parser: argparse.ArgumentParser, name: str, parsed: dict[str, Any]) -> Behaviour:
    first: Behaviour = getattr(FAST_MACHINE, name)
    given = {field: parsed[f"{name}_{field}"] for field in type(first).model_fields}
    try:
        changes = {field: _read_value(field, value) for field, value in given.items() if value is not None}
        return type(first).model_validate({**first.model_dump(), **changes})
    except ValidationError as error:
        problem = error.errors()[0]
        flag, *inside = (str(place).replace("_", "-") for place in problem["loc"])
        parser.error(": ".join([f"--{name}-{flag}", *inside, problem["msg"]]))
    except json.JSONDecodeError as error:
        parser.error(f"--{name}-fault: this is not JSON: {error}")


def _read_value(field: str, value: Any) -> Any:
    if value == "null":
        return None
    if field == "voices":
        return tuple(value.split(","))
    if field == "fault":
        return json.loads(value) if value.startswith("{") else {"kind": value}
    return value
