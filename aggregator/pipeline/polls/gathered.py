"""What one poll has gathered so far: where it asks, what came, and the report that is made of it.

Gathered(source, row, resources) ─documents→ counts, state, hints, freshness, dropped ─Plan→ SourceReport
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from urllib.request import url2pathname

from aggregator.errors import FetchError, HttpStatusError, NotAFeed, SourceError
from aggregator.model import Document, Hints, Json, Source
from aggregator.pipeline.polls.budget import Polled
from aggregator.pipeline.polls.intake import Counts
from aggregator.pipeline.report import SourceReport
from aggregator.polling.plan import Plan
from aggregator.store.documents import Resource
from aggregator.store.moves import Move
from aggregator.store.sources import SourceRow


@dataclass(slots=True)
class Gathered:
    """What one poll has gathered so far."""

    source: Source
    """At the address where it is asked: `configured`, unless it moved."""
    configured: Source
    row: SourceRow
    resources: Mapping[str, Resource]
    move: Move | None = None
    moved_to: str | None = None
    """Where permanent redirects of the source's own address led."""
    back: bool = False
    """Whether the configured address is asked because the new one failed."""
    counts: Counts = field(default_factory=Counts)
    asked: set[str] = field(default_factory=set)
    state: dict[str, Json] = field(default_factory=dict)
    hints: Hints | None = None
    freshness: float | None = None
    dropped: list[str] = field(default_factory=list)
    changed: bool = False
    """Whether any document came that was not the one we had."""
    statuses: list[int] = field(default_factory=list)
    bytes: int = 0
    parsing: float = 0.0
    complete: list[Resource] = field(default_factory=list)
    """What to keep of documents that point at others, once these came, too."""

    def holds(self, url: str) -> bool:
        """Whether an address of the source has a document now: it was asked in this poll, or is a file that is still there."""
        return url in self.asked or (url.startswith("file:") and Path(url2pathname(urlsplit(url).path)).exists())

    def afresh(self) -> "Gathered":
        """The same poll before anything was asked."""
        return Gathered(source=self.source, configured=self.configured, row=self.row, resources=self.resources, move=self.move)

    @property
    def result(self) -> Literal["ok", "not-modified"]:
        """What is said of it if nothing failed."""
        return "ok" if self.changed else "not-modified"

    def polled(self) -> Polled:
        """What it says of when to ask again. A document that did not come again still holds its hints."""
        hints = self.hints if self.hints is not None else self.row.hints
        return Polled(self.source, self.counts.dated, self.freshness, hints)

    def notice(self, freshness: float | None) -> None:
        """A document stays fresh for so many seconds: the poll as a whole, until the first of them is stale."""
        if freshness is not None:
            self.freshness = freshness if self.freshness is None else min(freshness, self.freshness)

    def hint(self, hints: Hints) -> None:
        """A document asks something of its pollers: of several, the first that asks for anything."""
        if self.hints in (None, Hints()):
            self.hints = hints

    def count(self, answer: Document | FetchError) -> None:
        """One request was answered, or was not. Files are no requests, but their bytes count."""
        if isinstance(answer, Document):
            self.bytes += len(answer.body)
        if not answer.url.startswith("file:"):
            self.statuses.append(answer.status if isinstance(answer, Document | HttpStatusError) else 0)

    def report(self, plan: Plan, started: float, error: SourceError | None = None) -> SourceReport:
        """How it ended. `started` is what time.monotonic() said then."""
        return SourceReport(
            id=self.source.id,
            result="failed" if error else self.result,
            new=self.counts.new,
            updated=self.counts.updated,
            unchanged=self.counts.unchanged,
            migrated=self.counts.migrated,
            dropped=tuple(self.dropped),
            error=str(error) if error else None,
            reason=error.reason if error else None,
            what=error.what if isinstance(error, NotAFeed) else None,
            seconds=time.monotonic() - started,
            statuses=tuple(self.statuses),
            bytes=self.bytes,
            parsing=round(self.parsing, 6),
            due=plan.due,
            due_reason=plan.reason,
        )
