"""The wired steps: everything a run needs, open. Made by the composition root, driven by commands and by the daemon.

once → select, poll all, forget what is past its time, publish, snapshot      poll → one source, publish, snapshot
settle → the schedule put right after a pause      due → who is polled now      fly → a poll (these three are the daemon's tick)
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from sqlite_utils import Database

from aggregator.errors import AggregatorError, ConfigError, PublishError, StoreError
from aggregator.model import Source
from aggregator.pipeline.health import Health
from aggregator.pipeline.polls.places import ABREAST, Slots, lane
from aggregator.pipeline.polls.poll import Poller
from aggregator.pipeline.publishing.grouping import Grouper
from aggregator.pipeline.publishing.publish import Publisher
from aggregator.pipeline.report import RunReport, SourceReport, TakedownReport, TakenEntry, TopicReport
from aggregator.pipeline.run import CONCURRENT, Progress, poll_all, select
from aggregator.pipeline.takedown import Wanted, take_down, undo, wanted
from aggregator.store import forgetting, hosts, sources, subscriptions, takedowns
from aggregator.store.snapshots import Snapshots
from aggregator.store.sources import SourceRow
from aggregator.store.store import Store
from aggregator.store.takedowns import Told

_OTHERWISE = "or no topic tells stories, or it was grouped so long ago that its story is closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """What polls and publishes. `keep` is how many seconds an item is kept after it left its source, None for ever."""

    store: Store
    poller: Poller
    grouper: Grouper
    publisher: Publisher
    health: Health
    sources: Mapping[str, Source]
    """Configured ones by id, in the order of the configuration, and those that subscription lists name."""
    lists: int
    """The generation of those lists."""
    now: Callable[[], datetime]
    snapshots: Snapshots
    keep: float | None = None
    notices: tuple[str, ...] = ()
    """What the change of configuration that led to this engine did, where a person should know."""
    abreast: int = ABREAST
    """Polls of one domain under way at once."""
    _slots: Slots = field(default_factory=Slots)
    _flying: "dict[str, _Flight]" = field(default_factory=dict)
    _publishing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def once(
        self, *, force: bool = False, only: Collection[str] | None = None, progress: Progress | None = None
    ) -> RunReport:
        """Poll everything due (`force`: everything that has not asked for rest; `only`: of these ids), then publish.

        Raises StoreError, PublishError.
        """
        started = time.monotonic()
        await self.settle(gently=False)
        wanted = [source for source in self.sources.values() if only is None or source.id in only]
        chosen, left = await self._select(wanted, force=force, insist=False)
        polled = await poll_all(chosen, self.fly, progress, abreast=self.abreast)
        return await self._finish([*polled, *left], started)

    async def poll(self, source_id: str, *, force: bool = False) -> RunReport:
        """Poll one source, due or not, then publish. Without `force`, one that asked for rest or is backing off is left alone.

        Raises ConfigError for an unknown source, StoreError, PublishError.
        """
        started = time.monotonic()
        source = self.sources.get(source_id)
        if source is None:
            known = ", ".join(self.sources) or "none is configured"
            raise ConfigError([f"there is no source {source_id!r}; there are: {known}"])
        row = await self.store.read(lambda db: sources.load(db, source_id))
        if not force and row is not None and row.due_reason == "backoff" and row.due and row.due > self.now():
            report = SourceReport(id=source_id, result="not-due", due=row.due, due_reason=row.due_reason, error=row.error)
            return await self._finish([report], started)
        chosen, left = await self._select([source], force=True, insist=force)
        return await self._finish([*(await poll_all(chosen, partial(self.fly, insist=force))), *left], started)

    async def settle(self, *, gently: bool) -> int:
        """Put the schedule right after a pause or a jump of the clock; `gently` spreads a backlog over the next minutes.

        Returns how many sources are polled at another time by it. Raises StoreError.
        """
        now = self.now()
        return await self.store.write(lambda db: self.poller.budget.settle(db, now, gently=gently))

    async def relisted(self) -> bool:
        """Whether subscription lists name other feeds than this engine polls. Raises StoreError."""
        return await self.store.read(subscriptions.generation) != self.lists

    async def due(self) -> list[Source]:
        """Sources to poll now, the longest waiting first, as many as there is room for. Raises StoreError.

        While nothing is due this is one look into an index: it is done every second.
        """
        room = CONCURRENT - len(self._flying)
        if room <= 0:
            return []
        now = self.now()
        found, resting = await self.store.read(lambda db: _look(db, now))
        wanted = [self.sources[id] for id in found if id in self.sources and id not in self._flying][:room]
        chosen, left = select(wanted, found, resting, now)
        later = {report.id: report.due for report in left if report.due is not None and report.due > now}
        begun: list[Source] = []
        flying = Counter(map(lane, filter(None, map(self.sources.get, self._flying))))
        for source in chosen:
            name = lane(source)
            if name is None or flying[name] < self.abreast:
                flying[name] += 1
                begun.append(source)
            else:
                later[source.id] = self._slots.next(name, now)
        if later:  # their host rests, or is busy with others: they would stand in the way of those behind them
            await self.store.write(lambda db: _put_off(db, later))
        return begun

    async def fly(self, source: Source, *, insist: bool = False) -> SourceReport:
        """Poll a source, `insist` also where its host rests; if a poll is under way, wait for that one. Raises StoreError.

        Who is cancelled takes the poll along only if nobody else waits for it.
        """
        while (flight := self._flying.get(source.id)) is not None and not flight.waiting:
            await asyncio.wait([flight.task])  # cut off: who comes now gets a poll of their own
        if flight is None:
            task = asyncio.create_task(self._poll(source, insist), name=f"poll {source.id}")
            task.add_done_callback(lambda _: self._flying.pop(source.id))
            flight = self._flying[source.id] = _Flight(task)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                await asyncio.wait([flight.task])

    async def _poll(self, source: Source, insist: bool) -> SourceReport:
        try:
            report = await self.poller.poll(source, insist=insist)
            await self.health.polled(source, report)
        except StoreError as error:
            await self.health.unstored(error)
            raise
        return report

    @property
    def flying(self) -> frozenset[str]:
        """Ids of sources with a poll under way."""
        return frozenset(self._flying)

    async def publish(self, *, whole: bool = False) -> tuple[TopicReport, ...]:
        """Bring feeds/ up to what the store holds; needs no network. `whole`: look at all files, however lately they were."""
        async with self._publishing:
            try:
                await self.grouper.group(self.now())
                reports = await self.publisher.publish(self.now(), whole=whole)
            except PublishError as error:
                await self.health.unpublished(error)
                raise
            await self.health.published(reports)
            return reports

    async def join_stories(self, one: int, other: int) -> RunReport:
        """Make one story of those of two items, and publish. Raises AggregatorError if nothing can be done, StoreError."""
        async with self._publishing:
            changed = await self.grouper.join(one, other, self.now())
        if not changed:
            raise AggregatorError(f"nothing was changed: {one} and {other} tell one story already, {_OTHERWISE}")
        return RunReport(topics=await self.publish())

    async def split_story(self, item: int) -> RunReport:
        """Take an item out of its story, and publish. Raises AggregatorError if nothing can be done, StoreError."""
        async with self._publishing:
            changed = await self.grouper.split(item)
        if not changed:
            raise AggregatorError(f"nothing was changed: {item} is alone in its story, {_OTHERWISE}")
        return RunReport(topics=await self.publish())

    async def takedown(self, words: str, *, comment: str | None = None) -> TakedownReport:
        """Take an address or a source down, and publish without it. Raises ConfigError, StoreError, PublishError."""
        now = self.now()

        def work(db: Database) -> tuple[Wanted, int, list[Told]]:
            what = wanted(db, words)
            return what, *take_down(db, what, comment, now)

        what, count, told = await self.store.write(work)
        await self._reread_stories()
        published = await self.publish()
        remaining = [(one.topic, one.story) for one in told if one.remains]
        if await self.publisher.amend(remaining):
            published = (*published, *await self.publish())
        entries = tuple(TakenEntry(topic=one.topic, id=one.entry_id, remains=one.remains) for one in told)
        return TakedownReport(kind=what.kind, said=what.said, items=count, entries=entries, topics=published)

    async def undo_takedown(self, words: str) -> TakedownReport:
        """Lift a block: what its sources still show comes again with their next polls. Raises as `takedown`."""

        def work(db: Database) -> tuple[Wanted, int]:
            what = wanted(db, words)
            count = undo(db, what)
            source = self.sources.get(what.subject) if what.kind == "source" else None
            if source is not None and source.enabled:
                sources.wake(db, source.id)
            return what, count

        what, count = await self.store.write(work)
        published = await self.publish()
        return TakedownReport(kind=what.kind, said=what.said, undone=True, items=count, topics=published)

    async def forget(self) -> int:
        """Forget items past their time, at most once an hour. Returns how many; what was delivered stays in the ledger."""
        now = self.now()
        if self.keep is None:
            return 0
        keep = timedelta(seconds=self.keep)
        seen = await self.store.read(lambda db: forgetting.look(db, now))
        if seen is None:
            return 0
        count = await self.store.write(lambda db: forgetting.forget(db, seen, keep, now))
        if count:
            await self._reread_stories()
        return count

    async def _reread_stories(self) -> None:
        """Items are not what they were: what stands in memory of their stories is read anew."""
        async with self._publishing:
            self.grouper.drop()

    async def snapshot(self) -> None:
        """Take the day's snapshot if it is due; what keeps it from being taken is in `warnings` and in the health feed."""
        await asyncio.to_thread(self.snapshots.take_if_due, self.now())
        await self.health.snapped(self.snapshots.problem)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know: what the store went through, and what a changed configuration did."""
        return (*filter(None, (self.store.notice, self.store.damage, self.snapshots.problem)), *self.notices)

    async def _select(self, wanted: list[Source], *, force: bool, insist: bool) -> tuple[list[Source], list[SourceReport]]:
        now = self.now()
        rows = await self.store.read(lambda db: {row.id: row for row in sources.load_all(db)})
        resting = await self.store.read(lambda db: hosts.resting(db, now))
        silenced = await self.store.read(takedowns.sources)
        wanted = [replace(source, enabled=False) if source.id in silenced else source for source in wanted]
        return select(wanted, rows, resting, now, force=force, insist=insist)

    async def _finish(self, reports: list[SourceReport], started: float) -> RunReport:
        await self.forget()
        published = await self.publish(whole=True)
        await self.snapshot()
        order = {id: place for place, id in enumerate(self.sources)}
        return RunReport(
            sources=tuple(sorted(reports, key=lambda report: order[report.id])),
            topics=published,
            seconds=time.monotonic() - started,
            warnings=self.warnings,
        )


@dataclass(slots=True)
class _Flight:
    """A poll under way, and how many wait for it."""

    task: asyncio.Task[SourceReport]
    waiting: int = 0


def _look(db: Database, now: datetime) -> tuple[dict[str, SourceRow], dict[str, datetime]]:
    """Sources that are due, in the order in which they wait, and the hosts that rest."""
    ids = sources.due(db, now, CONCURRENT)
    if not ids:
        return {}, {}
    rows = (sources.load(db, id) for id in ids)
    return {row.id: row for row in rows if row is not None}, hosts.resting(db, now)


def _put_off(db: Database, later: Mapping[str, datetime]) -> None:
    for id, due in later.items():
        sources.schedule(db, id, due, "host-budget")
