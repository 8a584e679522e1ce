"""What the daemon says while it runs: readable lines on a terminal, one JSON object a line anywhere else, on standard error.

    structlog and logging ─time, level, traceback→ ─neutralize→ console or JSON

Log lines quote strangers (addresses, titles, error texts): what could act on a terminal or forge a line is shown, not obeyed.
"""

import logging
import os
import sys
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from aggregator import printable

_CHATTY = ("apscheduler", "uvicorn", "watchfiles")
"""Libraries that say at level `info` what only their authors want to know. watchfiles logs each change, also of a log."""


def configure(*, debug: bool = False, stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's records to `stream` (standard error), from `info` or `debug` upwards."""
    stream = stream or sys.stderr
    terminal = stream.isatty()
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        neutralize,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_colour, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer(terminal)],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.DEBUG if debug else logging.INFO, force=True)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET if debug and name != "watchfiles" else logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *before, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def renderer(terminal: bool) -> Processor:
    if not terminal:
        return structlog.processors.JSONRenderer(default=str)
    # format_exc_info made text of the traceback already: the pretty one would print values of variables, which are hostile too.
    return structlog.dev.ConsoleRenderer(colors=not os.environ.get("NO_COLOR"), exception_formatter=structlog.dev.plain_traceback)


def neutralize(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """structlog processor: every text in the record, keys included, on one line and harmless; a traceback keeps its lines."""
    return {
        printable.line(key): printable.lines(value) if key == "exception" and isinstance(value, str) else _harmless(value)
        for key, value in event.items()
    }


def _without_colour(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """uvicorn gives each record a second time, with escapes for a terminal."""
    event.pop("color_message", None)
    return event


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return printable.line(value)
    if isinstance(value, Mapping):
        return {printable.line(str(key)): _harmless(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_harmless(part) for part in value]
    if value is None or isinstance(value, bool | int | float) or type(value).__module__ == "logging":
        return value
    return printable.line(str(value))
