"""JSON lines on stderr, or readable ones on a terminal: one event per line, its name a dotted fact.

    log = logger()
    with bound(session_id="s1", turn=3):
        log.info("turn.done", final_ms=840)

Every line has `time` (UTC), `level`, `service`, `event` and whatever is bound. Keys are never written;
what people say and documents (`PRIVATE` fields) are written at DEBUG only, elsewhere as their length.
"""

import logging
import sys
from functools import partial
from json import dumps
from typing import TextIO

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

SECRET = frozenset({"admin_key", "api_key", "authorization", "client_secret", "cookie", "key", "password", "secret"})
PRIVATE = frozenset(
    {"answer", "arguments", "content", "document", "passage", "prompt", "question", "text", "transcript"}
)

bind = bind_contextvars
bound = bound_contextvars
clear = clear_contextvars


def logger() -> FilteringBoundLogger:
    """Return a logger; cheap, and may be called before `configure`."""
    log: FilteringBoundLogger = structlog.get_logger()
    return log


def configure(service: str, level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """Send every line of this process, the libraries' included, to `stream` (stderr).

    Call it once, in the program's entry point, before anything else is started.

    Args:
        service: the name of the program, such as `backend` or `stt`.
        level: the least important level that is written, such as `INFO`.
        stream: where to; readable lines if it is a terminal, else JSON.
    """
    stream = stream or sys.stderr
    number = logging.getLevelNamesMapping()[level]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        partial(_name_service, service=service),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        hide,
    ]
    renderers = _renderers(terminal=stream.isatty())
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    _route_libraries(shared, renderers, number, stream)


def hide(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    """Cover secrets at every level and private words above DEBUG (a structlog processor)."""
    names = event.keys()
    for name in names & SECRET:
        event[name] = "***"
    if level != "debug":
        for name in names & PRIVATE:
            event[name] = f"<{len(str(event[name]))} characters>"
    return event


def _name_service(_: WrappedLogger, __: str, event: EventDict, *, service: str) -> EventDict:
    return {**event, "service": service}


def _renderers(*, terminal: bool) -> list[Processor]:
    if terminal:
        plain = structlog.dev.plain_traceback
        return [structlog.dev.ConsoleRenderer(timestamp_key="time", exception_formatter=plain)]
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=partial(dumps, ensure_ascii=False)),
    ]


def _route_libraries(shared: list[Processor], renderers: list[Processor], level: int, stream: TextIO) -> None:
    """Give the standard library's loggers the same lines; a library's own chatter begins at WARNING."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    for name in ("uvicorn", "uvicorn.error"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = True
    # It writes whole addresses, and a sign-in link holds a key; requests are logged with their id instead.
    logging.getLogger("uvicorn.access").disabled = True
