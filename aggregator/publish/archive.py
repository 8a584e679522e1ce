"""The history of a feed (RFC 5005 section 4): what goes into the next archive, and what the head shows. Pure.

    delivered, in no archive yet ─full→ how many of the oldest make the next archive
    what may stand in the head ─head→ what does

Archive n holds entries in the order in which they were delivered. It closes once `limit` newer ones were, so that what it holds
has had its time in the head; from then on its bytes never change. Head and archives together hold everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.model import Publication
from aggregator.publish.shelving import SHELVED

MOST = 50
"""Entries of an archive at most: 180 KB a file, at the 3.5 KB that an entry of the real feeds of the corpus takes."""
FRAME_BYTES = 8 * 1024
"""What a document has beside its entries, generously: 2 KiB were measured."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A line of the ledger, and how many bytes its entry takes in each format."""

    line: Publication
    sizes: tuple[int, ...]


def size(limit: int) -> int:
    """Entries of an archive: half of the head's least, so that the head never holds more than half as many again."""
    return max(1, min(limit // 2, MOST))


def full(waiting: Sequence[Delivered], limit: int, most_bytes: int | None) -> int:
    """How many of the oldest make an archive now; 0 for none. `waiting` is in the order of delivery, all that no archive holds.

    The regular number, once `limit` remain; sooner where an entry left by age, which would be nowhere else; fewer where those
    that wait pass `most_bytes`: then half of these are to remain free. What never stood in the head waits for its turn, or each
    would make an archive of its own.
    """
    regular = size(limit)
    if len(waiting) >= limit + regular:
        return regular
    if any(one.line.left is not None and one.line.left_reason not in SHELVED for one in waiting):
        return min(regular, len(waiting))
    if most_bytes is None or _largest(waiting) <= most_bytes - FRAME_BYTES:
        return 0
    for count in range(1, len(waiting)):
        if count == regular or _largest(waiting[count:]) <= (most_bytes - FRAME_BYTES) // 2:
            return count
    return len(waiting) - 1  # one entry stays, however large: nobody would be told of it otherwise


def head(candidates: Sequence[Delivered], limit: int, most_bytes: int | None) -> tuple[Publication, ...]:
    """Which entries stand in the head, newest position first: those in no archive, and the newest of the others up to `limit`."""
    standing = [one for one in candidates if one.line.left is None]
    chosen = [one for one in standing if one.line.archive is None]
    others = sorted((one for one in standing if one.line.archive is not None), key=lambda one: one.line.turn, reverse=True)
    for one in others:
        if len(chosen) >= limit or (most_bytes is not None and _largest([*chosen, one]) > most_bytes - FRAME_BYTES):
            break
        chosen.append(one)
    return tuple(sorted((one.line for one in chosen), key=lambda line: line.position, reverse=True))


def _largest(entries: Sequence[Delivered]) -> int:
    """Bytes of these entries in the format that takes most."""
    return max((sum(sizes) for sizes in zip(*(one.sizes for one in entries), strict=True)), default=0)
