"""iTunes and podcast fields, read from an entry's bytes: feedparser keeps the last of repeated ones and reinterprets some.

    podcast(entries) → for each entry {qualified name: value}

An element's value is its text, else its address (`url` or `href`). Repeated elements (`podcast:transcript`) are joined by a space
where they are addresses and by a comma elsewhere.
"""

import html
import re
from collections.abc import Mapping, Sequence

FIELD = re.compile(
    rb"<(itunes|podcast):([\w-]{1,40})([^<>]{0,8192})(?:/>|>\s*+(?:<!\[CDATA\[([^\]]{0,10000})\]\]>|([^<]{0,10000}))\s*+</)"
)
ADDRESS = re.compile(rb"""\s(?:url|href)\s*=\s*["']([^"']{1,4096})["']""")
ELSEWHERE = frozenset({"itunes:title", "itunes:author", "itunes:summary", "itunes:image", "itunes:keywords", "itunes:owner"})
"""Fields that have a place of their own in an Entry."""
FIELDS = 50


def podcast(entries: Sequence[bytes]) -> list[Mapping[str, str]]:
    """Fields by qualified name, such as `itunes:duration`; at most 50 of an entry."""
    return [_fields(entry) if b"<itunes:" in entry or b"<podcast:" in entry else {} for entry in entries]


def _fields(entry: bytes) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for field in FIELD.finditer(entry):
        prefix, name, attributes, cdata, text = field.groups()
        key = f"{prefix.decode()}:{name.decode('ascii', 'replace')}"
        address = ADDRESS.search(attributes)
        raw = cdata.strip() if cdata else (text or b"").strip() or (address[1] if address else b"")
        value = raw.decode("utf-8", "replace") if cdata else html.unescape(raw.decode("utf-8", "replace"))
        if not value or key in ELSEWHERE or (key not in found and len(found) >= FIELDS):
            continue
        joint = " " if address and not text else ", "
        found[key] = f"{found[key]}{joint}{value}"[:10_000] if key in found else value
    return found
