"""The nouns that cross a folder: frozen, slotted, keyword-only, in Atom's words; imports nothing of ours.

    Source ─requests→ Request ─fetch→ Document ─parse→ Parsed(Entry …) ─normalize→ Item ─hash→ Arrival
           ─decide→ stored Item ─match→ membership ─publish→ Publication ─curate→ Feed(FeedEntry …) ─render→ bytes

Two worlds meet here. What a source said (`Request` to `Parsed`) is hostile: any field may be missing, malformed or huge. What
we keep (`Item` onwards) is made of `Plain`, `Html` and `Url`, which only `aggregator.normalize` makes: unsanitized text does
not type-check into the store. All instants are aware datetimes in UTC; all durations are seconds unless the name says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, NewType

Plain = NewType("Plain", str)
"""One line of text for people: no markup, no control characters, valid in XML 1.0."""
Html = NewType("Html", str)
"""A sanitized HTML fragment with absolute addresses, valid in XML 1.0 once escaped."""
Url = NewType("Url", str)
"""An absolute http(s) address (for an item without one: empty is never used, the field is None)."""

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
State = Mapping[str, Json]
"""What an adapter wants to remember of a source from poll to poll; kept by the store as JSON."""
Network = IPv4Network | IPv6Network
Updates = Literal["bump", "silent", "ignore"]
"""What a change of the words of a published item does: moves `updated`; is written without a word; or nothing at all."""
Republish = Literal["full", "excerpt", "title"]
"""How much of an item is published."""


# ── what is configured ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Something polled. `id` is configured and is the identity; `url` (or a folder's `path`) may change at any time."""

    id: str
    kind: str
    url: str | None = None
    path: str | None = None
    """Absolute path of a folder or file, for kinds that read from disk."""
    title: str | None = None
    """What the user calls it; wins over what the source says of itself."""
    interval: float | None = None
    """Seconds between polls, None for the program's choice."""
    floor: float | None = None
    """Least seconds between polls that the program may choose, None for the default."""
    ceiling: float | None = None
    """Most seconds between polls that the program may choose, None for the default."""
    cron: str | None = None
    """When to poll, as a crontab(5) expression in the source's time zone; instead of `interval`."""
    enabled: bool = True
    timezone: str | None = None
    """IANA zone of dates without one; None means UTC."""
    updates: Updates = "bump"
    republish: Republish | None = None
    """None: what its licence allows, where it declares one."""
    was: tuple[str, ...] = ()
    """Former ids, whose state this source takes over."""
    allow_private: tuple[Network, ...] | None = None
    """Private ranges this source may reach; None means the `[fetch]` default."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    """Sent to the origin of `url` and to no other. They may be secret: never shown, logged or stored."""
    options: object = None
    """An instance of the kind's own `Options` model."""
    native: bool = True
    """Whether feeds in plain notation may be read by our own reader, which gives the same entries faster."""


def list_of(source_id: str) -> str | None:
    """The subscription list that a source is followed by, None for one that is configured: `planet/lwn.net-5e1f` → `planet`."""
    name, slash, _ = source_id.partition("/")
    return name if slash else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """By which settings items become stories. Topics with equal settings share one grouping of all items."""

    strictness: Literal["loose", "normal", "strict"] = "normal"
    window: float = 72 * 3600.0
    """Seconds: an item joins a story only within so long of one of its items."""
    max_age: float = 10 * 86400.0
    """Seconds: an item joins a story only so long after its first item."""

    @property
    def name(self) -> str:
        """What the store calls it."""
        return f"{self.strictness}/{self.window:g}/{self.max_age:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Which of the stored items a new or widened topic delivers: the newest `count`, or all dated from `since` or `age` on.

    None of them: the newest `limit` of the topic.
    """

    count: int | None = None
    since: datetime | None = None
    age: float | None = None
    """Seconds before the moment of the change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A feed that we publish."""

    slug: str
    title: str
    subtitle: str = ""
    query: str = "*"
    sources: tuple[str, ...] = ()
    """Source ids; empty means all. An id with a leading `!` is left out. A list's id stands for the feeds that it names."""
    languages: tuple[str, ...] = ()
    """BCP 47 tags, each standing for all below it; empty means any. Items that declare none are let in."""
    backfill: Backfill = Backfill()
    min_sources: int = 1
    """A story is published once so many independent sources tell it."""
    quota: int | None = None
    """Entries of one source and day in the head, None for any number."""
    digest: str | None = None
    """When its periods end, if an entry tells all of a period: see `aggregator.curate.periods`."""
    limit: int = 50
    """Entries in the head of the feed, at least: it also holds those that no archive has taken yet."""
    most_bytes: int | None = None
    """Bytes that the head may have in any format, as far as its newest entry fits; None where the user chose `limit`."""
    max_age: float | None = None
    """Seconds after which an entry leaves the head; None means never."""
    stories: bool = True
    """Whether an entry is a story; else every item is an entry."""
    grouping: Grouping = Grouping()
    prefer: tuple[str, ...] = ()
    """Ids of sources whose item leads a story, the first one first; the earliest leads a story that none of them tells."""
    updates: Updates | None = None
    """None: as its items' sources have it."""
    republish: Republish | None = None
    """None: as its items' sources have it."""
    was: tuple[str, ...] = ()
    """Former slugs, whose ledger and feed id this topic takes over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The publisher, as it names itself in every feed."""

    title: str
    base_url: str
    """Absolute, ends with a slash. File feeds/X is at base_url + X."""
    author: str | None = None
    contact: str | None = None
    language: str = "en"
    formats: tuple[str, ...] = ("atom", "rss", "json")
    via: bool = False
    """Whether each entry says at its end, visibly, where it comes from."""


# ── what we ask, and what comes ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to ask for: an http(s) address, or the `file:` address of a file or folder.

    Adapters fill `url`, `role`, `accept` and `patterns`; the pipeline adds what the store remembers of the address.
    """

    url: str
    role: str = ""
    """The adapter's own word for this request; comes back on the Document."""
    accept: str = "*/*"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    etag: str | None = None
    last_modified: str | None = None
    validators_of: str | None = None
    """The `Document.url` whose answer left the validators; None means `url`. They are sent to that address only."""
    patterns: tuple[str, ...] = ()
    """For a folder: globs of the files to read, relative to it."""
    known_files: Mapping[str, str] = field(default_factory=dict)
    """For a folder: `file:` address → etag that its last successful read left."""
    allow_private: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What came. Status 304 has no body and means: what you had under these validators still holds."""

    url: str
    """After redirects: what relative addresses are relative to."""
    request: Request
    status: int = 200
    body: bytes = b""
    """Decoded (no content coding)."""
    content_type: str = ""
    """The Content-Type header, verbatim; a hint, never trusted."""
    etag: str | None = None
    """Verbatim, to be sent back verbatim. For files, a digest of what stat says."""
    last_modified: str | None = None
    """Verbatim, to be sent back verbatim."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case names; of repeated headers (Link), values are joined with a comma."""
    moved_to: str | None = None
    """Where the unbroken prefix of permanent redirects (301, 308) led, if there was one."""

    @property
    def not_modified(self) -> bool:
        return self.status == 304


# ── what a source said ──────────────────────────────────────────────────────────────────────────────────────


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


# ── what we keep ────────────────────────────────────────────────────────────────────────────────────────────


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
class Arrival:
    """One entry of a document, in document order, as a worker hands it over."""

    fingerprint: str
    """Digest of the entry as the source said it."""
    item: Item | None
    """None where the fingerprint was known already: nothing about the entry changed."""
    substance: str = ""
    """Digest of what a reader would call the article: moves `updated`."""
    rendition: str = ""
    """Digest of everything that is published of the item."""
    mark: str = ""
    """Digest of the bytes that the entry was made of, where its parser tells one."""


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


# ── what we publish ─────────────────────────────────────────────────────────────────────────────────────────


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


# ── what went wrong ─────────────────────────────────────────────────────────────────────────────────────────

IncidentKind = Literal[
    "store", "restored", "unwritten", "config", "gone", "page", "failing", "quarantined", "moved", "migrated", "silent", "spike"
]
"""The worst first; what each means is in `aggregator.health.incidents`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that went wrong, and whether it still is. Instants are whole seconds."""

    id: str
    """urn:uuid, version 5, of kind, subject and opened; for ever."""
    kind: IncidentKind
    subject: str
    """A source's id, a topic's slug, or the name of a file."""
    opened: datetime
    updated: datetime
    """When it last opened or was resolved."""
    resolved: datetime | None = None
    times: int = 1
    """How often it opened."""
    title: str
    """In a few words, naming the subject as it was called then."""
    sentence: str
    advice: str = ""
    cause: str = ""
    """A short word or key: an open incident is told anew when it changes."""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        return self.resolved is None
