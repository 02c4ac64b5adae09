"""`python -m app.cli.bench overhead|voice [--json FILE]`: measure, print a table, write JSON."""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from app.cli.bench import overhead, report, voice, voice_report
from app.cli.bench.figures import describe_machine
from app.cli.bench.programs import BenchError
from app.errors import SettingsError
from app.settings import load


def main() -> int:
    """Measure; the status is 1 if that cannot be done or the figures mean nothing."""
    options = _read_options()
    machine = describe_machine()
    try:
        figures, is_void = _overhead(options) if options.bench == "overhead" else _voice(options)
    except (BenchError, SettingsError, OSError, ValueError) as error:
        print(f"This cannot be measured: {error}", file=sys.stderr)  # noqa: T201 - this is the program's output
        return 1
    if options.json:
        machine["load_after"] = [round(load, 2) for load in os.getloadavg()]
        head = {
            "bench": options.bench,
            "command": shlex.join(["python", "-m", "app.cli.bench", *sys.argv[1:]]),
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine,
        }
        options.json.write_text(json.dumps(head | figures, indent=2) + "\n", encoding="utf-8")
    return 1 if is_void else 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.cli.bench", description=__doc__)
    kinds = parser.add_subparsers(dest="bench", required=True)
    kind = kinds.add_parser("overhead", help="what we add, with mock servers behind us: about six minutes")
    kind.add_argument(
        "--quick", action="store_true", help="few turns and four sessions: half a minute, to see that it works"
    )
    kind.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    kind = kinds.add_parser("voice", help="twenty spoken turns with the real models: about four minutes")
    kind.add_argument("--url", help="a running assistant, such as http://localhost:8000; otherwise one is started")
    kind.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser.parse_args()


def _overhead(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    result = uvloop.run(overhead.measure(overhead.QUICK if options.quick else overhead.FULL, _tell))
    _print(report.table(result))
    return result.as_json() | {"bars": report.bars(result)}, result.is_void


def _voice(options: argparse.Namespace) -> tuple[dict[str, Any], bool]:
    result = uvloop.run(voice.measure(options.url, load(), _tell))
    _print(voice_report.table(result))
    return voice_report.as_json(result), False


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress, apart from the table


def _print(lines: Iterable[str]) -> None:
    for line in ("", *lines):
        print(line)  # noqa: T201 - this is the program's output


if __name__ == "__main__":
    sys.exit(main())
