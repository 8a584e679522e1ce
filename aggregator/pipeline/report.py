"""What a run did, as values that the command line prints as tables or JSON and the daemon logs.

RunReport ── SourceReport …   one per source polled (or left out, with the reason)
          └─ TopicReport …    one per topic published
StatusReport ── SourceStatus …, TopicStatus …, StoreStatus, Trouble …
CheckReport ── SourceCheck …
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from aggregator.model import Incident

DAYS = 14
"""Days that status looks back."""

SourceResult = Literal["ok", "not-modified", "failed", "not-due", "disabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """One source in one run. Counts are items; `seconds` is wall time of the poll."""

    id: str
    result: SourceResult
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    migrated: int = 0
    """Of the updated and unchanged: recognized although the source changed their ids."""
    dropped: tuple[str, ...] = ()
    """Sentences about entries (or files of a folder) that could not be taken in, while the rest was."""
    error: str | None = None
    """A sentence, where result is `failed`."""
    reason: str | None = None
    """The short word of the error, for tables."""
    what: str | None = None
    """What came instead of a feed: `page`, `opml`, `sitemap` … (errors.NotAFeed)."""
    seconds: float = 0.0
    statuses: tuple[int, ...] = ()
    """Of the answers to its requests, after redirects; 0 where none came, or one that broke off."""
    bytes: int = 0
    """Of its documents, decoded."""
    parsing: float = 0.0
    """Seconds of CPU that its documents took to parse."""
    due: datetime | None = None
    """The next poll."""
    due_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicReport:
    """One topic in one run. `files` are the names (below feeds/) that changed."""

    slug: str
    entries: int = 0
    """In the head of the feed."""
    added: int = 0
    revised: int = 0
    left: int = 0
    archives: int = 0
    """Closed in this run."""
    files: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()
    """Sentences about entries that could not be rendered."""
    error: str | None = None

    def __add__(self, later: "TopicReport") -> "TopicReport":
        """Published twice in one run: where it stands in the end, with what both did."""
        return replace(
            later,
            added=self.added + later.added,
            revised=self.revised + later.revised,
            left=self.left + later.left,
            archives=self.archives + later.archives,
            files=tuple(dict.fromkeys((*self.files, *later.files))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    sources: tuple[SourceReport, ...] = ()
    topics: tuple[TopicReport, ...] = ()
    seconds: float = 0.0
    warnings: tuple[str, ...] = ()
    """Sentences about the store: it was restored, or no snapshot of it could be taken."""

    @property
    def failed(self) -> tuple[SourceReport, ...]:
        return tuple(source for source in self.sources if source.result == "failed")

    def __add__(self, later: "RunReport") -> "RunReport":
        """Two halves of one run: sources of both, and what became of each topic in both."""
        seen = {source.id for source in self.sources}
        before = {topic.slug: topic for topic in self.topics}
        return RunReport(
            sources=(*self.sources, *(source for source in later.sources if source.id not in seen)),
            topics=tuple(before[topic.slug] + topic if topic.slug in before else topic for topic in later.topics),
            seconds=self.seconds + later.seconds,
            warnings=tuple(dict.fromkeys((*self.warnings, *later.warnings))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenEntry:
    """An entry that told something which was taken down."""

    topic: str
    id: str
    remains: bool
    """Whether it stays, because others tell the story, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakedownReport:
    """What was taken down, or is not any more."""

    kind: str
    """`address` or `source`."""
    said: str
    undone: bool = False
    items: int = 0
    """Stored items that were emptied, or that the block held."""
    entries: tuple[TakenEntry, ...] = ()
    topics: tuple[TopicReport, ...] = ()
    """What the publish after it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """A source as the store knows it. `failing_since` is None while the last poll succeeded."""

    id: str
    kind: str
    address: str
    enabled: bool
    items: int
    last_poll: datetime | None = None
    last_result: str | None = None
    """`ok`, `not-modified` or `failed`; None before the first poll."""
    error: str | None = None
    failing_since: datetime | None = None
    failures: int = 0
    due: datetime | None = None
    due_reason: str | None = None
    reason: str | None = None
    """The short word of `error`."""
    advice: str | None = None
    """What to do about it."""
    moved_to: str | None = None
    """Where it is asked instead of `address`, because that one leads there for good."""
    incidents: tuple[str, ...] = ()
    """Kinds of its open incidents (docs/health.md), the worst first."""
    days: tuple[int, ...] = ()
    """Items that arrived on each of the last DAYS days (UTC), today last."""
    delays: tuple[float | None, ...] = ()
    """Mean seconds from an item's own date to its arrival, for the same days; None where no item tells."""

    @property
    def troubled(self) -> bool:
        return self.enabled and bool(self.error or self.failing_since or self.incidents)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that wants attention: since when, what was tried, what to do."""

    kind: str
    """As of incidents (docs/health.md), or `network`."""
    subject: str
    title: str
    since: datetime | None
    sentence: str
    tried: str
    """Empty where nothing can be tried."""
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicStatus:
    slug: str
    title: str
    entries: int
    """In the head of the feed."""
    published: int
    """Ever, in the ledger."""
    matched: int = 0
    """Items that it matches now, whether they were delivered, tell a story with others, or are older than its back-fill."""
    newest: datetime | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreStatus:
    path: str
    bytes: int
    items: int
    owner: int | None = None
    """Process id of the daemon that owns the store, if one runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    sources: tuple[SourceStatus, ...]
    topics: tuple[TopicStatus, ...]
    store: StoreStatus
    troubles: tuple[Trouble, ...] = ()
    """The worst first."""
    resolved: tuple[Incident, ...] = ()
    """Incidents that are over, those that ended last first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """An entry, as it would be stored."""

    title: str
    published: datetime | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCheck:
    """What a source answered when asked, without storing anything."""

    id: str
    kind: str
    address: str
    entries: int = 0
    format: str = ""
    title: str | None = None
    newest: datetime | None = None
    dropped: tuple[str, ...] = ()
    error: str | None = None
    reason: str | None = None
    seconds: float = 0.0
    moved_to: str | None = None
    """Where permanent redirects of its address lead."""
    latest: tuple[Latest, ...] = ()
    """Its newest entries, at most five."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    sources: tuple[SourceCheck, ...] = ()
