"""What the daemon logs of its runs: a line per source and per topic, and one for each thing that was left out."""

from collections.abc import Iterable

import structlog

from aggregator.pipeline.answers.difference import TopicDifference
from aggregator.pipeline.report import RunReport, SourceReport, TopicReport

NAMED = 5
"""Entries that are named each way."""

_log = structlog.get_logger(__name__)


def tell_run(report: RunReport) -> None:
    """A run that a command asked for."""
    for source in report.sources:
        if source.result in ("ok", "not-modified", "failed"):
            tell_source(source)
    for topic in report.topics:
        tell_topic(topic)


def tell_source(report: SourceReport) -> None:
    """One poll."""
    due = report.due.isoformat(timespec="seconds") if report.due else None
    if report.result == "failed":
        _log.warning("source failed", source=report.id, reason=report.reason, error=report.error, next=due)
    else:
        _log.info("source polled", source=report.id, result=report.result, new=report.new, updated=report.updated, next=due)
    for sentence in report.dropped:
        _log.warning("left out", source=report.id, why=sentence)


def tell_topic(report: TopicReport) -> None:
    """One topic's publication; nothing if no file changed."""
    if report.error:
        _log.error("topic not written", topic=report.slug, error=report.error)
    elif report.files:
        _log.info("topic published", topic=report.slug, entries=report.entries, added=report.added, revised=report.revised)
    for sentence in report.quarantined:
        _log.warning("entry not rendered", topic=report.slug, why=sentence)


def tell_difference(differences: Iterable[TopicDifference]) -> None:
    """What a changed configuration did to the feeds: what `aggregator diff` would have said before it was applied."""
    for one in differences:
        if one.state != "same":
            _log.info(
                "topic changed by configuration",
                topic=one.topic,
                state=one.state,
                was=one.was,
                added=len(one.added),
                removed=len(one.removed),
                titles_added=[entry.title for entry in one.added[:NAMED]],
                titles_removed=[entry.title for entry in one.removed[:NAMED]],
            )
