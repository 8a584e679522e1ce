"""Stories that turn out to be one: those that a run's items were like are compared with each other, until nothing changes.

Online grouping decides with what it has seen. The third report may show that the first two, too different on their own, or of one
source, tell the same event.
"""

from collections.abc import Callable, Iterable, Sequence, Set

from aggregator.stories.judging import Judge, Rarity, Verdict
from aggregator.stories.memory import Item, Memory

STEP = 0.03
"""How much more than an item's likeness to a story that of two stories must be (measured: docs/stories.md)."""


class Merge:
    """A merge that was made. `younger` is gone."""

    __slots__ = ("older", "verdict", "younger")

    def __init__(self, younger: int, older: int, verdict: Verdict) -> None:
        self.younger, self.older, self.verdict = younger, older, verdict


def merge(
    pairs: Iterable[tuple[int, int]], there: Set[int], memory: Memory, judge: Judge, rarity: Callable[[Sequence[Item]], Rarity]
) -> list[Merge]:
    """Merge what turns out to be one, of pairs of stories; those that were `there` before this run survive, else the older one.

    `rarity` says how rare terms are, as the new ones among some items have it.
    """
    made: list[Merge] = []
    work = {(min(pair), max(pair)) for pair in pairs}
    waiting: set[tuple[int, int]] = set()
    while work:
        found = [(judged, pair) for pair in work if (judged := _judged(pair, memory, judge, rarity)) is not None]
        waiting |= work
        went: dict[int, int] = {}
        for verdict, pair in sorted(found, key=lambda entry: (-entry[0].score, entry[1])):
            if went.keys().isdisjoint(pair) and set(went.values()).isdisjoint(pair):
                older, younger = sorted(pair, key=lambda story: (story not in there, _began(story, memory), story))
                memory.merge(younger, older)
                made.append(Merge(younger, older, verdict))
                went[younger] = older
        # A story that has grown is compared with its neighbours once more.
        moved = {(went.get(first, first), went.get(second, second)) for first, second in waiting}
        waiting = {(min(pair), max(pair)) for pair in moved if pair[0] != pair[1]}
        work = {pair for pair in waiting if not set(went.values()).isdisjoint(pair)}
    return made


def _judged(pair: tuple[int, int], memory: Memory, judge: Judge, rarity: Callable[[Sequence[Item]], Rarity]) -> Verdict | None:
    """How like two stories are, if enough to be one. Two items alone were judged before."""
    one, other = sorted(pair, key=lambda story: (len(memory.members[story]), story))
    if len(memory.members[other]) < 2:
        return None
    verdict = judge.likeness(one, other)
    least = judge.threshold + STEP
    if verdict.score < least:
        return None
    items = memory.of(one) + memory.of(other)
    return None if judge.why_not(memory.of(one), verdict, rarity(items), least) else verdict


def _began(story: int, memory: Memory) -> float:
    first = memory.items.get(story)
    return first.dated if first is not None else min(item.dated for item in memory.of(story))


def nearest(item: Item, others: Sequence[Item]) -> tuple[int, float]:
    """The item nearest in time, and the seconds between."""
    found = min(others, key=lambda other: (abs(other.dated - item.dated), other.pk))
    return found.pk, abs(found.dated - item.dated)
