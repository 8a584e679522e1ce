"""Bytes → JSON value, for documents that strangers wrote.

    load(body) → object, list, str, float, int, bool or None; raises ParseError

What Python's reader would choke on is met here: nesting (RecursionError), numbers of a million digits (quadratic int()), NaN,
lone surrogates from `\\ud800` escapes, repeated keys (the last one wins, as everywhere).
"""

import json

from aggregator.errors import ParseError
from aggregator.sources.charset import decode

DIGITS = 18
"""Longer integers become floats: no field of a feed means one, and int() takes quadratic time (CVE-2020-10735)."""


def load(body: bytes) -> object:
    """The value of a JSON document. Raises ParseError with line and column, or for nesting that no feed has."""
    text = decode(body)
    try:
        return json.loads(text, parse_int=_integer, parse_constant=_nothing)
    except RecursionError:
        raise ParseError("the JSON is nested too deeply to be a feed") from None
    except ValueError as error:
        raise ParseError(f"this is not valid JSON: {error}"[:300]) from None


def clean(text: str) -> str:
    """A string without lone surrogates, which neither SQLite nor UTF-8 can hold; pairs were joined by the reader."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= DIGITS else float(digits[:400])


def _nothing(_constant: str) -> None:
    return None
