"""Is it the same text once more? Address, then id, then title, then how much of the shorter text is found in the longer one.

Two items of one source are a copy only when address or id says so, and then only if their words agree: a link blog may link one
page twice.
"""

from collections.abc import Iterator
from typing import NamedTuple

from aggregator.stories.memory import DAY, Item, Memory
from aggregator.stories.reading import UNIT
from aggregator.stories.shingles import containment
from aggregator.stories.telling import Kept

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


def identifies(told: Kept) -> tuple[str, str]:
    """The address and the id by which an item may be found elsewhere; "" for what says nothing outside of its source."""
    link, native = told.link_key or "", told.native or ""
    if "/" not in link.rstrip("/") and "?" not in link:
        link = ""  # a site's front page
    if "://" not in native and not native.startswith(_GLOBAL):
        native = ""  # a number, a slug: unique within one source only
    return link, native


def original(item: Item, vector: dict[int, int], memory: Memory, window: float) -> Iterator[Found]:
    """What the item may be a copy of, surest first."""
    shingles = item.trace.shingles()
    for reason, table, key in (("address", memory.links, item.link), ("guid", memory.natives, item.native)):
        others = [memory.items[pk] for pk in table.get(key)] if key else []
        own = [other for other in others if other.source == item.source]
        if max((sum(one.source == other.source for one in others) for other in others), default=0) + 1 >= _MANY and own:
            continue
        for other in sorted(others, key=lambda other: (other.dated, other.pk)):
            if other.source != item.source or _agree(vector, shingles, other):
                yield Found(_first(other, memory), reason, None)
    yield from _titled(item, shingles, memory, window)
    yield from _contained(item, vector, shingles, memory)


def recurs(item: Item, memory: Memory) -> bool:
    """Whether its source used the title on three days: a series, whose instalments tell different things."""
    return bool(item.trace.series) and len(memory.days(item.trace.series) | {int(item.dated // DAY)}) >= _RECURS


def cosine(vector: dict[int, int], other: Item) -> float:
    """The likeness of two vectors, each of length `UNIT`."""
    get = vector.get
    return sum(get(term, 0) * weight for term, weight in zip(other.trace.terms(), other.trace.weights(), strict=True)) / UNIT**2


def _titled(item: Item, shingles: tuple[int, ...], memory: Memory, window: float) -> Iterator[Found]:
    if not item.trace.title or recurs(item, memory):
        return
    for pk in memory.titles.get(item.trace.title)[-_MANY * 10 :]:
        other = memory.items[pk]
        if other.source == item.source or abs(other.dated - item.dated) > window or recurs(other, memory):
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


def _agree(vector: dict[int, int], shingles: tuple[int, ...], other: Item) -> bool:
    return cosine(vector, other) >= _OWN or containment(shingles, other.trace.shingles())[0] >= _OWN


def _first(item: Item, memory: Memory) -> Item:
    return item if item.copy_of is None else memory.items.get(item.copy_of, item)
