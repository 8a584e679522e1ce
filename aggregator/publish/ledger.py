"""What a topic has delivered: decisions about the lines of the ledger, pure.

    waiting stories ─admit→ new lines, positions counted on   (within one run by effective date)
    line ─revise→ the line with a later `updated`, or None     line ─leave→ out of the head ─return_→ back at its old place

A line is never deleted and never renumbered; `entry_id`, `position` and `published` never change.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from aggregator.model import Publication
from aggregator.publish.mint import entry_id
from aggregator.publish.shelving import SHELVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A story that a topic matches and has not delivered yet, called by its first item, told by its lead."""

    story: int
    source_id: str
    native_id: str
    """The first item's own id, or its identity key where the source gave none."""
    dated: datetime
    """The lead's effective date."""
    revised: datetime
    lead: int | None = None
    """None: the first item leads."""
    sources: int = 1
    """How many tell it independently."""


class Inherited(Protocol):
    """An entry that went out before the store was lost."""

    @property
    def entry_id(self) -> str: ...
    @property
    def published(self) -> datetime: ...
    @property
    def updated(self) -> datetime: ...


def admit(
    slug: str,
    waiting: Sequence[Waiting],
    last_position: int,
    taken: Callable[[str], bool],
    now: datetime,
    inherited: Mapping[int, Inherited] | None = None,
) -> tuple[Publication, ...]:
    """New lines for stories that a topic delivers from now on, in the order of their positions from `last_position` + 1.

    `taken` tells whether an id is in the ledger already, in any topic. An entry is never dated after `now`: readers hide
    entries from the future, and the effective date allows a small skew. `updated` is not before `published`. Stories that are
    `inherited` keep id and dates.
    """
    known = inherited or {}
    minted = {one.entry_id for one in known.values()}
    lines = []
    # Store keys (story) come last in the order: a rebuilt store numbers stories anew and must publish in the same order.
    ordered = sorted(waiting, key=lambda story: (story.dated, story.source_id, story.native_id, story.story))
    for position, story in enumerate(ordered, start=last_position + 1):
        before = known.get(story.story)
        if before is None:
            identity = entry_id(slug, story.source_id, story.native_id, lambda urn: urn in minted or taken(urn))
            minted.add(identity)
        else:
            identity = before.entry_id
        published = min(before.published if before else story.dated, now)
        updated = max(published, min(before.updated if before else story.revised, now))
        lines.append(
            Publication(
                topic=slug,
                story=story.story,
                entry_id=identity,
                position=position,
                published=published,
                updated=updated,
                lead=story.story if story.lead is None else story.lead,
                lead_revised=story.revised,
                sources=story.sources,
            )
        )
    return tuple(lines)


def revise(publication: Publication, revised: datetime) -> Publication | None:
    """The line with a later `updated` and the next revision; None if `revised` is not later: `updated` never goes back."""
    if revised <= publication.updated:
        return None
    return replace(publication, updated=revised, revision=publication.revision + 1)


def leave(publication: Publication, now: datetime, reason: str) -> Publication:
    """The line after it left the head. One that left before keeps the time and the reason of then."""
    if publication.left is not None:
        return publication
    return replace(publication, left=now, left_reason=reason)


def return_(publication: Publication) -> Publication:
    """The line back in the head, at the position it had: a reader who saw it before gets nothing new.

    One that never stood there does not return: nobody would get it as news, and it would stand between others.
    """
    if publication.left is None or publication.left_reason in SHELVED:
        return publication
    return replace(publication, left=None, left_reason=None)
