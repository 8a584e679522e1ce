"""What the user wrote: sources, topics, the site."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aggregator.model.values import Network, Republish, Updates


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
