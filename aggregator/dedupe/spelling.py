"""What digests are made of: repr, which quotes every string and escapes lone surrogates, so that it is unambiguous and encodable.

    spelled(value) == repr(value), for any value; most of the time of that goes into long texts, and in ASCII they take half

str.__repr__ asks of each character whether it is printable; a codec writes the same escapes without asking.
"""

from collections.abc import Mapping
from dataclasses import fields

from aggregator.model import Entry, Text

_LONG = 200
"""Characters from which on the codec is faster."""
_NAMES: Mapping[type, tuple[str, ...]] = {kind: tuple(one.name for one in fields(kind) if one.repr) for kind in (Entry, Text)}
"""Fields of what holds long texts."""


def spelled(value: object) -> str:
    """Return repr(value)."""
    if type(value) is str:
        return _quoted(value) if len(value) >= _LONG and value.isascii() else repr(value)
    names = _NAMES.get(type(value))
    if names is None:
        return repr(value)
    said = ", ".join([f"{name}={spelled(getattr(value, name))}" for name in names])
    return f"{type(value).__name__}({said})"


def _quoted(value: str) -> str:
    """Return repr of a string in ASCII: double quotes stand around it only if it has single ones and no double ones."""
    escaped = value.encode("unicode_escape").decode("ascii")
    if "'" not in escaped:
        return f"'{escaped}'"
    if '"' not in escaped:
        return f'"{escaped}"'
    return "'" + escaped.replace("'", "\\'") + "'"
