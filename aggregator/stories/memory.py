"""The live items: what they hold, what leads to them, which stories they make. A function of what was put in, not of the order.

Item ─put→ by term, 4-gram, address, id, title, story ─take→ gone
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from aggregator.stories.shingles import Index
from aggregator.stories.tables import Table
from aggregator.stories.telling import Kept
from aggregator.stories.trace import Trace

_CENTROIDS = 400
"""Sums of stories held at once; others are made again from their items: 6 MB."""
_SQUARES = 5_000
"""Squares of their lengths held at once."""
_TITLED = 100
_FEW = 4
"""Of so few items the sum is not worth holding."""
DAY = 86400


class Item:
    """A grouped item."""

    __slots__ = ("copy_of", "dated", "link", "native", "pk", "source", "story", "trace")

    def __init__(self, kept: Kept, trace: Trace, *, link: int, native: int) -> None:
        self.pk, self.source, self.dated = kept.pk, kept.source_id, kept.dated.timestamp()
        self.story, self.copy_of, self.trace = kept.story, kept.copy_of, trace
        self.link, self.native = link, native
        """Hashes of its address and of its id, 0 where they say nothing outside of its source."""


class Centroid(NamedTuple):
    """The sum of a story's vectors."""

    sums: dict[int, int]
    square: int
    """The square of its length."""


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
        self._centroids: dict[int, Centroid] = {}
        self._squares: dict[int, int] = {}

    def put(self, item: Item) -> None:
        """Take in an item that is not there."""
        item.source = self._sources.setdefault(item.source, item.source)
        self.items[item.pk] = item
        self.members[item.story] = tuple(sorted((*self.members.get(item.story, ()), item.pk)))
        for table, keys in self._keys(item):
            table.add(keys, item.pk)
        if item.copy_of is None:
            self._shingles.add(item.pk, item.trace.shingles())
            self._squares.pop(item.story, None)
            held = self._centroids.pop(item.story, None)
            if held is not None:
                self._hold(item.story, _sum([item], held))

    def take(self, pks: Iterable[int]) -> list[Item]:
        """Take items out."""
        taken = [self.items.pop(pk) for pk in pks]
        for item in taken:
            rest = tuple(pk for pk in self.members[item.story] if pk != item.pk)
            if rest:
                self.members[item.story] = rest
            else:
                del self.members[item.story]
            self._centroids.pop(item.story, None)
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
            self._centroids.pop(story, None)
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

    def centroid(self, story: int) -> Centroid:
        """The sum of a story's vectors."""
        held = self._centroids.get(story)
        if held is not None:
            return held
        tellings = self.tellings(story)
        made = _sum(tellings, Centroid({}, 0))
        if len(tellings) > _FEW:
            self._hold(story, made)
        return made

    def product(self, vector: Mapping[int, int], story: int) -> tuple[list[tuple[int, int]], int]:
        """A vector times a story's sum, in parts (product, term), and the square of the sum's length."""
        members = self.members[story]
        if len(members) > _FEW:
            sums, square = self.centroid(story)
            return [(weight * sums[term], term) for term, weight in vector.items() if term in sums], square
        tellings = [item for item in map(self.items.__getitem__, members) if item.copy_of is None]
        parts: dict[int, int] = {}
        for item in tellings:
            trace = item.trace
            for term, weight in zip(trace.terms(), trace.weights(), strict=True):
                if term in vector:
                    parts[term] = parts.get(term, 0) + weight * vector[term]
        squared = self._squares.get(story)
        if squared is None:
            squared = _sum(tellings, Centroid({}, 0)).square
            if len(self._squares) >= _SQUARES:
                del self._squares[next(iter(self._squares))]
            self._squares[story] = squared
        return [(part, term) for term, part in parts.items()], squared

    def titled(self, item: Item) -> list[Item]:
        """The newest items whose titles differ from this one's in numbers and dates at most."""
        series = item.trace.series
        return [self.items[pk] for pk in self.titles.get(series)[-_TITLED:]] if series else []

    def _keys(self, item: Item) -> Iterator[tuple[Table, Collection[int]]]:
        """What leads to an item."""
        trace = item.trace
        yield self.addresses, {key for key in (item.link, item.native) if key}
        yield self.titles, (trace.series,) if trace.series else ()
        if item.copy_of is None:
            yield self.terms, trace.terms()

    def _hold(self, story: int, centroid: Centroid) -> None:
        if len(self._centroids) >= _CENTROIDS:
            del self._centroids[next(iter(self._centroids))]
        self._centroids[story] = centroid


def _sum(items: Iterable[Item], onto: Centroid) -> Centroid:
    sums, square = onto
    for item in items:
        for term, weight in zip(item.trace.terms(), item.trace.weights(), strict=True):
            before = sums.get(term, 0)
            sums[term] = before + weight
            square += weight * (2 * before + weight)
    return Centroid(sums, square)
