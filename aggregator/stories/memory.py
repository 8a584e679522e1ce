"""The live items: what they hold, what leads to them, which stories they make. A function of what was put in, not of the order.

Item ─put→ by term, 4-gram, address, id, title, story ─take→ gone
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from aggregator.stories.shingles import Index
from aggregator.stories.tables import Table
from aggregator.stories.telling import Kept, Told
from aggregator.stories.trace import Trace

_SUMS = 400
"""Sums of stories held at once; others are made again from their items: 6 MB."""
_SQUARES = 40_000
"""Squares of their lengths held at once: 4 MB."""
_TITLED = 100
_FEW = 8
"""Of so few items the sum is not worth holding."""
DAY = 86400

T = TypeVar("T")


class Item:
    """A grouped item."""

    __slots__ = ("copy_of", "dated", "link", "native", "pk", "source", "story", "trace")

    def __init__(self, told: Told | Kept, trace: Trace, *, story: int, copy_of: int | None, link: int, native: int) -> None:
        self.pk, self.source, self.dated = told.pk, told.source_id, told.dated.timestamp()
        self.story, self.copy_of, self.trace = story, copy_of, trace
        self.link, self.native = link, native
        """Hashes of its address and of its id, 0 where they say nothing outside of its source."""


class Memory:
    """All live items. A copy adds nothing to what its story is about, and leads to nothing that its original does not."""

    def __init__(self) -> None:
        self.items: dict[int, Item] = {}
        self.members: dict[int, tuple[int, ...]] = {}
        """Story → its items, ascending."""
        self.terms = Table()
        self.addresses = Table()
        """By address and by id, which are often the same."""
        self.titles = Table()
        """By title without numbers and dates."""
        self._shingles = Index()
        self._sources: dict[str, str] = {}
        self._sums: dict[int, dict[int, int]] = {}
        self._squares: dict[int, int] = {}

    def put(self, item: Item, vector: Mapping[int, int] | None = None, product: int | None = None) -> None:
        """Take in an item that is not there.

        What is known is not read from its bytes again: its `vector`; the `product` of that and its story's sum so far.
        """
        item.source = self._sources.setdefault(item.source, item.source)
        self.items[item.pk] = item
        others = self.members.get(item.story)
        self.members[item.story] = (item.pk,) if others is None else tuple(sorted((*others, item.pk)))
        for table, keys in self._keys(item, vector):
            table.add(keys, item.pk)
        if item.copy_of is None:
            self._shingles.add(item.pk, item.trace.shingles())
            self._grow(item, vector, product if others else 0)

    def take(self, pks: Iterable[int]) -> list[Item]:
        """Take items out."""
        taken = [self.items.pop(pk) for pk in pks]
        for item in taken:
            rest = tuple(pk for pk in self.members[item.story] if pk != item.pk)
            if rest:
                self.members[item.story] = rest
            else:
                del self.members[item.story]
            self._sums.pop(item.story, None)
            self._squares.pop(item.story, None)
            for table, keys in self._keys(item):
                table.discard(keys, item.pk)
        self._shingles.discard({item.pk: item.trace.shingles() for item in taken if item.copy_of is None})
        return taken

    def move(self, pk: int, story: int, copy_of: int | None) -> None:
        """Put an item into another story."""
        [item] = self.take([pk])
        item.story, item.copy_of = story, copy_of
        self.put(item)

    def merge(self, younger: int, older: int) -> None:
        """Make two stories one."""
        moved = self.members.pop(younger)
        for pk in moved:
            self.items[pk].story = older
        self.members[older] = tuple(sorted(self.members[older] + moved))
        for story in (younger, older):
            self._sums.pop(story, None)
            self._squares.pop(story, None)

    def of(self, story: int) -> list[Item]:
        """The items of a story."""
        return [self.items[pk] for pk in self.members[story]]

    def tellings(self, story: int) -> list[Item]:
        """The items of a story that are no copies."""
        return [item for item in self.of(story) if item.copy_of is None]

    def near(self, shingles: Sequence[int]) -> list[Item]:
        """Items that share 4-grams with a sample, those that share most first; at most 16."""
        found = self._shingles.near(shingles)
        return [self.items[pk] for pk in sorted(found, key=lambda pk: (-found[pk], pk))[:16]]

    def sums(self, story: int) -> Mapping[int, int]:
        """The sum of a story's vectors."""
        held = self._sums.get(story)
        if held is not None:
            return held
        made: dict[int, int] = {}
        tellings = self.tellings(story)
        for item in tellings:
            _add(item, made)
        if len(tellings) > _FEW:
            _hold(self._sums, story, made, _SUMS)
        return made

    def square(self, story: int) -> int:
        """The square of the length of a story's sum."""
        held = self._squares.get(story)
        if held is None:
            held = sum([weight * weight for weight in self.sums(story).values()])
            _hold(self._squares, story, held, _SQUARES)
        return held

    def product(self, vector: Mapping[int, int], story: int) -> list[tuple[int, int]]:
        """A vector times a story's sum, in parts: (product, term)."""
        members = self.members[story]
        if len(members) > _FEW:
            sums = self.sums(story)
            return [(vector[term] * sums[term], term) for term in vector.keys() & sums.keys()]
        parts: dict[int, int] = {}
        for pk in members:
            item = self.items[pk]
            if item.copy_of is None:
                for term, weight in item.trace.pairs():
                    if term in vector:
                        parts[term] = parts.get(term, 0) + vector[term] * weight
        return [(part, term) for term, part in parts.items()]

    def titled(self, item: Item) -> list[Item]:
        """The newest items whose titles differ from this one's in numbers and dates at most."""
        series = item.trace.series
        return [self.items[pk] for pk in self.titles.get(series)[-_TITLED:]] if series else []

    def _keys(self, item: Item, vector: Mapping[int, int] | None = None) -> Iterator[tuple[Table, Collection[int]]]:
        """What leads to an item."""
        trace = item.trace
        yield self.addresses, {key for key in (item.link, item.native) if key}
        yield self.titles, (trace.series,) if trace.series else ()
        if item.copy_of is None:
            yield self.terms, trace.terms() if vector is None else vector  # whose numbers its vocabulary shares

    def _grow(self, item: Item, vector: Mapping[int, int] | None, product: int | None) -> None:
        """Keep what is known of a story's sum up with a telling that comes to it."""
        story = item.story
        square, sums = self._squares.pop(story, None), self._sums.pop(story, None)
        if len(self.members[story]) == 1:
            square = 0
        if square is not None and product is not None and vector is not None:
            own = sum([weight * weight for weight in vector.values()])
            _hold(self._squares, story, square + 2 * product + own, _SQUARES)
        if sums is not None:
            _add(item, sums)
            _hold(self._sums, story, sums, _SUMS)


def _add(item: Item, sums: dict[int, int]) -> None:
    for term, weight in item.trace.pairs():
        sums[term] = sums.get(term, 0) + weight


def _hold(held: dict[int, T], story: int, value: T, most: int) -> None:
    """Hold one more, and not more than so many: what has been there longest goes."""
    if len(held) >= most:
        del held[next(iter(held))]
    held[story] = value
