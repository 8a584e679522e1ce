"""How long an answer says that it stays fresh (RFC 9111, as a private cache reads it).

freshness(headers, now) → seconds left, 0.0 where the answer wants to be asked again at once, None where it says nothing
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;]*)))?', re.IGNORECASE)


def freshness(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds for which asking again brings nothing new; what a cache on the way has used up of them is taken off.

    `headers` have lower-case names. max-age wins over Expires (RFC 9111 section 5.3); s-maxage is for shared caches
    and is ignored; no-store and no-cache want no waiting. An Expires that is not a date (commonly 0) means: already stale.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-store" in directives or "no-cache" in directives:
        return 0.0
    used = _seconds(headers.get("age", "")) or 0.0
    if "max-age" in directives:
        return max(0.0, (_seconds(directives["max-age"]) or 0.0) - used)
    if "expires" not in headers:
        return None
    expires = http_date(headers["expires"])
    if expires is None:
        return 0.0
    since = http_date(headers.get("date", "")) or now
    return max(0.0, (expires - since).total_seconds() - used)


def http_date(value: str) -> datetime | None:
    """An HTTP date in UTC, in any of the three forms of RFC 9110 section 5.6.7, or None."""
    try:
        parsed = parsedate_to_datetime(value[:100])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed


def _directives(value: str) -> dict[str, str]:
    """Name → value; of a repeated directive the first counts (RFC 9111 section 4.2.1)."""
    found: dict[str, str] = {}
    for name, quoted, bare in _DIRECTIVE.findall(value[:2000]):
        found.setdefault(name.lower(), quoted or bare)
    return found


def _seconds(value: str) -> float | None:
    """delta-seconds; more digits than a lifetime needs are as good as for ever."""
    value = value.strip()
    if not re.fullmatch(r"[0-9]+", value):
        return None
    return float(value[:15]) if len(value) <= 15 else 1e15
