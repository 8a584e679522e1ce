"""What we publish: members of topics, publications, feeds and their entries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aggregator.model.configured import Site
from aggregator.model.kept import Attribution
from aggregator.model.said import Category, Enclosure, Link, Person
from aggregator.model.values import Html, Plain, Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An item that a topic matches, as far as the ledger needs to know it."""

    item: int
    """Its pk."""
    source_id: str
    native_id: str
    """The source's own id, or what stands for it (`aggregator.dedupe.identity`)."""
    dated: datetime
    revised: datetime
    domain: str
    """Items of one domain are one source, as far as independence goes."""
    copy: bool = False
    """Whether it says what another item of its story says, in the same words."""
    page: str | None = None
    """The comparison key of its address."""
    at_home: bool = False
    """Whether its source is read from the site of that address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A line of the ledger: this story was delivered in this topic under this id. Never deleted, never renumbered."""

    topic: str
    story: int
    """pk of the item from which the id was minted: the story's first of those that the topic matched then."""
    entry_id: str
    position: int
    """1, 2, 3 … in the order in which we published."""
    published: datetime
    """Frozen at first publication."""
    updated: datetime
    revision: int = 0
    left: datetime | None = None
    """When it left the head by age or because the query no longer matches; None while it may stand there."""
    left_reason: str | None = None
    """`query`, `age`, `forgotten`, or `merged`: another line tells its story since."""
    lead: int | None = None
    """pk of the item that the entry shows."""
    lead_revised: datetime | None = None
    """The lead's `revised` as `updated` has accounted for it."""
    sources: int = 1
    """The most independent sources that the story ever had here."""
    turn: int = 0
    """1, 2, 3 … in the order of delivery: as `position`, but that an archived entry which changes takes the next one. Given by
    the store."""
    archive: int | None = None
    """The closed archive that holds the entry as it is; None while no archive does. Set by the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Another item that tells an entry's story."""

    source: Plain
    """What its source is called."""
    title: Plain
    link: Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Heir:
    """An entry as a file of ours tells it, which outlived the store."""

    entry_id: str
    published: datetime
    updated: datetime
    told: tuple[tuple[str, str], ...]
    """Title and address (or empty) of each item that it told, its own first."""
    html: str = ""
    """What it said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """An entry of a topic feed, ready to render."""

    id: str
    title: Plain
    link: Url | None
    published: datetime
    updated: datetime
    summary: Html | None = None
    content: Html | None = None
    text: str = ""
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    links: tuple[Link, ...] = ()
    image: Url | None = None
    language: str | None = None
    rights: Plain | None = None
    source: Attribution | None = None
    comments: Url | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()
    """Who else tells it; `content` says so, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """An entry that was delivered and is to be deleted by whoever has it (RFC 6721)."""

    id: str
    when: datetime
    comment: Plain | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A curated topic, ready to render: the same value renders to the same bytes, whatever the time."""

    site: Site
    slug: str
    id: str
    title: Plain
    subtitle: Plain | None
    updated: datetime
    entries: tuple[FeedEntry, ...] = ()
    """In the order in which they stand in the document: newest publication first."""
    archive: int | None = None
    """The number of this document among the topic's archives; None: it is the head."""
    previous: int | None = None
    """The number of the archive that holds what was delivered before; None: there is none."""
    deleted: tuple[Tombstone, ...] = ()
    """Newest first; of the head only."""

    def name(self, format: str) -> str:
        """Of the file below feeds/ that holds this document in a format (`atom`, `rss`, `json`)."""
        return f"{self.slug}.{format}" if self.archive is None else f"{self.slug}/{self.archive}.{format}"

    def address(self, format: str) -> str:
        """Where this document is served."""
        return self.site.base_url + self.name(format)

    def current(self, format: str) -> str:
        """Where the head of this feed is served."""
        return f"{self.site.base_url}{self.slug}.{format}"

    def before(self, format: str) -> str | None:
        """Where the archive is served that leads on into the past."""
        return None if self.previous is None else f"{self.site.base_url}{self.slug}/{self.previous}.{format}"


TakedownKind = Literal["address", "source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Takedown:
    """Something that is not published any more, and never taken in again."""

    number: int
    kind: TakedownKind
    subject: str
    """Comparison key of the address (with its fragment, if one was meant), or the source's id."""
    said: str
    """As the person said it."""
    asked: datetime
    comment: str | None
    items: int
    """How many stored items it emptied so far."""
