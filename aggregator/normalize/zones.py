"""Time zones as sources write them.

read    `+0200`, `EST`, `GMT+2`, `Europe/Berlin` … → tzinfo | None
"""

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_HOURS: Mapping[str, float] = {
    # RFC 822 section 5.1, and what RFC 2822 section 4.3 says of it
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    # Europe; feedparser reads CEST and BST as UTC
    "wet": 0, "west": 1, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3, "msk": 3,
    "msd": 4, "trt": 3,
    # the Americas
    "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "brst": -2, "art": -3,
    "clt": -4, "clst": -3,
    # Asia and Africa
    "ist": 5.5, "idt": 3, "pkt": 5, "npt": 5.75, "irst": 3.5, "gst": 4, "jst": 9, "kst": 9, "sgt": 8, "hkt": 8, "pht": 8,
    "wib": 7, "ict": 7, "sast": 2, "eat": 3, "wat": 1, "cat": 2,
    # Australia and New Zealand
    "aest": 10, "aedt": 11, "acst": 9.5, "acdt": 10.5, "awst": 8, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_PLACES: Mapping[str, str] = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
_OFFSET = re.compile(r"(?:gmt|utc|ut)?\s*([+−-])(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?", re.I)
_IANA = re.compile(r"[A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_+-]+){1,2}")


@lru_cache(maxsize=256)
def read(value: str) -> tzinfo | None:
    """Return the zone that a name or offset means; None for one that nobody knows.

    A single letter is UTC, since RFC 822 printed the military zones with the wrong sign (RFC 2822 section 4.3).
    """
    name = value.lower()
    hours = _HOURS.get(name)
    if hours is not None:
        return timezone(timedelta(hours=hours)) if hours else UTC
    offset = _OFFSET.fullmatch(value)
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        if minutes >= 24 * 60 or int(offset[3] or 0) > 59:
            return None
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    if len(name) == 1 and name.isalpha():
        return UTC
    if name in _PLACES:
        return ZoneInfo(_PLACES[name])
    if _IANA.fullmatch(value):
        try:
            return ZoneInfo(value)
        except (ValueError, OSError, KeyError):
            return None
    return None
