"""What changes in the feeds between two states: entries that came and went, topic by topic. Pure.

heads before, heads after ─by slug, or by the slug that it had─→ new | removed | changed | same, with the entries
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sqlite_utils import Database

from aggregator.model import Topic
from aggregator.store import ledger, topics


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as it stands in a head."""

    entry: str
    title: str
    link: str | None = None
    source: str | None = None
    """Id of the source whose item leads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicDifference:
    """What becomes of one topic's head."""

    topic: str
    state: Literal["new", "removed", "changed", "same"]
    was: str | None = None
    """The slug that it had."""
    added: tuple[Shown, ...] = ()
    removed: tuple[Shown, ...] = ()
    kept: int = 0
    """Entries that stand before and after."""


Heads = Mapping[str, Sequence[Shown]]
"""By slug, newest first."""


def heads(db: Database) -> dict[str, tuple[Shown, ...]]:
    """What the last publication wrote of each topic that is published. Raises StoreError."""
    found = topics.heads(db)
    named = ledger.entries(db, {entry for entries in found.values() for entry in entries})
    return {slug: tuple(_shown(entry, named) for entry in entries) for slug, entries in found.items()}


def _shown(entry: str, named: Mapping[str, ledger.Named]) -> Shown:
    told = named.get(entry)
    return Shown(entry=entry, title=told.title, link=told.link, source=told.source) if told else Shown(entry=entry, title=entry)


def compare(before: Heads, after: Heads, topics: Sequence[Topic]) -> tuple[TopicDifference, ...]:
    """What becomes of each topic; `topics` are those of the state after. Removed ones come last."""
    former = {topic.slug: _former(topic, before) for topic in topics}
    found = [_compare(slug, was, before, after.get(slug, ())) for slug, was in former.items()]
    taken = {was or slug for slug, was in former.items()}
    gone = [
        TopicDifference(topic=slug, state="removed", removed=tuple(entries))
        for slug, entries in before.items()
        if slug not in taken
    ]
    return (*found, *gone)


def _former(topic: Topic, before: Heads) -> str | None:
    """The slug that a renamed topic had."""
    return None if topic.slug in before else next((slug for slug in topic.was if slug in before), None)


def _compare(slug: str, was: str | None, before: Heads, entries: Sequence[Shown]) -> TopicDifference:
    standing = before.get(was or slug)
    old = {one.entry for one in standing or ()}
    now = {one.entry for one in entries}
    added = tuple(one for one in entries if one.entry not in old)
    removed = tuple(one for one in standing or () if one.entry not in now)
    changed = bool(added or removed or was)
    return TopicDifference(
        topic=slug,
        state="new" if standing is None else "changed" if changed else "same",
        was=was,
        added=added,
        removed=removed,
        kept=len(now & old),
    )
