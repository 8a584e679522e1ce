"""Is it the same text once more? Address, then id, then title, then how much of the shorter text is found in the longer one.

Two items of one source are a copy only when address or id says so, and then only if their words agree: a link blog may link one
page twice. An id alone, with another address, makes a copy only of what agrees: anybody may write somebody else's.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from aggregator.stories.memory import DAY, Item, Memory
from aggregator.stories.reading import UNIT
from aggregator.stories.shingles import containment
from aggregator.stories.telling import Kept, Told

CONTAINED = 0.8
"""The share of the shorter text that makes a copy (measured: docs/stories.md)."""
_EDITED, _ALIKE = 0.3, 0.7
"""So much of it, and vectors so alike, make an edited copy: a word replaced here and there breaks four 4-grams each."""
_HITS = 3
"""Fewer 4-grams in common are chance."""
_WINDOW = 7 * DAY
_HEADLINE_SHARE = 0.3
_OWN = 0.5
_MANY = 3
"""An address of so many items of one source identifies nothing."""
_GLOBAL = ("tag:", "urn:")
_RECURS = 3


class Found(NamedTuple):
    """What an item is a copy of."""

    original: Item
    reason: str
    score: float | None


def identifies(told: Told | Kept) -> tuple[str, str]:
    """The address and the id by which an item may be found elsewhere; "" for what says nothing outside of its source."""
    native = told.native or ""
    if "://" not in native and not native.startswith(_GLOBAL):
        native = ""  # a number, a slug: unique within one source only
    return _page(told.link_key or ""), native if native.startswith(_GLOBAL) else _page(native.split("://", 1)[-1])


def original(item: Item, vector: dict[int, int], memory: Memory, window: float) -> Iterator[Found]:
    """What the item may be a copy of, surest first."""
    shingles = item.trace.shingles()
    for reason, key in (("address", item.link), ("guid", item.native)):
        there = memory.addresses.get(key) if key else ()
        if not there or _is_common(chain([item.source], (memory.items[pk].source for pk in there))):
            continue
        others = [memory.items[pk] for pk in there]
        for other in sorted(others, key=lambda other: (other.dated, other.pk)):
            if (reason == "address" and other.source != item.source) or _agree(vector, shingles, other):
                yield Found(_first(other, memory), reason, None)
    yield from _titled(item, shingles, memory, window)
    yield from _contained(item, vector, shingles, memory)


def recurs(item: Item, memory: Memory) -> bool:
    """Whether its source used the title on three days: a series, whose instalments tell different things."""
    if not item.trace.series:
        return False
    days = {int(other.dated // DAY) for other in memory.titled(item) if other.source == item.source}
    return len(days | {int(item.dated // DAY)}) >= _RECURS


def cosine(vector: dict[int, int], other: Item) -> float:
    """The likeness of two vectors, each of length `UNIT`."""
    get = vector.get
    return sum(get(term, 0) * weight for term, weight in other.trace.pairs()) / UNIT**2


def _titled(item: Item, shingles: tuple[int, ...], memory: Memory, window: float) -> Iterator[Found]:
    if not item.trace.title or recurs(item, memory):
        return
    for other in memory.titled(item):
        if (
            other.trace.title != item.trace.title
            or other.source == item.source
            or abs(other.dated - item.dated) > window
            or recurs(other, memory)
        ):
            continue
        share, _ = containment(shingles, other.trace.shingles())
        if item.trace.headline or other.trace.headline or share >= _HEADLINE_SHARE:
            yield Found(_first(other, memory), "title", share)


def _contained(item: Item, vector: dict[int, int], shingles: tuple[int, ...], memory: Memory) -> Iterator[Found]:
    found: list[tuple[float, float, int, Item]] = []
    for other in memory.near(shingles):
        if other.source == item.source or abs(other.dated - item.dated) > _WINDOW:
            continue
        share, hits = containment(shingles, other.trace.shingles())
        if hits >= _HITS and (share >= CONTAINED or (share >= _EDITED and cosine(vector, other) >= _ALIKE)):
            found.append((-share, other.dated, other.pk, other))
    for share, _, _, other in sorted(found, key=lambda entry: entry[:3]):
        yield Found(other, "contained", -share)


def _is_common(sources: Iterable[str]) -> bool:
    """Whether one of the sources occurs so often that an address of theirs says nothing; no further than it takes to tell."""
    seen: Counter[str] = Counter()
    for source in sources:
        seen[source] += 1
        if seen[source] >= _MANY:
            return True
    return False


def _page(address: str) -> str:
    """An address without its scheme, "" for a site's front page."""
    return address if "/" in address.rstrip("/") or "?" in address else ""


def _agree(vector: dict[int, int], shingles: tuple[int, ...], other: Item) -> bool:
    return cosine(vector, other) >= _OWN or containment(shingles, other.trace.shingles())[0] >= _OWN


def _first(item: Item, memory: Memory) -> Item:
    return item if item.copy_of is None else memory.items.get(item.copy_of, item)
