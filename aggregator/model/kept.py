"""What we keep: sanitized items, as the store holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.model.said import Category, Enclosure, Link, Person
from aggregator.model.values import Html, Plain, Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Where an entry comes from: atom:source, cleaned. Kept per source, and per item where the source itself republishes."""

    id: Plain | None = None
    title: Plain | None = None
    subtitle: Plain | None = None
    link: Url | None = None
    self_link: Url | None = None
    updated: datetime | None = None
    language: str | None = None
    rights: Plain | None = None
    license: Url | None = None
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    image: Url | None = None
    icon: Url | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry as we keep it: sanitized, resolved, dated in UTC. Persons, categories, links and enclosures are cleaned too."""

    native_id: str | None
    """The source's own id, XML-safe and capped (a longer one is replaced by its digest); None if it gave none."""
    link: Url | None
    """Cleaned of tracking parameters, otherwise as the source wrote it."""
    link_key: str | None = None
    """Comparison key of `link`: equal keys mean the same page. Never published."""
    title: Plain
    """Never empty: an untitled item is called by the start of its text."""
    untitled: bool = False
    """True where `title` was derived from the text."""
    summary: Html | None = None
    content: Html | None = None
    text: str = ""
    """The content (or summary) as plain text, paragraphs kept apart by newlines; for matching, excerpts and hashes."""
    published: datetime | None = None
    """As claimed by the source."""
    updated: datetime | None = None
    """As claimed by the source."""
    guessed: bool = False
    """True where a date was guessed rather than read by a standard."""
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    links: tuple[Link, ...] = ()
    image: Url | None = None
    language: str | None = None
    """BCP 47, lower case."""
    rights: Plain | None = None
    source: Attribution | None = None
    comments: Url | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredItem:
    """An item in the store, with what only we know of it."""

    pk: int
    source_id: str
    key: str
    """Identity within the source; see `aggregator.dedupe.identity`."""
    item: Item
    first_seen: datetime
    dated: datetime
    """The effective date: the claimed one if it is plausible, else first_seen; frozen."""
    revised: datetime
    """The last significant change that we saw, or at first what the source said; never backwards."""
    source_updated: datetime | None = None
    """When the source said that it was updated, as this version of the item was taken from it (atom:source/updated)."""
