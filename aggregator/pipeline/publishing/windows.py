"""The live items around new ones: indexes that stay in memory from run to run, each a function of what the store holds.

    new items ─pieces→ a piece ─Windows.around→ Window(index of what is dated near it)
              decided ─Windows.learn→ the other windows hear of it      all done, traces dropped ─Windows.settle→ what stays

Whoever changes stories, or takes away traces, by another way lets go of all windows (Grouper.drop).

The newest window holds the last weeks. What is dated before them is compared in windows on fixed borders (a cell as long as two
items of a story may be apart, and one on either side), so that one that was kept holds what one that is read anew would hold,
and a late item costs what is new, not all that was dated near it.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from operator import attrgetter
from typing import TYPE_CHECKING

from aggregator.model import Grouping
from aggregator.store import stories
from aggregator.store.store import Store
from aggregator.store.stories import Ruling
from aggregator.store.ungrouped import Due
from aggregator.stories.telling import Kept

if TYPE_CHECKING:
    from aggregator.stories.index import Stories
    from aggregator.stories.lexicon import Lexicon

FAR = datetime(9999, 1, 1, tzinfo=UTC)
PIECE = 1000
"""Most items that are grouped in one transaction: with their texts they take some 5 MB."""
LIVE = 100_000
"""Most items of the newest window, its newest: 290 MB (benchmarks/stories.py)."""
PAST = 20_000
"""Most items of a window of the past, those nearest to the middle of its cell: 60 MB."""
KEPT = 2 * PAST
"""Most items in all windows of the past together that stay between runs, …"""
WINDOWS = 32
"""… and most windows: without items each takes some kilobytes."""


@dataclass(slots=True)
class Window:
    """An index over the items dated from `first` until before `last` (None: all later ones)."""

    index: "Stories"
    first: datetime
    last: datetime | None
    is_used: bool = True
    """Whether items of this run belong to it."""
    is_new: bool = True
    """Whether it was made for them: then the next cell may take it over."""
    is_full: bool = False
    """Whether there were perhaps more items than it may hold."""

    @property
    def middle(self) -> datetime:
        """Items that are too many are those farthest from here."""
        return FAR if self.last is None else (self.first + (self.last - self.first) / 2).replace(microsecond=0)

    @property
    def most(self) -> int:
        """Items that it may hold."""
        return LIVE if self.last is None else PAST

    def spans(self, dated: datetime) -> bool:
        """Whether an item of this date belongs here."""
        return dated >= self.first and (self.last is None or dated < self.last)


@dataclass(slots=True, kw_only=True)
class Windows:
    """Those of one grouping. `make` gives an empty index, which may share the words that another one has learned."""

    store: Store
    grouping: Grouping
    make: "Callable[[Lexicon | None], Stories]"
    lexicon: "Lexicon | None" = None
    newest: Window | None = None
    past: dict[int, Window] = field(default_factory=dict)
    """By cell."""

    def pieces(self, due: Sequence[Due], now: datetime) -> Iterator[list[Due]]:
        """Items in the order of their dates, in pieces of at most PIECE that one window is for."""
        piece: list[Due] = []
        for one in due:
            if piece and (len(piece) == PIECE or self._cell(one, now) != self._cell(piece[0], now)):
                yield piece
                piece = []
            piece.append(one)
        if piece:
            yield piece

    async def around(self, piece: Sequence[Due], now: datetime) -> Window:
        """An index that holds whatever is dated within reach of a piece. Raises StoreError."""
        cell, reach = self._cell(piece[0], now), span(self.grouping)
        if cell is None:
            first = now - 2 * reach
            if self.newest is None or first < self.newest.first:  # the clock was set back
                self.newest = await self._load(first, None)
            window = self.newest
            window.first = first
        else:
            length = _seconds(reach)
            first, last = (datetime.fromtimestamp(border * length, UTC) for border in (cell - 1, cell + 2))
            window = self.past[cell] if cell in self.past else await self._next(cell, first, last)
            self.past[cell] = window
        window.is_used = True
        window.index.forget(first)
        window.is_full |= window.index.trim(window.most, window.middle)
        return window

    async def _load(self, first: datetime, last: datetime | None) -> Window:
        """A window of its own. Raises StoreError."""
        index = await asyncio.to_thread(self.make, self.lexicon)
        self.lexicon = index.lexicon
        apart = await self.store.read(lambda db: stories.apart(db, self.grouping.name))
        return await self._fill(Window(index, first, last), first, apart)

    async def _fill(self, window: Window, first: datetime, apart: Sequence[tuple[int, int]] = ()) -> Window:
        """Take in what is dated from `first` on."""
        last, middle, most = window.last, window.middle, window.most
        rows = await self.store.read(lambda db: stories.live(db, self.grouping.name, first, last, middle, most))
        window.is_full |= len(rows) == most
        rows.sort(key=attrgetter("item"))  # what is held is sorted by item: to append takes a third less than to insert in front
        await asyncio.to_thread(window.index.load, map(kept, rows), apart)
        return window

    def learn(self, window: Window, rulings: Iterable[Ruling], merges: Iterable[tuple[int, int]]) -> None:
        """What was decided in one window, for all others that it matters to."""
        merged = {story for pair in merges for story in pair}
        for other in self._all():
            if other is window:
                continue
            if other.index.tells(merged):
                self._drop(other)
                continue
            other.index.load(kept(ruling) for ruling in rulings if other.spans(ruling.dated))
            if len(other.index) > other.most + PIECE:
                other.is_full |= other.index.trim(other.most, other.middle)

    def settle(self, faded: Collection[int]) -> None:
        """A run is done, and the traces of some items are not kept any longer: only so much stays in memory."""
        for window in self._all() if faded else ():
            if window.index.discard(faded) and window.is_full:
                self._drop(window)  # there is room again for what was too many
        self.past = {cell: window for cell, window in self.past.items() if len(window.index)}
        self._make_room()
        for window in self._all():
            window.is_new = window.is_used = False

    async def _next(self, cell: int, first: datetime, last: datetime) -> Window:
        """The window of a cell: in a long history that of the cell before goes on, so that no item is read twice."""
        before = self.past.get(cell - 1)
        if before is None or before.last is None or not before.is_new or before.is_full:
            self._make_room()
            return await self._load(first, last)
        del self.past[cell - 1]
        before.index.forget(first)
        return await self._fill(Window(before.index, first, last), before.last)

    def _make_room(self) -> None:
        """Let windows go until the others are few enough: first those that nothing belonged to, then the latest, for each run
        goes through them from the earliest on, and finds at least those again."""
        going = sorted(self.past, key=lambda cell: (self.past[cell].is_used, -cell))
        for cell in going:
            if len(self.past) <= WINDOWS and sum(len(window.index) for window in self.past.values()) <= KEPT:
                return
            del self.past[cell]

    def _drop(self, window: Window) -> None:
        if window is self.newest:
            self.newest = None
        self.past = {cell: one for cell, one in self.past.items() if one is not window}

    def _all(self) -> list[Window]:
        return [*self.past.values(), *([self.newest] if self.newest is not None else [])]

    def _cell(self, one: Due, now: datetime) -> int | None:
        """The stretch of time that an item is dated in, None within the last of them."""
        reach = span(self.grouping)
        return None if one.dated >= (now - reach).timestamp() else one.dated // _seconds(reach)


def span(grouping: Grouping) -> timedelta:
    """How far from each other the dates of two items may lie that come to tell one story."""
    return timedelta(seconds=grouping.max_age + grouping.window)


def kept(ruling: Ruling) -> Kept:
    """A recorded decision as the index wants it back."""
    return Kept(
        pk=ruling.item,
        source_id=ruling.source_id,
        domain=ruling.domain,
        link_key=ruling.link_key,
        native=ruling.native,
        dated=ruling.dated,
        story=ruling.story,
        copy_of=ruling.nearest if ruling.kind == "copy" else None,
        trace=ruling.trace or b"",
    )


def _seconds(reach: timedelta) -> int:
    """Whole ones, so that borders are the same in every run."""
    return max(ceil(reach.total_seconds()), 1)
