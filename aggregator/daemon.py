"""The daemon: polls what is due, publishes what changed, serves it, and does what commands ask, until it is told to stop.

start   publish from the store (no network needed) → serve → schedule, watch
tick    due sources → polls under way (bounded) ─changed→ dirty ─a second later→ publish → shelf
        requests that commands left → answers
stop    no new polls; those under way may end within DRAIN seconds, the others are cut off and polled again later
"""

import asyncio
import contextlib
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from pydantic import TypeAdapter

from aggregator.errors import AggregatorError
from aggregator.model import Json, Source
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import RunReport, SourceReport, TopicReport
from aggregator.pipeline.run import CONCURRENT, select
from aggregator.schedule import Schedule, watch
from aggregator.serve.app import create
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf
from aggregator.store import requests, sources, topics
from aggregator.store.requests import Asked

TICK = 1.0
"""Seconds between two looks at what is due: far below the shortest interval."""
GATHER = 1.0
"""Seconds in which changes are gathered before they are published: sources that are due together change one feed once."""
AGING = 60.0
"""Seconds between two publishes without news: entries leave by age, files that somebody deleted come back."""
DRAIN = 6.0
"""Seconds that polls under way get at a stop; the server's own grace of 4 s comes on top, and the limit is 10."""

_log = structlog.get_logger(__name__)
_report = TypeAdapter(RunReport)


class Daemon:
    """One run of the daemon over an open engine."""

    def __init__(self, engine: Engine, host: str, port: int) -> None:
        self._engine = engine
        self._host = host
        self._port = port
        self._shelf = Shelf(engine.publisher.directory)
        self._server = Server()
        self._polls: set[asyncio.Task[None]] = set()
        self._answering: set[int] = set()
        self._dirty = asyncio.Event()
        self._stop = asyncio.Event()
        self._told: set[str] = set()

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then end cleanly. Raises AggregatorError if the start fails."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        schedule = Schedule(self._tick, seconds=TICK)
        background: list[asyncio.Task[None]] = []
        self._tell_warnings()
        try:
            await self._publish()
            base_url = self._engine.publisher.site.base_url
            app = create(self._shelf, base_path=urlsplit(base_url).path, health=self._health)
            await self._server.start(app, self._host, self._port)
            _log.info("serving", address=f"http://{self._host}:{self._server.port}/", base_url=base_url)
            schedule.start()
            background = [
                asyncio.create_task(self._publish_changes(), name="publish"),
                asyncio.create_task(watch(self._watched(), self._changed), name="watch"),
            ]
            await self._stop.wait()
            _log.info("stopping", polls=len(self._polls))
        finally:
            await self._end(schedule, background)

    async def _end(self, schedule: Schedule, background: Sequence[asyncio.Task[None]]) -> None:
        await schedule.stop(grace=DRAIN)
        if self._polls:
            await asyncio.wait(self._polls, timeout=DRAIN)
        for task in [*background, *self._polls]:
            task.cancel()
        await asyncio.gather(*background, *self._polls, return_exceptions=True)
        if self._dirty.is_set():
            with contextlib.suppress(AggregatorError, TimeoutError):  # the next start publishes what is missing
                async with asyncio.timeout(2.0):
                    await self._publish()
        await self._server.stop()
        _log.info("stopped")

    async def _tick(self) -> None:
        try:
            await self._answer_requests()
            await self._poll_due()
        except AggregatorError as error:
            _log.error("tick failed", error=str(error))

    async def _poll_due(self) -> None:
        room = CONCURRENT - len(self._engine.flying)
        if room <= 0:
            return
        now = self._engine.now()
        store = self._engine.store
        ids = await store.read(lambda db: sources.due(db, now, CONCURRENT))
        wanted = [self._engine.sources[id] for id in ids if id not in self._engine.flying]
        rows = await store.read(lambda db: {row.id: row for row in (sources.load(db, s.id) for s in wanted[:room]) if row})
        resting = await store.read(lambda db: sources.resting(db, now))
        for source in select(wanted[:room], rows, resting, now)[0]:
            self._start(source)

    def _start(self, source: Source) -> None:
        task = asyncio.create_task(self._poll(source))
        self._polls.add(task)
        task.add_done_callback(self._polls.discard)

    async def _poll(self, source: Source) -> None:
        try:
            report = await self._engine.fly(source)
        except AggregatorError as error:
            _log.error("poll not stored", source=source.id, error=str(error))
            return
        _tell_source(report)
        if report.new or report.updated or report.result == "ok" or self._engine.health.pending:
            self._dirty.set()

    async def _publish_changes(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(AGING):  # not wait_for: in Python 3.11 that one can swallow a cancellation
                    await self._dirty.wait()
                await asyncio.sleep(GATHER)
            self._dirty.clear()
            try:
                await self._engine.forget()
                await self._publish()
                await self._engine.snapshot()
                self._tell_warnings()
            except AggregatorError as error:
                _log.error("publish failed", error=str(error))
                self._dirty.set()
                await asyncio.sleep(AGING)

    def _tell_warnings(self) -> None:
        for warning in self._engine.warnings:
            if warning not in self._told:
                self._told.add(warning)
                _log.error("the store", warning=warning)

    async def _publish(self) -> None:
        for report in await self._engine.publish():
            _tell_topic(report)
        store = self._engine.store
        self._shelf.gone = await store.read(topics.gone)
        self._shelf.moved = await store.read(topics.aliases)
        await asyncio.to_thread(self._shelf.load)

    async def _answer_requests(self) -> None:
        for asked in await self._engine.store.read(requests.pending):
            if asked.pk not in self._answering:
                self._answering.add(asked.pk)
                task = asyncio.create_task(self._answer(asked))
                self._polls.add(task)
                task.add_done_callback(self._polls.discard)

    async def _answer(self, asked: Asked) -> None:
        value: object = None
        failure: str | None = None
        try:
            value = _report.dump_python(await self._carry_out(asked), mode="json")
            await asyncio.to_thread(self._shelf.load)
        except AggregatorError as error:
            failure = str(error)
        now = self._engine.now()
        await self._engine.store.write(lambda db: requests.answer(db, asked.pk, now, value=value, error=failure))
        self._answering.discard(asked.pk)

    async def _carry_out(self, asked: Asked) -> RunReport:
        force = bool(asked.arguments.get("force"))
        if asked.command == "once":
            return await self._engine.once(force=force)
        if asked.command == "poll":
            return await self._engine.poll(str(asked.arguments.get("source")), force=force)
        raise AggregatorError(f"this daemon does not know the command {asked.command!r}: is it older than the command?")

    def _watched(self) -> list[Path]:
        return [Path(source.path) for source in self._engine.sources.values() if source.path and source.enabled]

    async def _changed(self, paths: set[Path]) -> None:
        for source in self._engine.sources.values():
            if source.path and source.enabled and any(path.is_relative_to(source.path) for path in paths):
                self._start(source)

    def _health(self) -> Mapping[str, Json]:
        return {"status": "ok"}


def _tell_source(report: SourceReport) -> None:
    if report.result == "failed":
        _log.warning("source failed", source=report.id, reason=report.reason, error=report.error, next=_iso(report))
    else:
        _log.info(
            "source polled", source=report.id, result=report.result, new=report.new, updated=report.updated, next=_iso(report)
        )
    for sentence in report.dropped:
        _log.warning("left out", source=report.id, why=sentence)


def _tell_topic(report: TopicReport) -> None:
    if report.error:
        _log.error("topic not written", topic=report.slug, error=report.error)
    elif report.files:
        _log.info("topic published", topic=report.slug, entries=report.entries, added=report.added, revised=report.revised)
    for sentence in report.quarantined:
        _log.warning("entry not rendered", topic=report.slug, why=sentence)


def _iso(report: SourceReport) -> str | None:
    return report.due.isoformat(timespec="seconds") if report.due else None
