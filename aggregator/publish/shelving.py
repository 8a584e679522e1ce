"""New lines that do not stand in the head, though they were published: pure.

    new lines ─past──→ reached by a back-fill, but older than the head holds     left, "backfill"
              ─quota─→ more of one source and day than the topic takes           left, "quota"
              ─digest→ told by the digest of their period                        left, "digest"

They have their ids and positions like others, and never return to the head: where there are archives, those hold them (but for
what a digest tells).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from aggregator.model import Publication

SHELVED = frozenset({"backfill", "quota", "digest"})
"""Reasons for leaving with which a line begins, and which never end."""

Share = tuple[str, date]
"""What a quota counts: the entries of a source on a day (UTC, by the date of the entry)."""


def share(line: Publication, source_id: str) -> Share:
    """What the line counts against; `source_id` is its lead's."""
    return source_id, line.published.date()


def shelve(
    lines: Sequence[Publication],
    shares: Mapping[int, Share],
    *,
    now: datetime,
    past: Collection[int] = (),
    quota: int | None = None,
    taken: Mapping[Share, int] | None = None,
    digest: bool = False,
) -> list[Publication]:
    """The new lines, in their order, those left that do not stand in the head. `shares` and `past` name lines by their story.

    `taken` says how many entries of each share stand or stood in the head before; first come, first served.
    """
    counts = Counter(taken or {})
    made = []
    for line in lines:
        reason = None
        if line.story in past:
            reason = "backfill"
        elif digest:
            reason = "digest"
        elif quota is not None:
            counts[shares[line.story]] += 1
            reason = "quota" if counts[shares[line.story]] > quota else None
        made.append(line if reason is None else replace(line, left=now, left_reason=reason))
    return made
