"""New items into stories, in each grouping that a topic asks for: together after a run's polls, before they are published.

items after the grouping's mark ─by effective date→ pieces ─Stories.group→ decisions ─a transaction each→ told, merges
                                                                           all done ─→ the mark; topics publish up to it

All state is in the store: what stands in memory can be dropped at any time, and a run that was cut off is taken up again. Items
are compared with what is dated within `span` of them, whenever they come: a new source brings months of history at once.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.curate.named import named
from aggregator.fetch.gate import registrable_domain
from aggregator.model import Grouping, Topic
from aggregator.pipeline import wishes
from aggregator.pipeline.publishing.windows import Windows, kept, span
from aggregator.store import ledger, sources, stories, topics, ungrouped
from aggregator.store.store import Store
from aggregator.store.stories import Ruling
from aggregator.store.ungrouped import Due, Ungrouped
from aggregator.stories.telling import Decision, Settings, Told

if TYPE_CHECKING:
    from aggregator.stories.index import Stories
    from aggregator.stories.lexicon import Lexicon

REACH = 200_000
"""Items that a new grouping looks back on, in a store that has more: older ones are stories of their own."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouper:
    """Groups what is new for these topics; nothing if all of them want an entry per item."""

    store: Store
    topics: Sequence[Topic]
    _windows: dict[str, Windows] = field(default_factory=dict)
    """By grouping: what stands in memory, kept from run to run."""

    async def group(self, now: datetime) -> int:
        """Group all items that are not yet. Returns how many decisions were taken. Raises StoreError."""
        return sum([await self._group(grouping, now) for grouping in self._groupings()])

    def drop(self) -> None:
        """Forget what stands in memory: the next run reads it from the store."""
        self._windows.clear()

    async def split(self, item: int) -> bool:
        """Take an item out of its story, in every grouping. Returns whether that changed anything. Raises StoreError."""
        return any([await self._split(grouping, item) for grouping in self._groupings()])

    async def join(self, one: int, other: int, now: datetime) -> bool:
        """Make one story of those of two items, in every grouping. Returns whether that changed anything. Raises StoreError."""
        return any([await self._join(grouping, one, other, now) for grouping in self._groupings()])

    async def _split(self, grouping: Grouping, item: int) -> bool:
        members = await self.store.read(lambda db: stories.of_same(db, grouping.name, [item]))
        if len(members) < 2:
            return False
        index = await self._index_of(grouping, members)
        change = await asyncio.to_thread(index.split, item)
        slugs = [topic.slug for topic in self.topics if topic.stories and topic.grouping == grouping]
        await self.store.write(lambda db: wishes.split(db, grouping.name, slugs, change, members))
        return bool(change.moved)

    async def _join(self, grouping: Grouping, one: int, other: int, now: datetime) -> bool:
        members = await self.store.read(lambda db: stories.of_same(db, grouping.name, [one, other]))
        if one not in members or other not in members or members[one].story == members[other].story:
            return False
        index = await self._index_of(grouping, members)
        older = min(members.values(), key=lambda ruling: (ruling.dated, ruling.item)).story
        moving = [item for item, ruling in members.items() if ruling.story != older]
        younger = members[moving[0]].story
        changes = [change for item in moving if (change := await asyncio.to_thread(index.join, item, older)).moved]
        if changes:
            await self.store.write(lambda db: wishes.join(db, grouping.name, younger, older, changes, now))
        return bool(changes)

    async def _index_of(self, grouping: Grouping, members: Mapping[int, Ruling]) -> "Stories":
        """An index of these items alone, to be changed; what stands in memory is out of date by that."""
        apart = await self.store.read(lambda db: stories.apart(db, grouping.name))
        index = await asyncio.to_thread(index_of, grouping, self.topics)
        index.load(map(kept, members.values()), apart)
        self.drop()
        return index

    def _groupings(self) -> list[Grouping]:
        return list(dict.fromkeys(topic.grouping for topic in self.topics if topic.stories))

    async def _group(self, grouping: Grouping, now: datetime) -> int:
        name = grouping.name
        marked, newest = await self.store.read(lambda db: (ungrouped.mark(db, name), ungrouped.newest(db)))
        if marked is not None and marked >= newest:
            return 0
        limit = REACH if marked is None else newest
        due = await self.store.read(lambda db: ungrouped.due(db, name, marked or 0, newest, limit))
        is_whole = False
        try:
            for piece in self._windows_of(grouping).pieces(due, now):
                if not await self._decide(self._windows_of(grouping), piece, now):
                    self.drop()
            faded = await self.store.write(lambda db: _finish(db, name, newest, now - 2 * span(grouping)))
            self._windows_of(grouping).settle(faded)
            is_whole = True
        finally:
            if not is_whole:  # what stands in memory may not be what the store holds
                self.drop()
        return len(due)

    def _windows_of(self, grouping: Grouping) -> Windows:
        if grouping.name not in self._windows:
            make = partial(index_of, grouping, self.topics)
            self._windows[grouping.name] = Windows(store=self.store, grouping=grouping, make=make)
        return self._windows[grouping.name]

    async def _decide(self, windows: Windows, piece: Sequence[Due], now: datetime) -> bool:
        """Group a piece. False if that fails: the index is of no use any more, but its items are delivered all the same."""
        name = windows.grouping.name
        window = await windows.around(piece, now)
        told = await self.store.read(lambda db: told_of(db, [one.pk for one in piece]))
        merges: list[tuple[int, int]] = []
        sound = True
        try:
            decisions = await asyncio.to_thread(window.index.group, list(told.values()))
            merges = window.index.merges()
        except Exception:
            _log.exception("a fault in the program", extra={"grouping": name, "items": len(told)})
            decisions = [Decision(pk=pk, kind="first", reason="fault") for pk in told]
            sound = False
        rulings = [_ruling(decision, told[decision.pk]) for decision in decisions]
        await self.store.write(lambda db: _record(db, name, rulings, merges, now))
        if sound:
            windows.learn(window, rulings, merges)
        return sound


def index_of(grouping: Grouping, configured: Sequence[Topic], lexicon: "Lexicon | None" = None) -> "Stories":
    """An empty index, which learns words in the `lexicon` of another one if that is given.

    The word lists behind it take 0.3 s to import: only those who want stories wait for them.
    """
    background = frozenset(word for topic in configured if topic.stories for word in named(topic.query))
    settings = Settings(strictness=grouping.strictness, window=grouping.window, max_age=grouping.max_age, background=background)
    index: Stories = import_module("aggregator.stories.index").Stories(settings, lexicon)
    return index


def told_of(db: Database, pks: Sequence[int]) -> dict[int, Told]:
    """These items as the index wants them."""
    read = ungrouped.read(db, pks)
    rows = (sources.load(db, id) for id in {one.source_id for one in read if one.link is None})
    homes = {row.id: row.address for row in rows if row is not None}
    return {one.pk: _told(one, homes.get(one.source_id, "")) for one in read}


def _told(one: Ungrouped, home: str) -> Told:
    return Told(
        pk=one.pk,
        source_id=one.source_id,
        domain=_domain(one.link or "") or _domain(home) or one.source_id,
        title=one.title,
        text=one.text,
        language=one.language,
        link_key=one.link_key,
        native=one.native,
        dated=one.dated,
    )


def _domain(address: str) -> str:
    """Whose page it is: the registrable domain; empty where there is none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return ""
    return _registrable(host) if host else ""


@lru_cache(10_000)
def _registrable(host: str) -> str:
    return registrable_domain(host)


def _ruling(decision: Decision, told: Told) -> Ruling:
    return Ruling(
        item=decision.pk,
        story=decision.pk if decision.story is None else decision.story,
        kind=decision.kind,
        domain=told.domain,
        link_key=told.link_key,
        native=told.native,
        dated=told.dated,
        nearest=decision.nearest,
        score=decision.score,
        gap=decision.gap,
        terms=decision.terms,
        reason=decision.reason,
        trace=decision.trace,
        source_id=told.source_id,
    )


def _record(db: Database, grouping: str, rulings: Sequence[Ruling], merges: Iterable[tuple[int, int]], now: datetime) -> None:
    stories.record(db, grouping, rulings, now)
    topics.touch_waiting(db, [ruling.item for ruling in rulings])
    for younger, older in merges:
        for item in stories.merge(db, grouping, younger, older, now):
            topics.touch(db, ledger.mark_stale(db, item))


def _finish(db: Database, grouping: str, newest: int, before: datetime) -> list[int]:
    ungrouped.set_mark(db, grouping, newest)
    return stories.fade(db, grouping, before)
