"""Does an item belong to a story? Candidates by its heaviest terms, then the cosine with each story's sum, then the rules.

    vector ─candidates→ stories ─score→ Verdict(score, shared terms) ─rules→ "terms" | why not

A score is a likeness of subjects; whether two texts tell the same event it cannot say alone. So what they share must also be
rarer together than chance: the sum of -log p over the shared terms, p from the live items and the prior, has to exceed
log(number of stories) + `MARGIN`. A hundred posts about "RSS feeds" share two words that every second post there holds. And a
name that general language does not know weighs most of all only because nobody has counted it: what makes two texts the first of
a story must not hang on one.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, islice
from math import fsum, log, sqrt
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
"""Terms that a headline must share …"""
_TELLING = 1.5
"""… each rarer than in a fifth of all texts: what topics' queries name is not among them."""
_MOST, _WITHOUT = 1 / 3, 0.85
"""Two texts are likened for the first time: so much of the score may come from one term that the prior does not know, or else the
others must come to so much of the threshold (measured: docs/stories.md)."""
_ENOUGH = 3
"""Of so many telling terms a headline may make what it likes: most of its few words are names."""
_PROBES = 24
_NEWEST = 30
_SCANNED = 150
"""The heaviest terms lead to candidates, each by its newest items, until so many are looked at (measured: docs/benchmarks.md)."""
_CANDIDATES = 6
_SHARE_OF_BEST = 2
"""Who shares fewer of the heaviest terms than this part of the most is not looked at."""
_FAR = 2
"""Stories out of reach that are looked at, to say so."""


class Rare(NamedTuple):
    """How rare a term is."""

    nats: float
    """-log of the share of texts that hold it."""
    counted: bool
    """Whether the prior knows it, or nobody says."""


_UNSAID = Rare(0.0, True)


Rarity = Callable[[Sequence[int]], list[Rare]]
"""Terms → how rare each of them is."""


def rarity(readings: Sequence[Reading], seen: Mapping[int, int], total: int) -> Rarity:
    """How rare terms are, by how many of `total` items hold them and by the prior; what no reading says counts for nothing."""

    def of(terms: Sequence[int]) -> list[Rare]:
        chances = readings[0].chances if len(readings) == 1 else _commonest(terms, readings)
        texts = total + _SMOOTHING + 1
        return [
            Rare(-log((seen[term] + _SMOOTHING * chances[term] + 0.5) / texts), chances[term] > 0.0)
            if term in chances
            else _UNSAID
            for term in terms
        ]

    return of


def _commonest(terms: Sequence[int], readings: Sequence[Reading]) -> Mapping[int, float]:
    """The greatest chance that any reading gives a term."""
    said = {term: [reading.chances[term] for reading in readings if term in reading.chances] for term in terms}
    return {term: max(chances) for term, chances in said.items() if chances}


class Verdict(NamedTuple):
    """A story, looked at."""

    score: float
    story: int
    shared: list[tuple[int, int]]
    """The terms that it shares, each after its part of the score × `scale`."""
    scale: float
    product: int
    """The score × `scale`."""


class Judge:
    """The rules, over a memory."""

    def __init__(self, memory: Memory, settings: Settings, apart: Mapping[int, set[int]]) -> None:
        self._memory = memory
        self._settings = settings
        self._apart = apart
        self.threshold = THRESHOLDS[settings.strictness]

    def verdicts(self, item: Item, vector: Mapping[int, int]) -> list[Verdict]:
        """The stories most like an item, the best first."""
        length = sqrt(sum([weight * weight for weight in vector.values()]))
        found = [self._look(vector, length, story) for story in self._candidates(item, vector)]
        return sorted(found, key=lambda verdict: (-verdict.score, verdict.story))

    def likeness(self, first: int, second: int) -> Verdict:
        """How like the second story is to the first."""
        return self._look(self._memory.sums(first), sqrt(self._memory.square(first)), second)

    def why_not(self, items: list[Item], verdict: Verdict, rarity: Rarity, least: float) -> str:
        """Why the items (a new one, or a story's) do not join a story; "" if they do."""
        others = self._memory.of(verdict.story)
        dates = [other.dated for other in others]
        own = [item.dated for item in items]
        reason = ""
        if verdict.score < least:
            reason = "score"
        elif self._apart and any(
            not self._apart[item.pk].isdisjoint(self._memory.members[verdict.story]) for item in items if item.pk in self._apart
        ):
            reason = "split"
        elif all(abs(first - second) > self._settings.window for first in own for second in dates):
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

    def _convinces(self, items: Sequence[Item], others: Sequence[Item], verdict: Verdict, rarity: Rarity) -> bool:
        rare = rarity([term for _, term in verdict.shared])
        telling = sum(one.nats >= _TELLING for one in rare)
        headline = all(item.trace.headline for item in items) or all(other.trace.headline for other in others)
        if headline and telling < _LEAST_SHARED:
            return False
        first = len(items) == 1 and sum(other.copy_of is None for other in others) == 1
        if first and not (headline and telling >= _ENOUGH) and self._hangs(verdict, rare):
            return False
        return fsum([one.nats for one in rare]) >= log(max(len(self._memory.members), 1)) + MARGIN

    def _hangs(self, verdict: Verdict, rare: Sequence[Rare]) -> bool:
        """Whether a likeness hangs on one term that the prior does not know."""
        part = max((part for (part, _), one in zip(verdict.shared, rare, strict=True) if not one.counted), default=0)
        return part > _MOST * verdict.product and verdict.product - part < _WITHOUT * self.threshold * verdict.scale

    def _candidates(self, item: Item, vector: Mapping[int, int]) -> list[int]:
        """Stories of items that share two of the heaviest terms, those that share most first; the last ones out of reach."""
        found = Counter(self._memory.terms.newest(islice(vector, _PROBES), _NEWEST, _SCANNED))
        least = min(_LEAST_SHARED, len(vector))
        sharing = [(-count, -pk) for pk, count in found.items() if count >= least]
        sharing.sort()
        if sharing:
            least = max(least, -sharing[0][0] // _SHARE_OF_BEST)
        near: dict[int, None] = {}
        far: dict[int, None] = {}
        for count, pk in sharing:
            if -count < least:
                break
            other = self._memory.items[-pk]
            (near if self._reaches(item, other) else far)[other.story] = None
            if len(near) == _CANDIDATES:
                break
        return [*near, *islice((story for story in far if story not in near), _FAR)]

    def _reaches(self, item: Item, other: Item) -> bool:
        window, dated = self._settings.window, item.dated
        if abs(other.dated - dated) <= window:
            return True
        members = self._memory.members[other.story]
        return len(members) > 1 and any(abs(self._memory.items[pk].dated - dated) <= window for pk in members)

    def _look(self, vector: Mapping[int, int], length: float, story: int) -> Verdict:
        shared = self._memory.product(vector, story)
        product = sum([part for part, _ in shared])
        scale = length * sqrt(self._memory.square(story)) or 1.0
        return Verdict(product / scale, story, shared, scale, product)
