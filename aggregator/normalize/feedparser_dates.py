"""feedparser's date parsers, behind a typed wall: the only place where this folder touches feedparser.

read    value → datetime in UTC | None
"""

from calendar import timegm
from datetime import UTC, datetime

from feedparser.datetimes import _parse_date


def read(value: str) -> datetime | None:
    """Return what feedparser makes of a date: Korean, Greek, Hungarian and Perforce forms among others."""
    try:
        fields = _parse_date(value)
        return None if fields is None else datetime.fromtimestamp(timegm(fields), tz=UTC)
    except Exception:  # it raises whatever its parsers stumble over: ValueError, OverflowError, KeyError, AttributeError …
        return None
