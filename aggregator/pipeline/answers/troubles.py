"""What wants attention, the worst first: what sources last answered, and the incidents that are open.

troubles(sources, topics, open incidents) → Trouble …

A failed poll is shown at once, long before it is an incident. Sources that fail for want of a network are one trouble.
"""

from collections.abc import Sequence
from datetime import datetime

from aggregator.health.advice import advice
from aggregator.health.findings import when
from aggregator.health.incidents import OF_ANSWERS, OF_SOURCES, SEVERITY
from aggregator.model import Incident
from aggregator.pipeline.polls import moved
from aggregator.pipeline.polls.network import NO_NETWORK
from aggregator.pipeline.report import SourceStatus, Trouble

NETWORK = "network"
_ORDER = {NETWORK: -1, **SEVERITY}


def troubles(sources: Sequence[SourceStatus], topics: Sequence[str], standing: Sequence[Incident]) -> tuple[Trouble, ...]:
    """All of them. Of sources that are enabled, and of topics that are configured: what is neither troubles nobody."""
    enabled = {source.id: source for source in sources if source.enabled}
    failing = [source for source in enabled.values() if source.error or source.failing_since]
    found = [_answer(source) for source in failing if source.reason != NO_NETWORK]
    offline = [source for source in failing if source.reason == NO_NETWORK]
    if offline:
        found.append(_network(offline))
    for incident in standing:
        if incident.kind in OF_ANSWERS or (incident.kind in OF_SOURCES and incident.subject not in enabled):
            continue
        if incident.kind == "quarantined" and incident.subject not in topics:
            continue
        found.append(_incident(incident, enabled.get(incident.subject) if incident.kind in OF_SOURCES else None))
    return tuple(sorted(found, key=_place))


def _place(trouble: Trouble) -> tuple[int, float, str]:
    """By kind, and within it the longest first."""
    return _ORDER[trouble.kind], trouble.since.timestamp() if trouble.since else 0.0, trouble.subject


def _answer(source: SourceStatus) -> Trouble:
    if source.due_reason == "gone":
        kind, title = "gone", f"{source.id} is gone"
    elif "page" in source.incidents:
        kind, title = "page", f"{source.id} answers with a page instead of a feed"
    else:
        kind, title = "failing", f"{source.id} is failing"
    return Trouble(
        kind=kind,
        subject=source.id,
        title=title,
        since=source.failing_since,
        sentence=source.error or "no reason is known",
        tried=_tried(source),
        advice=source.advice or advice(source.reason, source.id, source.moved_to or source.address),
    )


def _tried(source: SourceStatus) -> str:
    polls = "1 poll failed" if source.failures == 1 else f"{source.failures:,} polls failed in a row"
    last = f", the last at {when(source.last_poll)}" if source.last_poll else ""
    following = "it is not asked any more" if source.due_reason == "gone" else _next(source.due)
    return f"{polls}{last}; {following}."


def _next(due: datetime | None) -> str:
    return f"it is asked again at {when(due)}" if due else "it is asked again at once"


def _network(offline: Sequence[SourceStatus]) -> Trouble:
    polls = [source.last_poll for source in offline if source.last_poll]
    dues = [source.due for source in offline if source.due]
    return Trouble(
        kind=NETWORK,
        subject=NETWORK,
        title="There is no network",
        since=min((source.failing_since for source in offline if source.failing_since), default=None),
        sentence=f"{'1 source' if len(offline) == 1 else f'{len(offline):,} sources'} could not be asked; it is not counted "
        "against them",
        tried=f"the last poll was at {when(max(polls))}; {_next(min(dues, default=None))}." if polls else "",
        advice="Look whether this machine reaches the Internet and its name server. Polls go on by themselves.",
    )


def _incident(incident: Incident, source: SourceStatus | None) -> Trouble:
    sentence, what_to_do = incident.sentence, incident.advice
    if source is not None and incident.kind == "moved" and source.moved_to:
        sentence = f"{source.address} leads to {source.moved_to} for good, and it is asked there."
        what_to_do = f"Settle it: {moved.suggestion(source.id, source.moved_to)}"
    elif "edit" in incident.details:
        what_to_do = f"{what_to_do} {incident.details['edit']}"
    return Trouble(
        kind=incident.kind,
        subject=incident.subject,
        title=incident.title,
        since=_since(incident),
        sentence=sentence,
        tried=_polled(source) if source is not None else "",
        advice=what_to_do,
    )


def _since(incident: Incident) -> datetime:
    """When it began, where that is known, else when it was noticed."""
    return datetime.fromisoformat(incident.details["since"]) if "since" in incident.details else incident.opened


def _polled(source: SourceStatus) -> str:
    return f"polled at {when(source.last_poll)} ({source.last_result}); {_next(source.due)}." if source.last_poll else ""
