"""A query tried over what is stored: what it would bring, by which clause, and how much a day. Read only.

query ─words→ candidates ─matcher→ matches, newest first ─→ titles and texts with the places that held, a count per day
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate.highlight import Span, spans
from aggregator.curate.query import parse
from aggregator.errors import ConfigError
from aggregator.model import StoredItem, Topic
from aggregator.pipeline import backfill
from aggregator.store import database, items, sources

SHOWN = 20
"""Matches whose text is looked into."""
TEXT = 20_000
"""Characters of a text in which places are sought."""
AROUND = 60
"""Characters that are shown before the first place in a text; twice as many after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """A piece of text, and the places in it (start and end) that the query found."""

    text: str
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialMatch:
    """A stored item that the query matches."""

    source: str
    dated: datetime
    link: str | None
    clause: str
    """What held in the query, in its canonical text."""
    title: Excerpt
    text: Excerpt | None
    """The surroundings of the first place in the text; None where the title or a field alone decided."""


@dataclass(frozen=True, slots=True)
class Day:
    day: str
    """As in 2026-02-03."""
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialReport:
    """What a query brings. Days are in UTC, by effective date, without gaps, the last one today."""

    query: str
    """In its canonical text."""
    since: str
    """The first day."""
    source: str | None
    matches: int
    items: int
    """Of those looked for: stored, since `since`, of `source` where one is named."""
    days: tuple[Day, ...]
    newest: tuple[TrialMatch, ...]


def try_query(path: Path, text: str, now: datetime, *, days: int, source: str | None = None) -> TrialReport:
    """Try a query over the items of the last `days` days. Raises QueryError, ConfigError for an unknown source, StoreError."""
    query = parse(text)
    first = now.date() - timedelta(days=days - 1)
    db = database.view(path)
    try:
        with database.sentences(path):
            known = [row.id for row in sources.load_all(db)]
            if source is not None and source not in known:
                raise ConfigError([f"there is no source {source!r} in the store; there are: {', '.join(known) or 'none yet'}"])
            topic = Topic(slug="", title="", query=text, sources=(source,) if source else ())
            found = sorted((one for one in backfill.find(db, [topic])[""].values() if one.dated.date() >= first), reverse=True)
            counts = Counter(one.dated.date() for one in found)
            return TrialReport(
                query=str(query),
                since=str(first),
                source=source,
                matches=len(found),
                items=items.count_since(db, datetime.combine(first, datetime.min.time(), now.tzinfo), source),
                days=tuple(Day(str(day), counts[day]) for day in (first + timedelta(days=number) for number in range(days))),
                newest=tuple(_matches(db, found[:SHOWN])),
            )
    finally:
        db.close()


def _matches(db: Database, found: Sequence[backfill.Found]) -> list[TrialMatch]:
    stored = items.get(db, [one.pk for one in found])
    return [_match(item, one.clause) for one, item in zip(found, stored, strict=True)]


def _match(stored: StoredItem, clause: str) -> TrialMatch:
    held, item = parse(clause), stored.item
    return TrialMatch(
        source=stored.source_id,
        dated=stored.dated,
        link=item.link,
        clause=clause,
        title=Excerpt(text=item.title, places=tuple(spans(held, "title", item.title))),
        text=_excerpt(item.text[:TEXT], spans(held, "text", item.text[:TEXT])),
    )


def _excerpt(text: str, places: Sequence[Span]) -> Excerpt | None:
    """What stands around the first place: from a blank before it to a blank after it."""
    if not places:
        return None
    first, last = places[0]
    start = text.find(" ", first - AROUND, first) + 1 if first > AROUND else 0
    end = text.rfind(" ", last, last + 2 * AROUND) if last + 2 * AROUND < len(text) else len(text)
    start, end = start or max(0, first - AROUND), end if end > last else min(len(text), last + 2 * AROUND)
    inside = tuple((a - start, b - start) for a, b in places if a >= start and b <= end)
    return Excerpt(text=text[start:end], places=inside)
