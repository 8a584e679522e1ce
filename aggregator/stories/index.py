"""The live items and their stories: an explicit value, rebuilt from the store, that decides about a run's new items together.

    Told ─read, weigh→ vector ─address, id, title, 4-grams→ copy
                              ─nearest story, rules→ story ─else→ first        then: stories that turn out to be one are merged

Its state depends on the rows that were kept, on nothing else: neither on the order in which they came, nor on a restart.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from heapq import nlargest
from itertools import chain
from operator import add

from aggregator.stories import hand
from aggregator.stories.copies import Found, identifies, original
from aggregator.stories.judging import Judge, Rarity, Verdict, rarity
from aggregator.stories.lexicon import Lexicon
from aggregator.stories.memory import Item, Memory
from aggregator.stories.merging import Merge, merge, nearest
from aggregator.stories.reading import Reading, digest
from aggregator.stories.telling import Change, Decision, Kept, Settings, Told
from aggregator.stories.trace import Trace

_SLICE = 1000
"""Items read at once: 10 MB."""
_TERMS = 8
_NEARBY = 0.75
"""The share of the threshold from which two stories may turn out to be one."""


class Stories:
    """Groups items into copies and stories."""

    def __init__(self, settings: Settings, lexicon: Lexicon | None = None) -> None:
        """`lexicon`: that of another one with these settings, which learns for both."""
        self._settings = settings
        self.lexicon = lexicon or Lexicon(settings.background)
        self._memory = Memory()
        self._apart: hand.Apart = {}
        self._counts = self._memory
        self._judge = Judge(self._memory, settings, self._apart)
        self._nearby = _NEARBY * self._judge.threshold
        self._merges: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._memory.items)

    def load(self, rows: Iterable[Kept], apart: Iterable[tuple[int, int]] = ()) -> int:
        """Take in what the store holds; returns how many rows were left out because another version wrote their trace."""
        left = 0
        for pair in apart:
            hand.set_apart(self._apart, pair)
        for row in rows:
            try:
                trace = Trace(row.trace)
            except ValueError:
                left += 1
                continue
            self._memory.put(_item(row, trace, row.story, row.copy_of))
        return left

    def group(self, batch: Sequence[Told]) -> list[Decision]:
        """Decide about a run's new items, by effective date; the decisions are in that order.

        An item that is known (told again because it changed) stays in its story; its trace is renewed, and its story may be
        merged with another one.
        """
        ordered = sorted(
            batch, key=lambda told: (told.dated, told.source_id, told.native or told.link_key or told.title, told.pk)
        )
        there = frozenset(self._memory.members)
        decisions: dict[int, Decision] = {}
        made: list[Merge] = []
        for start in range(0, len(ordered), _SLICE):
            made += self._group(ordered[start : start + _SLICE], decisions, there)
        self._merges = [(one.younger, one.older) for one in made if one.younger in there]
        return list(decisions.values())

    def merges(self) -> list[tuple[int, int]]:
        """What the last `group` merged, as (younger story, older story that survives): to be stored in the same transaction.

        Stories that began in that `group` are not among them: its decisions already say where their items ended.
        """
        return list(self._merges)

    def forget(self, before: datetime) -> None:
        """Drop what is dated earlier; a `load` of the rows dated `before` or later gives the same state."""
        limit = before.timestamp()
        self._memory.take([pk for pk, item in self._memory.items.items() if item.dated < limit])

    def trim(self, most: int, middle: datetime) -> bool:
        """Drop what is dated farthest from `middle`, so that no more than so many items are left; a `load` of these gives the
        same state. Returns whether there were more."""
        items, moment = self._memory.items, middle.timestamp()
        over = len(items) - most
        if over > 0:
            self._memory.take(nlargest(over, items, key=lambda pk: (abs(items[pk].dated - moment), pk)))
        return over > 0

    def discard(self, pks: Iterable[int]) -> bool:
        """Drop these items, as far as they are there. Returns whether any was."""
        return bool(self._memory.take([pk for pk in pks if pk in self._memory.items]))

    def tells(self, stories: Iterable[int]) -> bool:
        """Whether any of these stories has an item here."""
        return any(story in self._memory.members for story in stories)

    def split(self, pk: int) -> Change:
        """Take an item out of its story, for ever; its copies go with it."""
        return hand.split(self._memory, self._apart, pk)

    def join(self, pk: int, story: int) -> Change:
        """Put an item (with its copies) into a story, whatever the rules say; undoes a split of the two."""
        return hand.join(self._memory, self._apart, pk, story)

    def compare(self, first: Told, second: Told) -> Decision:
        """What would become of the second if the first were all that there is; how rare words are, the live items say."""
        alone = Stories(self._settings)
        alone._counts = self._memory
        alone._group([first], {}, frozenset())
        decisions: dict[int, Decision] = {}
        alone._group([second], decisions, frozenset())
        return decisions[second.pk]

    def _group(self, batch: Sequence[Told], decisions: dict[int, Decision], there: Set[int]) -> list[Merge]:
        memory = self._memory
        known = {item.pk: item for item in memory.take([told.pk for told in batch if told.pk in memory.items])}
        readings = {told.pk: Reading(told, self.lexicon) for told in batch}
        told = Counter(chain.from_iterable([reading.counts for reading in readings.values()]))
        seen = dict(zip(told, map(add, told.values(), self._counts.terms.count(told)), strict=True))
        total = len(self._counts.items) + len(readings)
        pairs: set[tuple[int, int]] = set()
        # What is known goes back to its story first, so that the new items find it there.
        for pk, reading in sorted(readings.items(), key=lambda pair: pair[0] not in known):
            vector = reading.weigh(seen, total)
            trace = Trace(reading.trace(vector))
            before = known.get(pk)
            if before is not None:
                item = _item(reading.told, trace, before.story, before.copy_of)
                decisions[pk] = _again(item)
                verdicts = self._judge.verdicts(item, vector)
            else:
                item = _item(reading.told, trace, pk, None)
                decisions[pk], verdicts = self._decide(item, vector, reading, rarity([reading], seen, total))
                item.story = decisions[pk].story or pk
                item.copy_of = decisions[pk].nearest if decisions[pk].kind == "copy" else None
            product = next((verdict.product for verdict in verdicts if verdict.story == item.story), None)
            memory.put(item, vector, product)
            pairs |= {(item.story, verdict.story) for verdict in verdicts if verdict.score >= self._nearby}

        def spoken(items: Sequence[Item]) -> Rarity:
            return rarity([readings[item.pk] for item in items if item.pk in readings], seen, total)

        made = merge([pair for pair in pairs if pair[0] != pair[1]], there, memory, self._judge, spoken)
        self._follow(made, decisions, readings)
        return made

    def _decide(self, item: Item, vector: dict[int, int], reading: Reading, rare: Rarity) -> tuple[Decision, list[Verdict]]:
        """What becomes of a new item, and the stories that were looked at."""
        memory = self._memory
        apart = self._apart.get(item.pk, set())
        for found in original(item, vector, memory, self._settings.window):
            if apart.isdisjoint(memory.members[found.original.story]):
                return _copied(item, found), []
        refused: Decision | None = None
        verdicts = self._judge.verdicts(item, vector)
        for verdict in verdicts:
            reason = self._judge.why_not([item], verdict, rare, self._judge.threshold)
            if not reason:
                return self._told(item, verdict, reading, "terms"), verdicts
            if refused is None:
                refused = self._told(item, verdict, reading, reason)
            if reason == "score":
                break
        return refused or Decision(pk=item.pk, kind="first", reason="first", trace=item.trace.data), verdicts

    def _told(self, item: Item, verdict: Verdict, reading: Reading, reason: str) -> Decision:
        pk, gap = nearest(item, self._memory.of(verdict.story))
        return Decision(
            pk=item.pk,
            kind="story" if reason == "terms" else "first",
            story=verdict.story if reason == "terms" else None,
            nearest=pk,
            score=verdict.score,
            terms=_named(verdict, reading),
            gap=gap,
            reason=reason,
            trace=item.trace.data,
        )

    def _follow(self, made: Sequence[Merge], decisions: dict[int, Decision], readings: Mapping[int, Reading]) -> None:
        """Let the decisions say where merges took their items."""
        verdicts = {one.younger: one.verdict for one in made}
        for pk, decision in decisions.items() if made else ():
            item = self._memory.items[pk]
            if (decision.story or pk) == item.story:
                continue
            if decision.kind == "first":
                others = [other for other in self._memory.of(item.story) if other.pk != pk]
                near, gap = nearest(item, others)
                decisions[pk] = replace(
                    decision,
                    kind="story",
                    story=item.story,
                    nearest=near,
                    gap=gap,
                    reason="merged",
                    score=verdicts[pk].score if pk in verdicts else decision.score,
                    terms=_named(verdicts[pk], readings[pk]) if pk in verdicts and pk in readings else (),
                )
            else:
                decisions[pk] = replace(decision, story=None if item.story == pk else item.story)


def _item(told: Told | Kept, trace: Trace, story: int, copy_of: int | None) -> Item:
    link, native = identifies(told)
    return Item(
        told,
        trace,
        story=story,
        copy_of=copy_of,
        link=digest(link) if link else 0,
        native=digest(native) if native and native != link else 0,
    )


def _again(item: Item) -> Decision:
    """An item that is told again stays where it is."""
    return Decision(
        pk=item.pk,
        kind="copy" if item.copy_of is not None else "first" if item.story == item.pk else "story",
        story=None if item.story == item.pk else item.story,
        nearest=item.copy_of,
        reason="again",
        trace=item.trace.data,
    )


def _copied(item: Item, found: Found) -> Decision:
    return Decision(
        pk=item.pk,
        kind="copy",
        story=found.original.story,
        nearest=found.original.pk,
        score=found.score,
        gap=abs(found.original.dated - item.dated),
        reason=found.reason,
        trace=item.trace.data,
    )


def _named(verdict: Verdict, reading: Reading) -> tuple[tuple[str, float], ...]:
    """The heaviest terms that were shared, by their names in a text."""
    shared = sorted(((part, term) for part, term in verdict.shared if term in reading.forms), reverse=True)
    return tuple((reading.name(term), part / verdict.scale) for part, term in shared[:_TERMS])
