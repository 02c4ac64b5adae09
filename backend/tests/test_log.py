"""Lines of the log: their shape, what is bound to them, and what must never be in them."""

import io
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from app.log import bind, bound, clear, configure, logger
from app.settings import load

KEY = "a-key-made-up-for-this-test"


class Lines(io.StringIO):
    """A stream that gives back its lines as objects."""

    def read_all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Undo what `configure` does to the process."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    access_off = logging.getLogger("uvicorn.access").disabled
    with warnings.catch_warnings():
        yield
    logging.captureWarnings(capture=False)
    root.setLevel(level)
    root.handlers[:] = handlers
    logging.getLogger("uvicorn.access").disabled = access_off
    clear()
    structlog.reset_defaults()


@pytest.fixture
def lines() -> Lines:
    stream = Lines()
    configure("backend", "INFO", stream=stream)
    return stream


def test_a_line_has_time_level_service_event_and_its_fields(lines: Lines) -> None:
    before = datetime.now(UTC)
    logger().info("turn.done", final_ms=840)

    (line,) = lines.read_all()
    assert before <= datetime.fromisoformat(line.pop("time")) <= datetime.now(UTC)
    assert line == {"level": "info", "service": "backend", "event": "turn.done", "final_ms": 840}


def test_what_is_bound_is_on_every_line_until_it_is_unbound(lines: Lines) -> None:
    bind(request_id="r1")
    with bound(session_id="s1", turn=3):
        logger().info("turn.done")
        logging.getLogger("some.library").warning("slow")
    logger().info("session.ended")

    first, second, third = lines.read_all()
    assert (first["request_id"], first["session_id"], first["turn"]) == ("r1", "s1", 3)
    assert (second["request_id"], second["session_id"], second["turn"]) == ("r1", "s1", 3)
    assert "turn" not in third


def test_lines_below_the_level_are_not_written(lines: Lines) -> None:
    logger().debug("frame.heard")

    assert lines.getvalue() == ""


def test_an_exception_is_one_line(lines: Lines) -> None:
    try:
        int("odd")
    except ValueError:
        logger().exception("request.failed")

    (line,) = lines.read_all()
    assert line["level"] == "error"
    assert line["exception"].endswith("invalid literal for int() with base 10: 'odd'")


def test_the_servers_own_lines_are_routed_and_its_access_lines_are_not(lines: Lines) -> None:
    logging.getLogger("uvicorn.error").error("Invalid HTTP request received.")
    logging.getLogger("uvicorn.access").critical("GET /?key=%s", KEY)

    (line,) = lines.read_all()
    assert (line["level"], line["logger"], line["event"]) == (
        "error",
        "uvicorn.error",
        "Invalid HTTP request received.",
    )


def test_python_warnings_are_routed(lines: Lines) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old habit", UserWarning, stacklevel=1)

    (line,) = lines.read_all()
    assert (line["level"], line["logger"]) == ("warning", "py.warnings")
    assert "old habit" in line["event"]


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_keys_never_appear(level: str) -> None:
    stream = Lines()
    configure("backend", level, stream=stream)
    settings = load(api_key=KEY, admin_key=KEY)

    logger().info("settings.read", settings=settings, secret=KEY, nested={"key": settings.api_key})
    logger().debug("request.came", authorization=f"Bearer {KEY}", cookie=KEY, value=SecretStr(KEY))
    logging.getLogger("some.library").warning("refused %s", settings.admin_key, extra={"api_key": KEY})

    assert len(stream.read_all()) == (3 if level == "DEBUG" else 2)
    assert KEY not in stream.getvalue()


def test_what_people_say_is_written_at_debug_only() -> None:
    stream = Lines()
    configure("backend", "DEBUG", stream=stream)
    logger().info("transcript.final", text="私の秘密")
    logger().debug("transcript.final", text="私の秘密")

    above, debug = stream.read_all()
    assert above["text"] == "<4 characters>"
    assert debug["text"] == "私の秘密"


def test_a_terminal_gets_readable_lines() -> None:
    stream = Terminal()
    configure("backend", "INFO", stream=stream)
    logger().info("turn.done", final_ms=840)

    assert "turn.done" in stream.getvalue()
    assert not stream.getvalue().startswith("{")
