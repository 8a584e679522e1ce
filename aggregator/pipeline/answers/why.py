"""An item's whole life, for whoever asks why: where it came from, what was made of it, and how each topic stands to it.

    number | entry id | address → the item        words → the items that have them, newest first; the newest is told
    source and its last poll → item: address, key, dates and why → stories, by each grouping in force → a reason for each topic

Read-only, beside a daemon. Inclusions are told as they were recorded, exclusions are found anew by the rules in force.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from aggregator.dedupe.changes import SKEW
from aggregator.errors import AggregatorError
from aggregator.model import StoredItem, Topic
from aggregator.normalize.comparison import comparison_key
from aggregator.pipeline import backfill
from aggregator.pipeline.answers import tales
from aggregator.pipeline.answers.standing import Standing, standings
from aggregator.store import database, items, lookup, sources
from aggregator.store.items import Upkeep

MOST = 10
"""Items that are named where several are meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """Another item that the same words or address mean."""

    item: int
    source: str
    title: str
    dated: datetime
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The source of an item, and how its polls go."""

    id: str
    called: str
    kind: str
    address: str | None
    """None where it looks secret, or the source is not known any more."""
    last_poll: datetime | None
    last_result: str | None
    due: datetime | None
    due_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is known of one item."""

    item: int
    title: str
    link: str | None
    native: str | None
    """The source's own id."""
    key: str
    """What it is known by within its source."""
    link_key: str | None
    """By this, addresses are compared."""
    source: Origin
    first_seen: datetime
    dated: datetime
    dated_because: str
    revised: datetime
    revisions: int
    """Significant changes of the text that only its bytes told."""
    forgotten: datetime | None
    stands: bool
    """Whether its source's document holds it now."""
    stories: tuple[tales.Tale, ...]
    """Its story, by each grouping in force."""
    topics: tuple[Standing, ...]
    others: tuple[Other, ...] = ()
    """What else was meant by what was asked for, newest first."""
    more: int = 0
    """How many others are not named."""


def why(path: Path, topics: Sequence[Topic], directory: Path, what: str, *, words: bool = True) -> Life:
    """Tell the life of the item that is meant. Without `words`, by its address or number alone: words may mean to read all.

    Raises AggregatorError if there is none, QueryError, StoreError.
    """
    with database.visit(path) as db:
        found = _meant(db, what, words)
        chosen, others = found[0], found[1:]
        named = items.get(db, others[:MOST])
        return _life(db, topics, directory, path, chosen, tuple(map(_other, named)), max(0, len(others) - MOST))


def _meant(db: Database, what: str, words: bool) -> list[int]:
    key = comparison_key(what) if "." in what and not what.startswith("urn:") else None
    found = lookup.items(db, what, key)
    if found:
        return found
    if words and "://" not in what and not what.startswith("urn:"):
        matches = backfill.find(db, [Topic(slug="", title="", query=what)])[""].values()
        found = [match.pk for match in sorted(matches, reverse=True)]
    if not found:
        also = ", or words as in a query" if words else ""
        raise AggregatorError(
            f"no item is known by {what!r}: give its number, its address, the id of an entry{also}; "
            "an item that was never stored came from no source (`aggregator status` shows how polls go)"
        )
    return found


def _life(
    db: Database, topics: Sequence[Topic], directory: Path, path: Path, pk: int, others: tuple[Other, ...], more: int
) -> Life:
    stored = items.get(db, [pk])[0]
    upkeep = items.upkeep(db, pk)
    groupings = dict.fromkeys(topic.grouping.name for topic in topics if topic.stories)
    telling = {topic.grouping.name: topic.slug for topic in reversed(topics) if topic.stories}
    return Life(
        item=pk,
        title=stored.item.title,
        link=stored.item.link,
        native=stored.item.native_id,
        key=stored.key,
        link_key=stored.item.link_key,
        source=_origin(db, stored.source_id),
        first_seen=stored.first_seen,
        dated=stored.dated,
        dated_because=dated_because(stored),
        revised=stored.revised,
        revisions=upkeep.bumps,
        forgotten=upkeep.forgotten,
        stands=upkeep.stands,
        stories=tuple(tales.show(path, topics, str(pk), telling[name]) for name in groupings),
        topics=tuple(standings(db, stored, topics, directory, forgotten=_is_gone(upkeep))),
        others=others,
        more=more,
    )


def dated_because(stored: StoredItem) -> str:
    """Why an item has its effective date, as a sentence; the mirror of dedupe.changes.dated."""
    item, seen = stored.item, stored.first_seen
    guessed = ", which was guessed rather than read" if item.guessed else ""
    for claimed, name in ((item.published, "its source's date"), (item.updated, "its source's date of the last change")):
        if claimed is None:
            continue
        if claimed == stored.dated and claimed <= seen:
            return f"{name}{guessed}"
        if claimed > seen and stored.dated == seen:
            early = "a little " if claimed <= seen + SKEW else ""
            return f"when it was first seen: {name} lies {early}after that ({claimed:%Y-%m-%d %H:%M} UTC)"
    if stored.dated == seen:
        return "when it was first seen: its source gives no date that can be read"
    return "its source's date when it was first seen, which has changed since"


def _is_gone(upkeep: Upkeep) -> bool:
    return upkeep.forgotten is not None


def _origin(db: Database, source_id: str) -> Origin:
    row = sources.load(db, source_id)
    return Origin(
        id=source_id,
        called=row.called if row else source_id,
        kind=row.kind if row else "",
        address=row.address if row else None,
        last_poll=row.last_poll if row else None,
        last_result=row.last_result if row else None,
        due=row.due if row else None,
        due_reason=row.due_reason if row else None,
    )


def _other(stored: StoredItem) -> Other:
    item = stored.item
    return Other(item=stored.pk, source=stored.source_id, title=item.title, dated=stored.dated, link=item.link)
