"""What a source said: hostile, and in Atom's words. Any field may be missing, malformed or huge."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from aggregator.model.asked import Request
from aggregator.model.values import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Atom's text construct. `html` covers xhtml, as its serialized markup. `base` resolves relative addresses in it."""

    value: str
    type: Literal["text", "html"] = "text"
    language: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str | None = None
    uri: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    href: str
    rel: str = "alternate"
    type: str | None = None
    title: str | None = None
    hreflang: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A media file that belongs to an entry. `length` in bytes, `duration` in seconds."""

    href: str
    type: str | None = None
    length: int | None = None
    title: str | None = None
    duration: float | None = None
    medium: str | None = None
    """Media RSS: image, audio, video, document or executable."""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHeader:
    """What a source says of itself (or, as an inner atom:source, of where it has an entry from)."""

    id: str | None = None
    title: Text | None = None
    subtitle: Text | None = None
    link: str | None = None
    """The site (rel alternate)."""
    self_link: str | None = None
    updated: str | None = None
    language: str | None = None
    rights: Text | None = None
    license: str | None = None
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    image: str | None = None
    icon: str | None = None
    generator: str | None = None
    base: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as the source said it. Anything may be missing or malformed; dates are the source's own strings."""

    id: str | None = None
    """guid, atom:id, JSON Feed's id, WordPress' guid, a clipping's id, address or path."""
    link: str | None = None
    title: Text | None = None
    summary: Text | None = None
    content: Text | None = None
    published: str | None = None
    updated: str | None = None
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    links: tuple[Link, ...] = ()
    """Others than alternate and enclosure: related, via, replies, license …"""
    image: str | None = None
    language: str | None = None
    rights: Text | None = None
    source: FeedHeader | None = None
    comments: str | None = None
    """Address of a page with comments."""
    base: str | None = None
    """What this entry's addresses are relative to (xml:base, else the document)."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """iTunes and podcast fields by their qualified name, such as `itunes:duration`."""
    mark: str = field(default="", repr=False, compare=False)
    """Digest of the bytes that it was made of, and of all that it takes from around them; empty if the parser tells none.
    Of an entry whose mark was known to the parser, all else may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """What a document asks of its pollers."""

    ttl: float | None = None
    """Seconds, from RSS ttl or sy:updatePeriod / sy:updateFrequency."""
    skip_hours: tuple[int, ...] = ()
    """0 to 23, UTC."""
    skip_days: tuple[int, ...] = ()
    """0 is Monday, UTC."""
    moved_to: str | None = None
    """itunes:new-feed-url and the like: shown, never followed."""
    complete: bool = False
    """The document says that nothing more will come (itunes:complete)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed that a subscription list names."""

    url: str
    kind: str = "feed"
    """`feed`, or `opml` for a list within the list; of a list that we exported, any kind."""
    id: str | None = None
    """What it was called where we exported it."""
    title: str | None = None
    folders: tuple[str, ...] = ()
    """Names of the folders that it stands in, the outermost first."""
    line: int = 0
    """Where it stands in its document, from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What an adapter made of one document."""

    entries: tuple[Entry, ...] = ()
    """In document order."""
    header: FeedHeader | None = None
    requests: tuple[Request, ...] = ()
    """What to ask for next within the same poll: further pages, or the place that this document only points at."""
    state: State = field(default_factory=dict)
    """Merged over the source's state once every document of the poll was stored."""
    hints: Hints = Hints()
    subscriptions: tuple[Subscription, ...] | None = None
    """Of a subscription list: the feeds that are followed because it names them, all of them. None for anything else."""
    dropped: tuple[str, ...] = ()
    """A sentence for each entry that could not be understood."""
    format: str = ""
    """What the document turned out to be, such as `rss20`, `atom10`, `jsonfeed11`."""
