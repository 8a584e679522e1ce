"""What is known of a story: who tells it, why each of them, and under which entries. Read-only, beside a daemon.

show(path, topics, what)            the story that an item belongs to
explain(path, topics, one, other)   what two items have in common, and which rule joined them or kept them apart
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from aggregator.errors import AggregatorError, ConfigError
from aggregator.model import Grouping, Member, Topic
from aggregator.normalize.comparison import comparison_key
from aggregator.pipeline.publishing.grouping import index_of, told_of
from aggregator.pipeline.publishing.windows import LIVE, kept, span
from aggregator.publish.telling import independent
from aggregator.store import coverage, database, items, ledger, lookup, sources, stories
from aggregator.stories.telling import THRESHOLDS

RULES = {
    "address": "one address: a copy",
    "guid": "one id: a copy",
    "title": "one title: a copy",
    "contained": "one holds the words of the other: a copy",
    "terms": "they have enough words in common",
    "merged": "its story turned out to be one with an older one",
    "hand": "a person decided so",
    "again": "it was known, and stays where it is",
    "first": "nothing comparable was there",
    "score": "they have too few words in common",
    "split": "a person keeps them apart",
    "window": "too much time lies between them",
    "too-old": "the story began too long before",
    "own-source": "one source alone makes no story",
    "recurring-title": "the title recurs day after day",
    "evidence": "the words that they share are no rarer together than chance",
    "fault": "grouping failed; it is delivered by itself",
    "ungrouped": "it was there before stories were told",
}
"""What each recorded reason means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaleItem:
    """An item, and why it is where it is."""

    item: int
    """Its number."""
    source: str
    called: str
    title: str
    link: str | None
    dated: datetime
    domain: str
    kind: str
    """`first`, `copy` or `story`."""
    reason: str
    rule: str
    """The reason, in words."""
    nearest: int | None = None
    """The item to which it was compared."""
    score: float | None = None
    gap: float | None = None
    """Seconds between the two."""
    terms: tuple[tuple[str, float], ...] = ()
    """What they share: stems with their parts of the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaleEntry:
    """How a topic tells it."""

    topic: str
    entry: str
    """The entry's id."""
    shows: int | None
    """The number of the item."""
    updated: datetime
    left: str | None
    """Why it does not stand in the feed any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """A story."""

    story: int
    """The number of the item that began it."""
    grouping: str
    """Strictness, window and greatest age (seconds) by which it was made."""
    sources: int
    """Independent ones: distinct registrable domains, copies not counted."""
    items: tuple[TaleItem, ...]
    """Oldest first."""
    entries: tuple[TaleEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two items, side by side."""

    one: TaleItem
    other: TaleItem
    grouping: str
    same: bool
    """Whether they tell one story."""
    recorded: bool
    """Whether what follows is what was decided then; else they were compared now, as if nothing else were there."""
    score: float | None
    threshold: float
    """The least score that joins."""
    gap: float
    """Seconds."""
    terms: tuple[tuple[str, float], ...]
    reason: str
    rule: str


def grouping_of(topics: Sequence[Topic], slug: str | None) -> Grouping:
    """How a topic groups; without a slug, the first that tells stories. Raises ConfigError."""
    telling = {topic.slug: topic.grouping for topic in topics if topic.stories}
    if slug is not None and slug not in telling:
        raise ConfigError([f"there is no topic {slug!r} that tells stories; there are: {', '.join(telling) or 'none'}"])
    if not telling:
        raise ConfigError(["no topic tells stories: all of them say stories = false"])
    return telling[slug] if slug is not None else next(iter(telling.values()))


def find(path: Path, what: str) -> int:
    """The number of the item that is meant; of several, the oldest. Raises AggregatorError if there is none, StoreError."""
    with database.visit(path) as db:
        return _find(db, what)


def show(path: Path, topics: Sequence[Topic], what: str, slug: str | None = None) -> Tale:
    """The story of an item. Raises AggregatorError, ConfigError, StoreError."""
    grouping = grouping_of(topics, slug).name
    with database.visit(path) as db:
        item = _find(db, what)
        story = stories.of_items(db, grouping, [item])[item]
        members = {*stories.items_of(db, grouping, [story]), item}
        told = _items(db, grouping, members)
        return Tale(
            story=story,
            grouping=grouping,
            sources=independent(map(_member, told)),
            items=tuple(told),
            entries=tuple(_entries(db, topics, members)),
        )


def explain(path: Path, topics: Sequence[Topic], one: str, other: str, slug: str | None = None) -> Comparison:
    """What two items have in common. Raises AggregatorError, ConfigError, StoreError."""
    grouping = grouping_of(topics, slug)
    with database.visit(path) as db:
        pks = [_find(db, one), _find(db, other)]
        if pks[0] == pks[1]:
            raise AggregatorError(f"{one} and {other} are one item, number {pks[0]}")
        first, second = _items(db, grouping.name, pks)
        story_of = stories.of_items(db, grouping.name, pks)
        recorded = next((this for this, that in ((second, first), (first, second)) if this.nearest == that.item), None)
        if recorded is not None:
            score, terms, reason = recorded.score, recorded.terms, recorded.reason
        else:
            score, terms, reason = _compare(db, grouping, topics, first, second)
    return Comparison(
        one=first,
        other=second,
        grouping=grouping.name,
        same=story_of[pks[0]] == story_of[pks[1]],
        recorded=recorded is not None,
        score=score,
        threshold=THRESHOLDS[grouping.strictness],
        gap=abs((first.dated - second.dated).total_seconds()),
        terms=terms,
        reason=reason,
        rule=RULES.get(reason, reason),
    )


def _compare(
    db: Database, grouping: Grouping, topics: Sequence[Topic], first: TaleItem, second: TaleItem
) -> tuple[float | None, tuple[tuple[str, float], ...], str]:
    index = index_of(grouping, topics)
    reach = span(grouping)
    around = stories.live(db, grouping.name, first.dated - reach, second.dated + reach, second.dated, LIVE)
    index.load(map(kept, around))
    told = told_of(db, [first.item, second.item])
    decision = index.compare(told[first.item], told[second.item])
    return decision.score, decision.terms, decision.reason


def _find(db: Database, what: str) -> int:
    key = comparison_key(what) if "." in what and not what.startswith("urn:") else None
    found = lookup.items(db, what, key)
    if not found:
        raise AggregatorError(f"no item is known by {what!r}: give its number, its address, or the id of an entry")
    return found[0]


def _items(db: Database, grouping: str, pks: Sequence[int] | set[int]) -> list[TaleItem]:
    rulings = stories.rulings(db, grouping, pks)
    found = []
    for stored in items.get(db, pks):
        ruling, row = rulings.get(stored.pk), sources.load(db, stored.source_id)
        reason = ruling.reason if ruling else "ungrouped"
        found.append(
            TaleItem(
                item=stored.pk,
                source=stored.source_id,
                called=row.called if row else stored.source_id,
                title=stored.item.title,
                link=stored.item.link,
                dated=stored.dated,
                domain=ruling.domain if ruling else stored.source_id,
                kind=ruling.kind if ruling else "first",
                reason=reason,
                rule=RULES.get(reason, reason),
                nearest=ruling.nearest if ruling else None,
                score=ruling.score if ruling else None,
                gap=ruling.gap if ruling else None,
                terms=tuple(ruling.terms) if ruling else (),
            )
        )
    return sorted(found, key=lambda one: (one.dated, one.item))


def _member(one: TaleItem) -> Member:
    return Member(
        item=one.item,
        source_id=one.source,
        native_id="",
        dated=one.dated,
        revised=one.dated,
        domain=one.domain,
        copy=one.kind == "copy",
    )


def _entries(db: Database, topics: Sequence[Topic], members: set[int]) -> list[TaleEntry]:
    found = []
    for topic in topics:
        lines = ledger.lines(db, topic.slug, set(coverage.tellers(db, topic.slug, members).values()))
        found += [
            TaleEntry(topic=topic.slug, entry=line.entry_id, shows=line.lead, updated=line.updated, left=line.left_reason)
            for line in lines.values()
        ]
    return found
