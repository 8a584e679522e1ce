"""The work under way: polls, and what commands asked for; each is a task, and all of them can be ended."""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine

import structlog

from aggregator.errors import AggregatorError
from aggregator.model import Source
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import SourceReport

UNSTORED = 15.0
"""Seconds until a poll that could not be stored (a full disk, a lock) is tried again: each second would fill the log, too."""

_log = structlog.get_logger(__name__)


class Polls:
    """`polled` hears of each poll that was stored."""

    def __init__(self, polled: Callable[[SourceReport], None]) -> None:
        self._polled = polled
        self._tasks: set[asyncio.Task[None]] = set()
        self._unstored: dict[str, float] = {}
        """Source → time of the monotonic clock before which it is left alone."""

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def start(self, engine: Engine, source: Source) -> None:
        """Poll a source, unless its last poll could not be stored a moment ago."""
        if self._unstored.get(source.id, 0.0) <= time.monotonic():
            self.begin(self._poll(engine, source))

    def local_unstored(self, engine: Engine) -> list[Source]:
        """Folders whose news could not be stored: they are read when they change, and did. Others wait until they are due."""
        return [source for id, source in engine.sources.items() if id in self._unstored and source.path and source.enabled]

    async def end(self, seconds: float) -> None:
        """Let all that is under way end within so many seconds, then cut it off."""
        await end_tasks(self._tasks, seconds)

    async def _poll(self, engine: Engine, source: Source) -> None:
        try:
            report = await engine.fly(source)
        except AggregatorError as error:
            _log.error("poll not stored", source=source.id, error=str(error))
            self._unstored[source.id] = time.monotonic() + UNSTORED
            return
        except Exception:
            _log.exception("a fault in the program", source=source.id)
            return
        self._unstored.pop(source.id, None)
        self._polled(report)


async def end_tasks(tasks: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Let them end within so many seconds, then cut them off."""
    left = list(tasks)
    if left and seconds:
        await asyncio.wait(left, timeout=seconds)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
