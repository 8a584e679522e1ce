"""What a request's headers ask for, decided from their values alone (RFC 9110 sections 12.5.3 and 13).

accepts_gzip(Accept-Encoding)                          → may we answer gzipped?
matched(If-None-Match, etags)                          → the etag that the client has, or None
unmodified_since(If-Modified-Since, last_modified)     → has the client the newest already?
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

_ENTITY_TAG = re.compile(r'(?:[Ww]/)?("[^"]*")')


@lru_cache(maxsize=256)  # clients send a handful of values; 256 of at most 16 KiB are 4 MiB
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether gzip is acceptable and not liked less than identity. No header (an empty string) means identity."""
    weights: dict[str, float] = {}
    for part in accept_encoding.lower().split(","):
        coding, *parameters = (piece.strip() for piece in part.split(";"))
        weights["gzip" if coding == "x-gzip" else coding] = _weight(parameters)
    gzip = weights.get("gzip", weights.get("*", 0.0))
    return gzip > 0 and gzip >= weights.get("identity", 0.0)


def _weight(parameters: Sequence[str]) -> float:
    """The q of a list member; 1 if there is none, 0 if it cannot be read (what is not understood is not sent)."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if re.fullmatch(r"\s*(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", value) else 0.0
    return 1.0


def matched(if_none_match: str, etags: Sequence[str]) -> str | None:
    """The first of `etags` that the list names, compared weakly as section 13.1.2 says; `*` names the first.

    `etags` are those of all encodings: whoever holds any of them holds the current content. An etag without its quotes, as
    some clients send it, counts too.
    """
    value = if_none_match.strip()
    if value == "*":
        return etags[0]
    listed = set(_ENTITY_TAG.findall(value)) or {f'"{value}"'}
    return next((etag for etag in etags if etag in listed), None)


def unmodified_since(if_modified_since: str, last_modified: datetime) -> bool:
    """Whether `last_modified` (UTC, whole seconds) is not after the date; a date that cannot be read is ignored: False."""
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, TypeError, IndexError, OverflowError):
        return False
    return last_modified <= (since if since.tzinfo is not None else since.replace(tzinfo=UTC))
