"""What digests are made of: repr, which quotes every string and escapes lone surrogates, so that it is unambiguous and encodable.

    spelled(value) == repr(value), for any value

Most of the time of repr goes into long texts: it asks of each character whether it is printable. Of ASCII a codec writes the same
escapes without asking, in a third of the time.
"""

from dataclasses import fields
from operator import attrgetter

from aggregator.model import Entry, Text

_LONG = 200
"""Characters from which on the codec is faster."""
_NAMES = [one.name for one in fields(Entry) if one.repr]
_ENTRY = f"Entry({', '.join(f'{name}=%s' for name in _NAMES)})"
_said = attrgetter(*_NAMES)
"""The values of an entry's fields, in the order of their names."""


def spelled(value: object) -> str:
    """Return repr(value)."""
    if type(value) is str:
        return _quoted(value) if len(value) >= _LONG and value.isascii() else repr(value)
    if type(value) is Text:
        return f"Text(value={spelled(value.value)}, type={value.type!r}, language={value.language!r}, base={value.base!r})"
    if type(value) is Entry:
        return _ENTRY % tuple([spelled(one) if type(one) is Text else repr(one) for one in _said(value)])
    return repr(value)


def _quoted(value: str) -> str:
    """Return repr of a string in ASCII: double quotes stand around it only if it has single ones and no double ones."""
    escaped = value.encode("unicode_escape").decode("ascii")
    if "'" not in escaped:
        return f"'{escaped}'"
    if '"' not in escaped:
        return f'"{escaped}"'
    return "'" + escaped.replace("'", "\\'") + "'"
