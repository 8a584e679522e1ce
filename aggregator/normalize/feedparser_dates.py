"""feedparser's parsers of national dates, behind a typed wall: the only place where this folder touches feedparser.

    read    value → datetime in UTC | None

Only those that are exact about their form. Its general parsers read `2024-W60` as November, `12:05 a.m. June 29, 2024` as
today (they ask the clock), and CEST as UTC.
"""

from calendar import timegm
from datetime import UTC, datetime

from feedparser.datetimes.greek import _parse_date_greek
from feedparser.datetimes.hungarian import _parse_date_hungarian
from feedparser.datetimes.korean import _parse_date_nate, _parse_date_onblog
from feedparser.datetimes.perforce import _parse_date_perforce

_READERS = (_parse_date_onblog, _parse_date_nate, _parse_date_greek, _parse_date_hungarian, _parse_date_perforce)


def read(value: str) -> datetime | None:
    """Return the moment of a Korean, Greek, Hungarian or Perforce date."""
    for reader in _READERS:
        try:
            fields = reader(value)
            if fields is not None:
                return datetime.fromtimestamp(timegm(fields), tz=UTC)
        except Exception:  # noqa: S112 - whatever it stumbles over (KeyError, TypeError …): this is not its form
            continue
    return None
