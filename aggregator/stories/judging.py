"""Does an item belong to a story? Candidates by its heaviest terms, then the cosine with each story's sum, then the rules.

    vector ─candidates→ stories ─score→ Verdict(score, shared terms) ─rules→ "terms" | why not

A score is a likeness of subjects; whether two texts tell the same event it cannot say alone. So what they share must also be
rarer together than chance: the sum of -log p over the shared terms, p from the live items and the prior, has to exceed
log(number of stories) + `MARGIN`. A hundred posts about "RSS feeds" share two words that every second post there holds.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from math import log, sqrt
from typing import NamedTuple

from aggregator.stories.copies import recurs
from aggregator.stories.memory import Item, Memory
from aggregator.stories.reading import Reading
from aggregator.stories.telling import THRESHOLDS, Settings

MARGIN = 6.0
"""Nats beyond chance (measured: docs/stories.md)."""
_SMOOTHING = 500.0
"""Texts of general language that smooth the live counts of a term."""
_LEAST_SHARED = 2
"""Terms that a headline must share."""
_PROBES = 24
_NEWEST = 150
_SCANNED = 1500
"""The heaviest terms lead to candidates, each by its newest items, until so many are looked at."""
_CANDIDATES = 10

Rarity = Callable[[int], float]
"""Term → -log of the share of texts that hold it."""


def rarity(readings: Sequence[Reading], seen: Mapping[int, int], total: int) -> Rarity:
    """How rare terms are, by how many of `total` items hold them and by the prior; what no reading says counts for nothing."""

    def of(term: int) -> float:
        chance = max((reading.chance(term) for reading in readings if term in reading.counts), default=None)
        return 0.0 if chance is None else -log((seen[term] + _SMOOTHING * chance + 0.5) / (total + _SMOOTHING + 1))

    return of


class Verdict(NamedTuple):
    """A story, looked at."""

    score: float
    story: int
    shared: tuple[tuple[float, int], ...]
    """Parts of the score with their terms, heaviest first."""


class Judge:
    """The rules, over a memory."""

    def __init__(self, memory: Memory, settings: Settings, apart: Mapping[int, set[int]]) -> None:
        self._memory = memory
        self._settings = settings
        self._apart = apart
        self.threshold = THRESHOLDS[settings.strictness]

    def verdicts(self, item: Item, vector: Mapping[int, int], square: int, *, without: int | None = None) -> list[Verdict]:
        """The stories most like a vector, the best first. `square`: of its length; `without`: a story to leave out."""
        near: list[int] = []
        far: list[int] = []
        for story in self._candidates(vector):
            if story == without:
                continue
            (near if self._reaches(item, story) else far).append(story)
            if len(near) == _CANDIDATES:
                break
        length = sqrt(square)
        return sorted(
            [self._look(vector, length, story) for story in near + far[:2]], key=lambda verdict: (-verdict.score, verdict.story)
        )

    def why_not(self, items: list[Item], verdict: Verdict, rarity: Rarity, least: float) -> str:
        """Why the items (a new one, or a story's) do not join a story; "" if they do."""
        others = self._memory.of(verdict.story)
        dates = [other.dated for other in others]
        own = [item.dated for item in items]
        reason = ""
        if verdict.score < least:
            reason = "score"
        elif any(
            not self._apart[item.pk].isdisjoint(self._memory.members[verdict.story]) for item in items if item.pk in self._apart
        ):
            reason = "split"
        elif min(abs(first - second) for first in own for second in dates) > self._settings.window:
            reason = "window"
        elif max(*dates, *own) - min(*dates, *own) > self._settings.max_age:
            reason = "too-old"
        elif len({item.source for item in chain(items, others)}) == 1:
            reason = "own-source"
        elif any(len(side) == 1 and recurs(side[0], self._memory) for side in (items, others)):
            reason = "recurring-title"
        elif not self._convinces(items, others, verdict, rarity):
            reason = "evidence"
        return reason

    def _convinces(self, items: Iterable[Item], others: Iterable[Item], verdict: Verdict, rarity: Rarity) -> bool:
        headline = all(item.trace.headline for item in items) or all(other.trace.headline for other in others)
        if headline and len(verdict.shared) < _LEAST_SHARED:
            return False
        return sum(rarity(term) for _, term in verdict.shared) >= log(max(len(self._memory.members), 1)) + MARGIN

    def _candidates(self, vector: Mapping[int, int]) -> list[int]:
        seen = self._memory.terms.seen
        chunks = []
        room = _SCANNED
        for term in islice(vector, _PROBES):
            held = seen.get(term)
            if held is not None:
                chunk = held if len(held) <= _NEWEST else held[-_NEWEST:]
                chunks.append(chunk)
                room -= len(chunk)
                if room < 0:
                    break
        found = Counter(map(self._memory.story_of.__getitem__, chain.from_iterable(chunks)))
        enough = 1 if len(vector) > 1 else 0
        return [story for _, story in sorted([(-count, story) for story, count in found.items() if count > enough])]

    def _reaches(self, item: Item, story: int) -> bool:
        window = self._settings.window
        return any(abs(self._memory.items[pk].dated - item.dated) <= window for pk in self._memory.members[story])

    def _look(self, vector: Mapping[int, int], length: float, story: int) -> Verdict:
        sums, square, _ = self._memory.centroid(story)
        scale = length * sqrt(square) or 1.0
        shared = sorted([(weight * sums[term] / scale, term) for term, weight in vector.items() if term in sums], reverse=True)
        return Verdict(sum(part for part, _ in shared), story, tuple(shared))
