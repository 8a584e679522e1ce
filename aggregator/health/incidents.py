"""Incidents: when one opens, when it is still the same one, when it is over. Pure.

    (latest incident of kind and subject, Finding | None, now) ─decide→ the incident as it is from now on, None: no change

    nothing, or over for more than FLAP  ─Finding→ opened, under a new id
    open                                 ─Finding→ the same; told anew where its cause changed
    over for less than FLAP              ─Finding→ the same one, open again
    open                                 ─nothing→ resolved

`updated` moves when an incident opens, opens again or is resolved, and never backwards, whatever the clock does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID, uuid5

from aggregator.model import Incident, IncidentKind

SEVERITY: Mapping[str, int] = {kind: place for place, kind in enumerate(get_args(IncidentKind))}
"""Kind → place in a list of troubles: what touches everything, then what a source lost, then what wants a look some day."""

OF_SOURCES: frozenset[IncidentKind] = frozenset({"gone", "page", "failing", "moved", "migrated", "silent", "spike"})
"""Kinds whose subject is a source's id."""
OF_TOPICS: frozenset[IncidentKind] = frozenset({"quarantined", "unwritten"})
"""Kinds whose subject is a topic's slug (of `unwritten` also `feeds` and `health`)."""
OF_ANSWERS: tuple[IncidentKind, ...] = ("gone", "page", "failing")
"""Kinds that one good answer of the source ends. At most one of them opens at a time."""
EVENTS: frozenset[IncidentKind] = frozenset({"restored", "migrated", "spike"})
"""Kinds that happen rather than last: over after a day, or nobody who reads seldom would see them open."""

HEADLINES: Mapping[IncidentKind, str] = {
    "store": "The store is in trouble",
    "restored": "The store was damaged and has been replaced",
    "unwritten": "{subject} cannot be written",
    "config": "{subject} is wrong, and the old configuration stays in force",
    "gone": "{subject} is gone",
    "page": "{subject} answers with a page instead of a feed",
    "failing": "{subject} is failing",
    "quarantined": "{subject} holds entries that cannot be rendered",
    "moved": "{subject} has moved",
    "migrated": "{subject} changed its ids",
    "silent": "{subject} is silent",
    "spike": "{subject} brought far more than usual",
}

FLAP = timedelta(hours=24)
"""An incident that comes back within this time is the same one: a source that flaps makes one entry."""
LASTING = timedelta(hours=24)
"""How long an event stays open."""
NAMESPACE = UUID("9d5c1f9e-0d0b-4a35-8d4c-7a0f6a3d5b21")
"""Drawn at random once, for this project's incidents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is wrong now."""

    kind: IncidentKind
    subject: str
    sentence: str
    """What is wrong, for people; on one line, valid in XML, without secrets."""
    advice: str = ""
    """What to do."""
    cause: str = ""
    """A short word or key: an open incident is told anew when it changes, or else stays as it was told first."""
    details: Mapping[str, str] = field(default_factory=dict)
    """More, by name; `edit` is a suggested change of config.toml."""


def decide(last: Incident | None, finding: Finding | None, now: datetime) -> Incident | None:
    """The incident as it is from now on, None if nothing changes.

    `last` is the latest incident of the finding's kind and subject (without a finding: of what is no longer wrong).
    """
    now = _whole(now)
    if finding is None:
        return resolve(last, now) if last is not None and last.open else None
    if last is None or (last.resolved is not None and now - last.resolved > FLAP):
        return _opened(finding, now)
    told = replace(last, sentence=finding.sentence, advice=finding.advice, cause=finding.cause, details=dict(finding.details))
    if last.resolved is not None:
        return replace(told, resolved=None, updated=max(now, last.updated), times=last.times + 1)
    return told if last.cause != finding.cause else None


def resolve(incident: Incident, now: datetime, because: str = "") -> Incident:
    """It is over. Never before it opened, and never before it last changed."""
    at = max(_whole(now), incident.updated)
    details = {**incident.details, "because": because} if because else dict(incident.details)
    return replace(incident, resolved=at, updated=at, details=details)


def expired(incident: Incident, now: datetime) -> bool:
    """Whether an open incident is an event that has been told for long enough."""
    return incident.open and incident.kind in EVENTS and _whole(now) - incident.updated >= LASTING


def incident_id(kind: str, subject: str, opened: datetime) -> str:
    """The same for the same kind, subject and second."""
    name = json.dumps([kind, subject, int(opened.timestamp() // 1)])
    return f"urn:uuid:{uuid5(NAMESPACE, name)}"


def _opened(finding: Finding, now: datetime) -> Incident:
    return Incident(
        id=incident_id(finding.kind, finding.subject, now),
        kind=finding.kind,
        subject=finding.subject,
        opened=now,
        updated=now,
        title=HEADLINES[finding.kind].replace("{subject}", finding.subject),
        sentence=finding.sentence,
        advice=finding.advice,
        cause=finding.cause,
        details=dict(finding.details),
    )


def _whole(now: datetime) -> datetime:
    """As the store keeps instants, so that an id is the same before and after."""
    return now.astimezone(UTC).replace(microsecond=0)
