"""Stories that turn out to be one: what a run has added to is compared with the others once more, until nothing changes.

Online grouping decides with what it has seen. The third report may show that the first two, too different on their own, or of one
source, tell the same event.
"""

from collections.abc import Callable, Sequence, Set

from aggregator.stories.judging import Judge, Rarity, Verdict
from aggregator.stories.memory import Item, Memory

STEP = 0.04
"""How much more than an item's likeness to a story that of two stories must be (measured: docs/stories.md)."""


class Merge:
    """A merge that was made. `younger` is gone."""

    __slots__ = ("older", "verdict", "younger")

    def __init__(self, younger: int, older: int, verdict: Verdict) -> None:
        self.younger, self.older, self.verdict = younger, older, verdict


def merge(
    touched: set[int], there: Set[int], memory: Memory, judge: Judge, rarity: Callable[[Sequence[Item]], Rarity]
) -> list[Merge]:
    """Merge what `touched` stories turn out to be one with; those that were `there` before this run survive, else the older one.

    `rarity` says how rare terms are, as the new ones among some items have it.
    """
    made: list[Merge] = []
    work = set(touched)
    while work:
        found = [verdict for story in work for verdict in _mergeable(story, memory, judge, rarity)]
        work = set()
        for _, first, second, verdict in sorted(found, key=lambda entry: (-entry[0], entry[1], entry[2])):
            if first not in memory.members or second not in memory.members or {first, second} & work:
                continue
            older, younger = sorted((first, second), key=lambda story: (story not in there, _began(story, memory), story))
            memory.merge(younger, older)
            made.append(Merge(younger, older, verdict))
            work.add(older)
    return made


def _mergeable(
    story: int, memory: Memory, judge: Judge, rarity: Callable[[Sequence[Item]], Rarity]
) -> list[tuple[float, int, int, Verdict]]:
    """The stories that a story belongs together with, best first: (score, smaller id, larger id, verdict).

    One item alone was judged before.
    """
    if story not in memory.members or len(memory.members[story]) < 2:
        return []
    centroid = memory.centroid(story)
    items = memory.of(story)
    heaviest = dict(sorted(centroid.sums.items(), key=lambda pair: (-pair[1], pair[0])))
    spoken = rarity(items)
    return [
        (verdict.score, min(story, verdict.story), max(story, verdict.story), verdict)
        for verdict in judge.verdicts(items[-1], heaviest, centroid.square, without=story)
        if not judge.why_not(items, verdict, spoken, judge.threshold + STEP)
    ]


def _began(story: int, memory: Memory) -> float:
    first = memory.items.get(story)
    return first.dated if first is not None else min(item.dated for item in memory.of(story))


def nearest(item: Item, others: Sequence[Item]) -> tuple[int, float]:
    """The item nearest in time, and the seconds between."""
    found = min(others, key=lambda other: (abs(other.dated - item.dated), other.pk))
    return found.pk, abs(found.dated - item.dated)
