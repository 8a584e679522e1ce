"""What the pages list: plain values, made from feeds or read from the store.

Feed ─listing→ TopicListing (Telling …)      a month's lines → Telling …      what is known of a source → SourceListing
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from aggregator.model import Attribution, Feed, FeedEntry
from aggregator.publish.lexical import excerpt, language, uri

NEWEST = 5
"""How many stories of a topic the index shows."""
SHOWN = 50
"""How many stories a topic's page shows; the others are on the pages of their months."""
EXCERPT = 280
"""Characters of a story's text on its topic's page."""


class Named(NamedTuple):
    """Somebody, and where to find them."""

    name: str
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A story in a list."""

    title: str
    address: str | None
    published: datetime
    source: Named | None = None
    language: str | None = None
    excerpt: str = ""
    others: tuple[Named, ...] = ()
    """Who else tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A page of the archive."""

    name: str
    """`2026-11`"""
    stories: int

    @property
    def year(self) -> str:
        return self.name.partition("-")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicListing:
    """A topic as the index and the OPML list show it."""

    slug: str
    title: str
    subtitle: str = ""
    entries: int = 0
    """In the head of the feed."""
    updated: datetime | None = None
    newest: tuple[Telling, ...] = ()
    """Newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceListing:
    """A source as the directory and the OPML list show it."""

    id: str
    title: str
    subtitle: str = ""
    site: str | None = None
    feed: str | None = None
    """None where it has none, or a secret one."""
    rights: str = ""
    license: str | None = None
    authors: tuple[str, ...] = ()
    topics: tuple[Named, ...] = ()
    """That show stories of it now; the address is the slug."""


def listing(feed: Feed) -> TopicListing:
    """How a rendered topic is listed."""
    return TopicListing(
        slug=feed.slug,
        title=feed.title,
        subtitle=feed.subtitle or "",
        entries=len(feed.entries),
        updated=feed.updated,
        newest=tuple(telling(entry, text=False) for entry in feed.entries[:NEWEST]),
    )


def telling(entry: FeedEntry, *, text: bool = True) -> Telling:
    """An entry as a list shows it, with the start of its text or without."""
    return Telling(
        title=entry.title,
        address=uri(entry.link),
        published=entry.published,
        source=named(entry.source),
        language=language(entry.language),
        excerpt=(excerpt(entry.text, EXCERPT) or "") if text else "",
        others=tuple(Named(one.source, uri(one.link)) for one in entry.coverage) if text else (),
    )


def named(said: Attribution | None) -> Named | None:
    """Whose an entry is."""
    if said is None or not said.title:
        return None
    return Named(said.title, uri(said.link))


def sources(feed: Feed) -> tuple[tuple[Named, int], ...]:
    """Whose entries a feed holds, and how many: the most first, then by name."""
    counts: dict[Named, int] = {}
    for entry in feed.entries:
        name = named(entry.source)
        if name is not None:
            counts[name] = counts.get(name, 0) + 1
    return tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].name.casefold(), pair[0])))
