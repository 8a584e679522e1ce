"""Dates as sources write them → datetime in UTC, and whether it was guessed.

parse    RFC 822 → ISO 8601 → unix timestamps → feedparser's national forms → guessers (marked)
"""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from aggregator.normalize import feedparser_dates, guessing, zones

LONGEST = 100
"""Characters; whatever is longer is no date."""
EARLIEST = 1900
"""Years before are the marks of empty fields (0001, 0000, 1601, 1899), not of posts."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip

_COMMENT = re.compile(r"\([^()]*\)")
_RFC822 = re.compile(
    r"(?:[a-z]{2,9}\.?,?\s*)?"  # the weekday, which is often wrong and never needed
    r"(\d{1,2})[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})"
    r"(?:,?\s+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?)?"
    r"(?:\s*((?:[a-z]{1,5}|(?:gmt|utc|ut)?\s*[+−-]\d{1,2}(?::?\d{2})?|[a-z]+/[a-z_/]+)))?",
    re.I,
)
_ISO = re.compile(
    r"(\d{4})(?:(?P<sep>-?)(?:W(?P<week>\d{2})(?:-?(?P<day>\d))?|(?P<ordinal>\d{3})(?!\d)|(?P<month>\d{1,2})(?:-?(?P<dom>\d{1,2}))?))?"
    r"(?:(?:\s*T\s*|\s+|_)(?P<hour>\d{2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,](?P<fraction>\d{0,12}))?)?)?"
    r"\s*(?P<zone>[a-z]{1,5}|(?:gmt|utc)?\s*[+−-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?|[a-z]+/[a-z_/]+)?)?",
    re.I,
)
_DIGITS = re.compile(r"(\d{8,19})(?:\.\d+)?")
_FIRST_TIMESTAMP = 10**8
"""1973; smaller numbers are no timestamps."""
_LAST_TIMESTAMP = 4_102_444_800
"""2100."""


def parse(value: str | None, zone: tzinfo) -> tuple[datetime, bool] | None:
    """Return (instant in UTC, was it guessed?), or None. What names no zone is in `zone`.

    Years outside 1900 to 9999 are None. 24:00 is the end of its day, second 60 the start of the next minute.
    """
    if not value or len(value) > 4 * LONGEST:
        return None
    value = " ".join(value.split())
    if not value or len(value) > LONGEST:
        return None
    try:
        return _parse(value, zone)
    except (ValueError, OverflowError):
        return None


def _parse(value: str, zone: tzinfo) -> tuple[datetime, bool] | None:
    bare = _COMMENT.sub(" ", value).strip() if "(" in value else value
    for read in (_rfc822, _digits, _iso):
        try:
            found = read(bare, zone)
        except (ValueError, OverflowError):
            continue
        if found is not None:
            return _plausible(*found)
    if any(character.isdigit() for character in value):
        foreign = feedparser_dates.read(value)
        if foreign is not None:
            return _plausible(foreign, False)
        guess = guessing.guess(value, zone)
        return None if guess is None else _plausible(guess, True)
    return None


def _plausible(moment: datetime, guessed: bool) -> tuple[datetime, bool] | None:
    moment = moment.astimezone(UTC)
    return (moment, guessed) if moment.year >= EARLIEST else None


def _zone(name: str | None, default: tzinfo) -> tuple[tzinfo, bool]:
    """Return the named zone; where nobody knows the name, the default, as a guess."""
    if not name:
        return default, False
    zone = zones.read(name.strip())
    return (default, True) if zone is None else (zone, False)


def at(year: int, month: int, day: int, hour: int, minute: int, second: int, zone: tzinfo) -> datetime:
    """Return a moment of which hour 24 and second 60 are allowed. Raises ValueError for what is in no calendar."""
    if hour == 24 and not minute and not second:
        return datetime(year, month, day, tzinfo=zone) + timedelta(days=1)
    if second == 60:
        return datetime(year, month, day, hour, minute, 59, tzinfo=zone) + timedelta(seconds=1)
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def _rfc822(value: str, default: tzinfo) -> tuple[datetime, bool] | None:
    match = _RFC822.fullmatch(value)
    if match is None:
        return None
    day, name, year, hour, minute, second, zone_name = match.groups()
    month = _MONTHS.get(name.lower())
    if month is None:
        return None
    number = int(year)
    if len(year) == 2:  # RFC 2822 section 4.3
        number += 2000 if number < 50 else 1900
    zone, guessed = _zone(zone_name, default)
    return at(number, month, int(day), int(hour or 0), int(minute or 0), int(second or 0), zone), guessed


def _iso(value: str, default: tzinfo) -> tuple[datetime, bool] | None:
    match = _ISO.fullmatch(value)
    if match is None:
        return None
    year, month, day = int(match[1]), match["month"], match["dom"]
    zone, guessed = _zone(match["zone"], default)
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if match["week"]:
        start = date.fromisocalendar(year, int(match["week"]), int(match["day"] or 1))
        year, month, day = start.year, start.month, start.day
    elif match["ordinal"]:
        start = date(year, 1, 1) + timedelta(days=int(match["ordinal"]) - 1)
        if start.year != year or match["ordinal"] == "000":
            return None
        month, day = start.month, start.day
    moment = at(year, int(month or 1), int(day or 1), hour, minute, second, zone)
    fraction = match["fraction"]
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0"))) if fraction else moment, guessed


def _digits(value: str, zone: tzinfo) -> tuple[datetime, bool] | None:
    """Read a number: seconds, milli-, micro- or nanoseconds since 1970, else YYYYMMDD with or without HHMM and SS."""
    match = _DIGITS.fullmatch(value)
    if match is None:
        return None
    digits = match[1]
    if len(digits) in {8, 12, 14}:
        try:
            fields = [int(digits[:4]), int(digits[4:6]), int(digits[6:8]), *(int(digits[at : at + 2] or 0) for at in (8, 10, 12))]
            if EARLIEST <= fields[0] < 2200:
                return at(fields[0], fields[1], fields[2], fields[3], fields[4], fields[5], zone), False
        except ValueError:
            pass
    for scale in (1, 1_000, 1_000_000, 1_000_000_000):
        seconds, rest = divmod(int(digits), scale)
        if _FIRST_TIMESTAMP <= seconds < _LAST_TIMESTAMP:
            return datetime.fromtimestamp(seconds, tz=UTC) + timedelta(microseconds=rest * 1_000_000 // scale), False
    return None
