"""The daemon: polls what is due, publishes what changed, serves it, and does what commands ask, until it is told to stop.

start   publish from the store (no network needed) → serve → schedule, watch
tick    due sources → polls under way (bounded) ─changed→ dirty ─a second later→ publish → shelf
        requests that commands left → answers
reload  load, check (reload.py) → polls under way end → engine anew over the same store → publish → serve, watch anew
stop    no new polls; those under way may end within DRAIN seconds, the others are cut off and polled again later
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import structlog
from starlette.types import ASGIApp

from aggregator.config.loading import Config
from aggregator.daemon import pages
from aggregator.daemon.polls import Polls, end_tasks
from aggregator.daemon.reload import Reload
from aggregator.daemon.requests import Requests
from aggregator.daemon.told import tell_difference, tell_run, tell_source, tell_topic
from aggregator.daemon.vitals import Vitals
from aggregator.errors import AggregatorError, StoreError
from aggregator.health import findings
from aggregator.pipeline.answers.difference import compare, heads
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import RunReport, SourceReport
from aggregator.schedule import Schedule, watch
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf
from aggregator.store import sources, topics
from aggregator.systemd import Notifier

TICK = 1.0
"""Seconds between two looks at what is due: far below the shortest interval."""
GATHER = 1.0
"""Seconds in which changes are gathered before they are published: sources that are due together change one feed once."""
AGING = 60.0
"""Seconds between two publishes without news: entries leave by age, files that somebody deleted come back."""
DRAIN = 4.0
"""Seconds that polls under way get at a stop, while the server's answers get theirs; ten is the limit for everything."""
JUMP = 60.0
"""Seconds by which the clock may be set without anybody noticing: far above what time servers correct at once."""
RESCUE = 600
"""Seconds that a stop may take where what was open is to be set aside: minutes for a store of many GB."""
PAUSE = 10.0
"""Seconds that polls under way get at a reload; those that take longer are cut off and polled again later."""

Wire = Callable[[Config], Awaitable[Engine]]
"""An engine for a configuration, over the store that is open. Raises AggregatorError and leaves everything as it was."""

_log = structlog.get_logger(__name__)


class Daemon:
    """One run of the daemon over an open engine. `wire` makes another one where the configuration changes."""

    def __init__(self, config: Config, engine: Engine, wire: Wire) -> None:
        self._engine = engine
        self._wire = wire
        self._host = config.serve.host
        self._port = config.serve.port
        self._shelf = Shelf(engine.publisher.directory)
        self._server = Server()
        self._reload = Reload(config, take=self._take, refuse=self._refuse, accept=self._accept, relisted=self._relisted)
        self._systemd = Notifier()
        self._vitals = Vitals()
        self._polls = Polls(self._polled)
        self._requests = Requests()
        self._dirty = asyncio.Event()
        self._stop = asyncio.Event()
        self._folders: asyncio.Task[None] | None = None
        self._paused = False
        self._looking = asyncio.Lock()
        """Held by a tick until what it found is begun with."""
        self._publishing = asyncio.Lock()
        self._told: set[str] = set()
        self._ahead = engine.now().timestamp() - time.monotonic()
        """Seconds by which the clock on the wall is ahead of the one that nobody sets."""

    async def run(self) -> None:
        """Run until SIGTERM or SIGINT, then end cleanly; reload at SIGHUP.

        Raises AggregatorError if the start fails, and StoreError where the store is found damaged: the next start mends it.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload.want)
        schedule = Schedule(self._tick, seconds=TICK)
        background: list[asyncio.Task[None]] = []
        self._tell_warnings()
        try:
            await self._publish_first()
            await self._server.start(self._site(self._reload.config), self._host, self._port)
            base_url = self._engine.publisher.site.base_url
            _log.info("serving", address=f"http://{self._host}:{self._server.port}/", base_url=base_url)
            schedule.start()
            await self._watch_folders()
            config = self._reload.config
            background = [
                asyncio.create_task(self._publish_changes(), name="publish"),
                asyncio.create_task(self._reload.run(), name="reload"),
                asyncio.create_task(watch([config.file], self._edited, since={config.file: config.stamp}), name="watch config"),
            ]
            self._systemd.ready()
            await self._stop.wait()
            self._systemd.stopping(seconds=None if self._engine.store.damage is None else RESCUE)
            _log.info("stopping", polls=len(self._polls))
        finally:
            await self._end(schedule, background)
        if self._engine.store.damage is not None:
            raise StoreError(self._engine.store.damage)

    async def _end(self, schedule: Schedule, background: list[asyncio.Task[None]]) -> None:
        """Within ten seconds in all: 2 for a tick under way, 4 for polls and for answers under way, 1 for a last publish."""
        await schedule.stop(grace=2.0)
        if self._folders is not None:
            background.append(self._folders)
        await asyncio.gather(self._server.stop(), self._polls.end(DRAIN))
        await end_tasks(background, 0)
        if self._dirty.is_set():
            with contextlib.suppress(AggregatorError, TimeoutError):  # the next start publishes what is missing
                async with asyncio.timeout(1.0):
                    await self._publish()
        _log.info("stopped")

    # ── configuration ───────────────────────────────────────────────────────────────────────────────────────────

    async def _edited(self, _: set[Path]) -> None:
        self._reload.want()

    async def _take(self, config: Config) -> None:
        """Put another configuration in force. Nobody polls or publishes meanwhile: each item is judged by one set of rules."""
        self._systemd.reloading()
        self._paused = True
        try:
            async with self._looking:  # a tick that has begun still polls by the rules of before
                await self._polls.end(PAUSE)
            async with self._publishing:
                before = await self._engine.store.read(heads)
                self._engine = await self._wire(config)
                if self._shelf.directory != self._engine.publisher.directory:
                    self._shelf = Shelf(self._engine.publisher.directory)
            self._dirty.set()
            try:
                await self._publish()
                self._dirty.clear()
                tell_difference(compare(before, await self._engine.store.read(heads), self._engine.publisher.topics))
            except AggregatorError as error:  # it is in force all the same, and publishing is tried again
                _log.error("publish failed", error=str(error))
            self._server.swap(self._site(config))
            await self._watch_folders()
        finally:
            self._paused = False
            self._systemd.ready()

    async def _refuse(self, problems: Sequence[str]) -> None:
        """Show what keeps the file on disk from being in force."""
        file = self._reload.config.file.name
        said = f"{file} cannot be used as it is now; the daemon goes on with what it read before. {' '.join(problems)}"
        advice = f"Correct {file} (`aggregator check` shows every mistake): it is read again as soon as it changes."
        if await self._engine.health.opened(findings.opened("config", file, said, advice)):
            self._dirty.set()

    async def _accept(self) -> None:
        if await self._engine.health.over("config", self._reload.config.file.name):
            self._dirty.set()

    async def _relisted(self) -> bool:
        return await self._engine.relisted()

    def _site(self, config: Config) -> ASGIApp:
        return pages.site(config, self._engine, self._shelf, self._vitals)

    # ── polls ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _tick(self) -> None:
        try:
            if not self._paused:
                async with self._looking:
                    await self._look()
        except AggregatorError as error:
            _log.error("tick failed", error=str(error))
        if self._engine.store.damage is not None:
            _log.error("the store cannot be used any more", error=self._engine.store.damage)
            self._stop.set()
        self._vitals.ticked()
        self._systemd.alive()

    async def _look(self) -> None:
        """Begin with what commands asked for, and with what is due."""
        for asked in await self._requests.waiting(self._engine):
            self._polls.begin(self._requests.answer(self._engine, asked, self._done))
        await self._notice_the_clock()
        for source in [*await self._engine.due(), *self._polls.local_unstored(self._engine)]:
            self._polls.start(self._engine, source)

    async def _notice_the_clock(self) -> None:
        """Put the schedule right where the clock was set, or where the machine slept."""
        ahead = self._engine.now().timestamp() - time.monotonic()
        if abs(ahead - self._ahead) > JUMP:
            moved = await self._engine.settle(gently=True)
            _log.warning("the clock jumped", seconds=round(ahead - self._ahead), rescheduled=moved)
            self._ahead = ahead

    def _polled(self, report: SourceReport) -> None:
        tell_source(report)
        self._vitals.metrics.polled(report)
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
                if await self._engine.relisted():
                    self._reload.want()
                await self._engine.forget()
                await self._publish()
                await self._engine.snapshot()
                self._tell_warnings()
            except AggregatorError as error:
                _log.error("publish failed", error=str(error))
            except Exception:
                _log.exception("a fault in the program")
            else:
                continue
            self._dirty.set()
            await asyncio.sleep(AGING)

    def _tell_warnings(self) -> None:
        for warning in self._engine.warnings:
            if warning not in self._told:
                self._told.add(warning)
                _log.error("the store", warning=warning)

    async def _publish_first(self) -> None:
        """Publish before anything is served. Where that fails (a full disk, say), what was published is served all the same, and
        publishing is tried again. Raises AggregatorError where nothing was published yet."""
        try:
            await self._engine.settle(gently=True)
            await self._publish()
            await self._accept()
        except AggregatorError as error:
            if self._engine.store.damage is not None:
                raise
            await self._show()
            if not self._shelf.resources:
                raise
            _log.error("publish failed", error=str(error))
            self._dirty.set()

    async def _publish(self) -> None:
        async with self._publishing:
            started = time.monotonic()
            for report in await self._engine.publish():
                tell_topic(report)
            await self._show()
            self._vitals.published(time.monotonic() - started)

    async def _show(self) -> None:
        """Serve what lies in feeds/ now."""
        store = self._engine.store
        self._shelf.gone = await store.read(topics.gone)
        self._shelf.moved = await store.read(topics.aliases)
        self._shelf.ages = await store.read(topics.ages)
        await asyncio.to_thread(self._shelf.load)

    # ── commands ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _done(self, report: RunReport) -> None:
        """A command's run ended: whoever asked finds it served."""
        tell_run(report)
        for source in report.sources:
            self._vitals.metrics.polled(source)
        self._dirty.set()
        await self._show()

    # ── folders ─────────────────────────────────────────────────────────────────────────────────────────

    async def _watch_folders(self) -> None:
        """Watch what the sources in force read from disk, and read it all once: nobody watched until now."""
        if self._folders is not None:
            self._folders.cancel()
        local = {id: source.path for id, source in self._engine.sources.items() if source.path and source.enabled}
        self._folders = asyncio.create_task(watch(map(Path, local.values()), self._changed), name="watch folders")
        now = self._engine.now()
        try:
            await self._engine.store.write(lambda db: sources.awake(db, local, now))
        except AggregatorError as error:  # they are read when they are due, or change
            _log.error("folders not read at once", error=str(error))

    async def _changed(self, paths: set[Path]) -> None:
        for source in self._engine.sources.values():
            if source.path and source.enabled and any(path.is_relative_to(source.path) for path in paths) and not self._paused:
                self._polls.start(self._engine, source)
