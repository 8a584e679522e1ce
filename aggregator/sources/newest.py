"""Which entries of a flood are the newest.

    newest(entries, limit) → their positions

Feeds are mostly newest first, but archives and exports run the other way; so the entries' dates decide, read from their bytes in
the two notations that almost all of them use. Where fewer than half have one, the first ones are taken.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DATE = re.compile(
    rb"<(?:\w+:)?(?:pubdate|published|updated|date|issued|modified)\b[^>]{0,200}>\s*([^<]{6,60}?)\s*<", re.IGNORECASE
)


def newest(entries: Sequence[bytes], limit: int) -> frozenset[int]:
    """The positions of the `limit` newest; of equally new ones, those that stand first."""
    dates = [_date(entry) for entry in entries]
    dated = [(date, -position) for position, date in enumerate(dates) if date is not None]
    if len(dated) * 2 < len(entries):
        return frozenset(range(min(limit, len(entries))))
    chosen = [-position for _, position in sorted(dated, reverse=True)[:limit]]
    undated = (position for position, date in enumerate(dates) if date is None)
    return frozenset(chosen) | frozenset(position for position, _ in zip(undated, range(limit - len(chosen)), strict=False))


def _date(entry: bytes) -> float | None:
    found = DATE.search(entry)
    if found is None:
        return None
    text = found[1].decode("ascii", "ignore")
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            date = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        try:
            return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    return None
