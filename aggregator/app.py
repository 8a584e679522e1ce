"""The composition root: Config → everything wired. What commands call.

App(config).once / poll      own the store, or let the daemon that owns it do the work
App(config).house            the store and the workers, open, for who stays: the daemon, which no other command loads (daemon.run)
App(config).status           without owning the store
App(config).backup           a copy of the store, whoever owns it; restore: own it, put a copy in its place
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.config.loading import Config
from aggregator.errors import AggregatorError, ConfigError, StoreBusy, StoreError
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.guard import Lookup, system_lookup
from aggregator.fetching import fetcher
from aggregator.pipeline.answers.difference import TopicDifference, compare, heads
from aggregator.pipeline.answers.status import status
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.health import Health
from aggregator.pipeline.membership import compile_rules
from aggregator.pipeline.polls.budget import Budget
from aggregator.pipeline.polls.lists import followed
from aggregator.pipeline.polls.places import ABREAST
from aggregator.pipeline.polls.poll import Poller
from aggregator.pipeline.publishing import inheritance
from aggregator.pipeline.publishing.grouping import Grouper
from aggregator.pipeline.publishing.publish import Publisher
from aggregator.pipeline.reconcile import reconcile
from aggregator.pipeline.report import RunReport, StatusReport, TakedownReport
from aggregator.pipeline.run import Progress
from aggregator.pipeline.workers import Workers
from aggregator.store import database, recovery, requests, subscriptions
from aggregator.store import topics as stored_topics
from aggregator.store.backup import Contents, copy
from aggregator.store.database import Ownership, Role
from aggregator.store.recovery import Restored
from aggregator.store.snapshots import Snapshots
from aggregator.store.store import Store

PATIENCE = 0.2
"""Seconds between two looks at whether the daemon has answered."""


def _now() -> datetime:
    return datetime.now(UTC)


class App:
    """The program under one configuration. `now` is the clock (aware, UTC), `lookup` the resolver of names."""

    def __init__(self, config: Config, *, now: Callable[[], datetime] = _now, lookup: Lookup = system_lookup) -> None:
        self.config = config
        self._now = now
        self._lookup = lookup

    async def once(self, force: bool = False, progress: Progress | None = None) -> RunReport:
        """Poll everything due, publish. Raises StoreError, PublishError."""
        try:
            async with self.house("command") as house:
                engine = await house.wire(self.config)
                report = await engine.once(force=force, progress=progress)
                return await self._welcome(house, engine, report, progress)
        except StoreBusy as busy:
            return await self._ask_daemon("once", {"force": force}, busy)

    async def poll(self, source_id: str, force: bool = False) -> RunReport:
        """Poll one source, publish what it changes. Raises ConfigError if there is no such source, StoreError, PublishError."""
        try:
            async with self.house("command") as house:
                engine = await house.wire(self.config)
                report = await engine.poll(source_id, force=force)
                return await self._welcome(house, engine, report, None)
        except StoreBusy as busy:
            return await self._ask_daemon("poll", {"source": source_id, "force": force}, busy)

    async def join_stories(self, one: int, other: int) -> RunReport:
        """Make one story of those of two items (by number), publish. Raises AggregatorError, StoreError, PublishError."""
        try:
            async with self.engine("command") as engine:
                return await engine.join_stories(one, other)
        except StoreBusy as busy:
            return await self._ask_daemon("story join", {"one": one, "other": other}, busy)

    async def split_story(self, item: int) -> RunReport:
        """Take an item (by number) out of its story, publish. Raises AggregatorError, StoreError, PublishError."""
        try:
            async with self.engine("command") as engine:
                return await engine.split_story(item)
        except StoreBusy as busy:
            return await self._ask_daemon("story split", {"item": item}, busy)

    async def _welcome(self, house: "House", engine: Engine, report: RunReport, progress: Progress | None) -> RunReport:
        """Let go of what subscription lists name no more, and poll what they name since this run."""
        if not await engine.relisted():
            return report
        after = await house.wire(self.config)
        newcomers = after.sources.keys() - engine.sources.keys()
        return report + await after.once(only=newcomers, progress=progress) if newcomers else report

    async def takedown(self, words: str, *, comment: str | None = None, undo: bool = False) -> TakedownReport:
        """Take an address or a source down, or lift that, and publish. Raises ConfigError, StoreError, PublishError."""
        try:
            async with self.engine("command") as engine:
                return await (engine.undo_takedown(words) if undo else engine.takedown(words, comment=comment))
        except StoreBusy as busy:
            answer = await self._answer("takedown", {"words": words, "comment": comment, "undo": undo}, busy)
            return TypeAdapter(TakedownReport).validate_python(answer)

    def status(self) -> StatusReport:
        """The state of everything, from the store. Raises StoreError."""
        return status(self.config.store.path, self.config.sources(), self.config.topics(), self._now())

    async def diff(self) -> tuple[TopicDifference, ...]:
        """What the next publication adds and removes under this configuration: it is carried out on a copy of the store.

        Raises ConfigError, StoreError, PublishError.
        """
        path = self.config.store.path
        if not path.exists():
            raise StoreError(f"there is no store at {path} yet, so that everything would be new: run `aggregator once` first")
        with TemporaryDirectory(prefix=f"{path.name}-diff-", dir=path.parent) as folder:
            trial = Path(folder) / path.name
            await asyncio.to_thread(copy, path, trial)
            with database.visit(trial) as db:
                before = heads(db)
            async with App(_elsewhere(self.config, trial), now=self._now, lookup=self._lookup).engine("command") as engine:
                await engine.publish()
                return compare(before, await engine.store.read(heads), self.config.topics())

    def backup(self, file: Path | None = None) -> Contents:
        """Copy the store to `file` (beside the store, if not given), while a daemon runs or not. Raises StoreError."""
        path = self.config.store.path
        target = (file or path.with_name(f"{path.stem}-{self._now():%Y-%m-%d}{path.suffix}")).absolute()
        return copy(path, recovery.writable(path, target))

    def restore(self, file: Path) -> Restored:
        """Put a copy in the store's place. Raises StoreBusy if a process owns the store, StoreError, StoreTooNew."""
        ownership = Ownership(self.config.store.path, "command")
        try:
            return recovery.restore(self.config.store.path, file.absolute())
        finally:
            ownership.release()

    @asynccontextmanager
    async def engine(self, role: Role) -> AsyncIterator[Engine]:
        """Own the store, bring it in line with the configuration, open everything else."""
        async with self.house(role) as house:
            yield await house.wire(self.config)

    @asynccontextmanager
    async def house(self, role: Role) -> AsyncIterator["House"]:
        """Own the store, and what is opened once for any number of configurations. Raises StoreBusy, StoreError."""
        async with Store(self.config.store.path, role) as store, Workers() as workers:
            house = House(store, workers, self._fetcher, self._now)
            try:
                yield house
            finally:
                await house.close()

    def _fetcher(self, config: Config) -> Fetcher:
        return fetcher(config, self._lookup)

    async def _ask_daemon(self, command: str, arguments: dict[str, object], busy: StoreBusy) -> RunReport:
        return TypeAdapter(RunReport).validate_python(await self._answer(command, arguments, busy))

    async def _answer(self, command: str, arguments: dict[str, object], busy: StoreBusy) -> object:
        """Leave a request for the daemon that owns the store, and wait for its answer. Any other owner: StoreBusy."""
        path = self.config.store.path
        if database.role(path) != "daemon":
            raise busy
        number = await asyncio.to_thread(_leave, path, command, arguments)
        while True:
            answer = await asyncio.to_thread(_answered, path, number)
            if answer is not None:
                if answer.error is not None:
                    raise AggregatorError(answer.error)
                return answer.value
            if database.owner(path) is None:
                await asyncio.to_thread(_withdraw, path, number)
                raise AggregatorError("the daemon ended before it answered: run the command again")
            await asyncio.sleep(PATIENCE)


class House:
    """What stays open from one configuration to the next: the store, the workers and, unless its settings change, the fetcher."""

    def __init__(self, store: Store, workers: Workers, fetcher: Callable[[Config], Fetcher], now: Callable[[], datetime]) -> None:
        self._store = store
        self._workers = workers
        self._make_fetcher = fetcher
        self._fetcher: Fetcher | None = None
        self._fetches: object = None
        self._now = now

    async def wire(self, config: Config) -> Engine:
        """Bring the store in line with a configuration, and make the engine that works by it.

        No poll may be under way. Raises ConfigError, StoreError; the store is as it was then.
        """
        generation, named = await self._store.read(lambda db: (subscriptions.generation(db), subscriptions.load_all(db)))
        sources = await asyncio.to_thread(lambda: {source.id: source for source in followed(config.sources(), named)})
        topics = config.topics()
        rules = compile_rules(topics, tuple(sources.values()))
        site, directory = config.site(), config.publish.directory
        known = await self._store.read(lambda db: {row.slug: row.removed for row in stored_topics.load_all(db)})
        published = [slug for slug, removed in known.items() if removed is None]
        if published and not topics and not config.sources():
            raise ConfigError([_emptied(config.file.name, published)])
        unknown = [topic.slug for topic in topics if known.keys().isdisjoint((topic.slug, *topic.was))]
        left = await asyncio.to_thread(inheritance.read, directory, unknown)

        def enter(db: Database) -> tuple[str, ...]:
            notices = reconcile(db, sources.values(), topics, rules, self._now())
            inheritance.keep(db, left)
            return notices

        notices = await self._store.write(enter)
        return Engine(
            store=self._store,
            health=Health(
                store=self._store,
                directory=directory,
                site=site,
                sources=sources,
                now=self._now,
                publish=config.publish.health,
            ),
            poller=Poller(
                store=self._store,
                fetcher=await self._fetcher_for(config),
                workers=self._workers,
                rules=rules,
                now=self._now,
                budget=Budget(sources.values(), config.fetch.budget),
                allow_private=config.fetch.allow_private,
                base_url=site.base_url,
            ),
            grouper=Grouper(store=self._store, topics=topics),
            publisher=Publisher(store=self._store, directory=directory, site=site, topics=topics, policies=rules.policies),
            sources=sources,
            lists=generation,
            abreast=max(ABREAST, 2 * (config.fetch.host_parallel or 1)),
            now=self._now,
            snapshots=Snapshots(self._store.path, config.store.snapshots),
            keep=config.store.keep,
            notices=notices,
        )

    async def close(self) -> None:
        if self._fetcher is not None:
            await self._fetcher.close()

    async def _fetcher_for(self, config: Config) -> Fetcher:
        """The one that is open, with its connections and its hosts' turns, as long as it is asked to fetch in the same way."""
        fetches = config.fetch, config.user_agent(), config.roots()
        if self._fetcher is None or fetches != self._fetches:
            await self.close()
            self._fetcher, self._fetches = self._make_fetcher(config), fetches
        return self._fetcher


def _elsewhere(config: Config, store: Path) -> Config:
    """The same configuration over another store, publishing beside that."""
    tables = config.tables
    moved = {
        "store": tables.store.model_copy(update={"path": store, "snapshots": 0}),
        "publish": tables.publish.model_copy(update={"directory": store.with_name("feeds")}),
    }
    return replace(config, tables=tables.model_copy(update=moved))


def _emptied(file: str, published: Sequence[str]) -> str:
    said = ", ".join(published[:3]) + (f" and {len(published) - 3} more" if published[3:] else "")
    return (
        f"{file}: names no source and no topic, and still published are {said}: "
        "if it was emptied by mistake, put its text back; their addresses would answer 410, at which readers unsubscribe"
    )


def _leave(path: Path, command: str, arguments: dict[str, object]) -> int:
    with database.visit(path) as db:
        return requests.ask(db, command, arguments, _now())


def _answered(path: Path, number: int) -> requests.Answer | None:
    with database.visit(path) as db:
        return requests.answered(db, number)


def _withdraw(path: Path, number: int) -> None:
    with database.visit(path) as db:
        requests.withdraw(db, number)
