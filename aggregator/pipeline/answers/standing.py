"""Why a topic shows an item, or does not: exactly one reason for each topic. Reads the store and the published file, no more.

item, topic ─ledger→     shown, covered, archived, or why its entry left
            ─membership→ what it waits for, or why it was not delivered
            ─rules→      the clause that failed
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from sqlite_utils import Database

from aggregator.curate.explain import explain
from aggregator.curate.matcher import admits
from aggregator.curate.query import parse
from aggregator.curate.rule import rule
from aggregator.curate.subject import Subject, subject
from aggregator.model import Publication, StoredItem, Topic
from aggregator.pipeline.publishing.settle import grouping
from aggregator.publish.telling import independent
from aggregator.store import coverage, ledger, sources, stories, topics, ungrouped

Where = Literal["in", "past", "waits", "out"]
"""In the head; delivered, but not in the head any more (or past it from the start); to be delivered; not delivered."""

SENTENCES = {
    "shown": "in the feed",
    "covered": "in the feed, listed below the item that leads its entry",
    "archived": "in an archive: newer entries have taken its place in the feed",
    "quarantined": "held back: it cannot be rendered; the health feed says why",
    "unpublished": "decided; written by the next publish",
    "age": "left the feed because it is older than the topic's max_age; archives keep it",
    "quota": "past the topic's quota for its source and day; archives and digests have it",
    "backfill": "from before the topic began, and older than its back-fill reaches",
    "digest": "told by the topic's digest",
    "merged": "its story turned out to be one with an older entry",
    "takedown": "taken down",
    "query": "the query does not match",
    "language": "none of the topic's languages",
    "source": "the topic takes nothing from this source",
    "ungrouped": "waits to be grouped into stories; the next publish does that",
    "too-few": "its story is told by too few independent sources",
    "forgotten": "forgotten: past [store] keep, and not in its source's document any more",
    "new-topic": "the topic is new; the next run fills it",
    "undecided": "the topic's rules changed; the next run decides",
}
"""What each reason means, in a topic's line of `aggregator why`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one topic stands to an item."""

    topic: str
    where: Where
    reason: str
    sentence: str
    clause: str = ""
    """Of the query: what held, or the first clause that failed."""
    because: str = ""
    """Of a failed `-clause`: what held in it."""
    entry: str | None = None
    """The id of the entry that tells it."""
    shows: int | None = None
    """The item that leads the entry."""
    position: int | None = None
    published: datetime | None = None
    updated: datetime | None = None
    revision: int = 0
    archive: int | None = None


def standings(
    db: Database, stored: StoredItem, configured: Iterable[Topic], directory: Path, *, forgotten: bool
) -> list[Standing]:
    """How each topic stands to an item, in their order. `directory` is where feeds are published."""
    row = sources.load(db, stored.source_id)
    seen = subject(
        stored.item,
        source_id=stored.source_id,
        kind=row.kind if row else "",
        source_title=row.called if row else stored.source_id,
    )
    return [_standing(db, stored, seen, topic, directory, forgotten) for topic in configured]


def _standing(db: Database, stored: StoredItem, seen: Subject, topic: Topic, directory: Path, forgotten: bool) -> Standing:
    member = topics.membership(db, topic.slug, stored.pk)
    line = ledger.line(db, topic.slug, stored.pk)
    if line is not None and (member is not None or line.left_reason not in (None, "query")):
        return _delivered(db, topic, stored, line, member.clause if member else "", directory)
    if member is not None:
        return _not_yet(db, topic, stored, member)
    return _excluded(db, topic, stored, seen, forgotten)


def _delivered(db: Database, topic: Topic, stored: StoredItem, line: Publication, clause: str, directory: Path) -> Standing:
    where, reason = _of_line(db, topic, stored, line, directory)
    return Standing(
        topic=topic.slug,
        where=where,
        reason=reason,
        sentence=SENTENCES.get(reason, f"left the feed ({reason})"),
        clause=clause,
        entry=line.entry_id,
        shows=line.lead,
        position=line.position,
        published=line.published,
        updated=line.updated,
        revision=line.revision,
        archive=line.archive,
    )


def _of_line(db: Database, topic: Topic, stored: StoredItem, line: Publication, directory: Path) -> tuple[Where, str]:
    if line.left is not None:
        return "past", line.left_reason or "query"
    if _is_written(directory, topic.slug, line.entry_id):
        return "in", "shown" if line.lead == stored.pk else "covered"
    if line.archive is not None:
        return "past", "archived"
    row = topics.load(db, topic.slug)
    without = row.rendered.get("without") if row else None
    return "waits", "quarantined" if isinstance(without, list) and line.entry_id in without else "unpublished"


def _not_yet(db: Database, topic: Topic, stored: StoredItem, member: topics.Membership) -> Standing:
    where: Where = "out" if member.standing == "held" else "waits"
    sources_now = 0
    if topic.stories and stored.pk > (ungrouped.mark(db, topic.grouping.name) or 0):
        reason = "ungrouped"
    else:
        sources_now = _independent(db, topic, stored.pk)
        few = topic.min_sources > 1 and sources_now < topic.min_sources
        reason = "too-few" if few else "backfill" if member.standing == "held" else "unpublished"
    sentence = SENTENCES[reason]
    if reason == "too-few":
        sentence += f": {sources_now} of {topic.min_sources}"
    return Standing(topic=topic.slug, where=where, reason=reason, sentence=sentence, clause=member.clause)


def _independent(db: Database, topic: Topic, pk: int) -> int:
    """How many independent sources tell the item's story in the topic."""
    name = grouping(topic)
    if name is None:
        return 1
    story = stories.of_items(db, name, [pk])
    members = coverage.members(db, topic.slug, name, {pk, *stories.items_of(db, name, set(story.values()))})
    return independent(members.values())


def _excluded(db: Database, topic: Topic, stored: StoredItem, seen: Subject, forgotten: bool) -> Standing:
    reason, clause, because = _exclusion(db, topic, stored, seen, forgotten)
    return Standing(topic=topic.slug, where="out", reason=reason, sentence=SENTENCES[reason], clause=clause, because=because)


def _exclusion(db: Database, topic: Topic, stored: StoredItem, seen: Subject, forgotten: bool) -> tuple[str, str, str]:
    row = topics.load(db, topic.slug)
    if row is None:
        return "new-topic", "", ""
    if not admits(topic.sources, stored.source_id):
        return "source", "", ""
    asked = explain(parse(topic.query), seen)
    if not asked.matched:
        return "query", asked.clause, asked.because
    whole = explain(rule(topic), seen)
    if not whole.matched:
        return "language", whole.clause, ""
    if forgotten:
        return "forgotten", "", ""
    return "undecided", asked.clause, ""


def _is_written(directory: Path, slug: str, entry_id: str) -> bool:
    """Whether the entry stands in the topic's file, whichever format there is."""
    for suffix in ("atom", "rss", "json"):
        try:
            return entry_id.encode() in (directory / f"{slug}.{suffix}").read_bytes()
        except OSError:
            continue
    return False
