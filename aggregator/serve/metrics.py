"""What a running daemon has done, in Prometheus' text format, from a registry of its own.

    polled(report)  published(seconds)  answered(status)     count as it happens
    expose(Standing)                                         → bytes of /metrics; what is only worth asking when somebody looks

No label names a source or a topic: ten thousand sources make as many lines as one. `aggregator status` tells them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from aggregator.pipeline.report import SourceReport

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RESULTS = ("ok", "not-modified", "failed")
STATUSES = ("2xx", "3xx", "4xx", "5xx", "none")
"""Of answers to our requests; `none`: no answer, or one that broke off. A redirect that was followed counts as what it led to."""
ANSWERS = (200, 301, 304, 404, 405, 410, 500)
"""What this server says; counted from the start, so that a rate needs no first occurrence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things are at the moment of asking."""

    due: int
    """Sources that are due and not being polled."""
    in_flight: int
    """Polls under way."""
    incidents: int
    """Open ones."""
    sources: int
    """Enabled ones."""


class Metrics:
    """The counters of one daemon."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._polls = Counter("aggregator_polls", "Polls that ended, by result", ["result"], registry=registry)
        self._items = Counter("aggregator_items", "Items taken in, by what they were", ["change"], registry=registry)
        self._requests = Counter("aggregator_requests", "Requests to sources, by status class", ["status"], registry=registry)
        self._received = Counter("aggregator_received_bytes", "Bytes of documents, decoded", registry=registry)
        self._parsing = Counter("aggregator_parse_seconds", "CPU time of parsing documents", registry=registry)
        self._publishing = Histogram(
            "aggregator_publish_seconds", "Time of one publication of all topics", registry=registry, buckets=_BUCKETS
        )
        self._answers = Counter("aggregator_responses", "Answers to subscribers, by status", ["status"], registry=registry)
        self._due = Gauge("aggregator_due_sources", "Sources that are due and wait for their poll", registry=registry)
        self._in_flight = Gauge("aggregator_polls_in_flight", "Polls under way", registry=registry)
        self._incidents = Gauge("aggregator_open_incidents", "Incidents that are open", registry=registry)
        self._sources = Gauge("aggregator_sources", "Sources that are polled", registry=registry)
        self._by_status = {status: self._answers.labels(str(status)) for status in ANSWERS}
        for result in RESULTS:
            self._polls.labels(result)
        for change in ("new", "updated"):
            self._items.labels(change)
        for status in STATUSES:
            self._requests.labels(status)

    def polled(self, report: SourceReport) -> None:
        """A poll ended. One that did not take place is not counted."""
        if report.result not in RESULTS:
            return
        self._polls.labels(report.result).inc()
        self._items.labels("new").inc(report.new)
        self._items.labels("updated").inc(report.updated)
        for status in report.statuses:
            self._requests.labels(_class(status)).inc()
        self._received.inc(report.bytes)
        self._parsing.inc(report.parsing)

    def published(self, seconds: float) -> None:
        """All topics were brought up to date."""
        self._publishing.observe(seconds)

    def answered(self, status: int) -> None:
        """A subscriber, or whoever asked, got an answer."""
        counter = self._by_status.get(status)
        (self._answers.labels(str(status)) if counter is None else counter).inc()

    def expose(self, standing: Standing) -> bytes:
        """The page."""
        self._due.set(standing.due)
        self._in_flight.set(standing.in_flight)
        self._incidents.set(standing.incidents)
        self._sources.set(standing.sources)
        return generate_latest(self._registry)


_BUCKETS: Sequence[float] = (0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60)


def _class(status: int) -> str:
    return f"{status // 100}xx" if 200 <= status < 600 else "none"
