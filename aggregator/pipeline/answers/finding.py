"""Search over what was published: in the language of topics' queries, and in the words that were published, no others.

text ─parse→ query ─words→ lines of the ledger whose lead may match, newest first ─compose→ entries ─matcher→ what is found

Strangers ask, so it is bounded: a query needs a word to look for, so many lines are looked at, for so many seconds. A /regex/
can take ten microseconds a character and megabytes for its automaton, hundreds of times what words take: those are for topics.
"""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate.clauses import Regex, leaves
from aggregator.curate.highlight import spans
from aggregator.curate.matcher import Matcher
from aggregator.curate.query import parse
from aggregator.curate.sieve import sieve
from aggregator.curate.subject import subject
from aggregator.errors import QueryError
from aggregator.model import FeedEntry, Item, StoredItem, Topic
from aggregator.pipeline.publishing.listed import Compose
from aggregator.publish.listings import Named, Telling, telling
from aggregator.store import database, pages, sources

LONGEST = 200
"""Characters of a query."""
SHOWN = 30
LOOKED_AT = 300
"""Lines whose words are read: each takes a tenth of a millisecond."""
SECONDS = 2.0
"""Time until no further line is looked at."""
_TOO_LONG = "That takes too long; name words that are in fewer stories."
_STEPS = 10_000
"""Of SQLite's machine between two looks at the clock: well below a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A story, the topics that published it, and the places in its title and excerpt that the query found."""

    story: Telling
    topics: tuple[Named, ...]
    title: tuple[tuple[int, int], ...] = ()
    excerpt: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """What a search found, newest first. `problem` says why nothing was looked for; `more`, that not everything is shown."""

    query: str
    found: tuple[Hit, ...] = ()
    more: bool = False
    problem: str = ""


def find(path: Path, text: str, topics: Sequence[Topic], compose: Compose) -> Hits:
    """Search the store for what these topics published. Raises StoreError."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        return Hits(query=text[:LONGEST], problem=f"A search has at most {LONGEST} characters.")
    if not text:
        return Hits(query="")
    try:
        query = parse(text)
        matcher = Matcher([Topic(slug="", title="", query=text)])
    except QueryError as error:
        return Hits(query=text, problem=f"This cannot be looked for: {error.message} (at character {error.column}).")
    if any(isinstance(leaf, Regex) for leaf in leaves(query)):
        return Hits(query=text, problem="A search takes words, and no /regex/; for the start of a word write it as in ferr*.")
    groups = sieve(query)
    if not groups:
        return Hits(query=text, problem="Name at least one word that must be in a story.")
    db = database.view(path)
    try:
        with database.sentences(path):
            return _find(db, text, groups, matcher, topics, compose)
    finally:
        db.close()


def _find(
    db: Database, text: str, groups: Sequence[frozenset[str]], matcher: Matcher, topics: Sequence[Topic], compose: Compose
) -> Hits:
    end = time.monotonic() + SECONDS
    db.conn.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    named = {topic.slug: Named(topic.title, topic.slug) for topic in topics}
    try:
        lines = pages.with_words(db, groups, named, LOOKED_AT)
    except sqlite3.OperationalError:  # what it says of an interruption depends on where it was
        if time.monotonic() <= end:
            raise
        return Hits(query=text, problem=_TOO_LONG)
    finally:
        db.conn.set_progress_handler(None, 0)
    rows = {id: sources.load(db, id) for id in {item.source_id for _, item in lines}}
    found: dict[int, Hit] = {}
    cut = False
    for line, item in lines:
        if cut := time.monotonic() > end:
            break
        if item.pk in found:
            hit = found[item.pk]
            found[item.pk] = replace(hit, topics=(*hit.topics, named[line.topic]))
            continue
        if len(found) > SHOWN:
            break
        entry = compose(db, line.topic, [(line, item)])[0]
        if (row := rows[item.source_id]) is None:
            continue
        seen = subject(_published(item, entry), source_id=item.source_id, kind=row.kind, source_title=row.called)
        if matcher.match(seen):
            found[item.pk] = _hit(text, entry, named[line.topic])
    if cut and not found:
        return Hits(query=text, problem=_TOO_LONG)
    more = cut or len(found) > SHOWN or len(lines) == LOOKED_AT
    return Hits(query=text, found=tuple(found.values())[:SHOWN], more=more)


def _published(item: StoredItem, entry: FeedEntry) -> Item:
    """The item as far as it was published: what is withheld is not found either."""
    return replace(item.item, title=entry.title, text=entry.text)


def _hit(text: str, entry: FeedEntry, topic: Named) -> Hit:
    story, query = telling(entry), parse(text)
    return Hit(
        story=story,
        topics=(topic,),
        title=tuple(spans(query, "title", story.title)),
        excerpt=tuple(spans(query, "text", story.excerpt)),
    )
