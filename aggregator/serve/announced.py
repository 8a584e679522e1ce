"""The feeds that a page announces, once more as a Link header (RFC 8288): for programs that look at the head only.

    page ─its <link rel="alternate">→  <ai.atom>; rel="alternate"; type="application/atom+xml"; title="AI (Atom)", …

The addresses stay relative, as they stand in the page: both are resolved against the address of the page (section 3.2).
"""

import re
from urllib.parse import quote

from selectolax.lexbor import LexborHTMLParser

LONGEST = 2_048
"""Bytes: proxies hold all of an answer's head in 4 or 8 KiB (nginx' proxy_buffer_size), and refuse what is longer."""

_HEAD_ENDS = b"</head>"
_PLAIN = re.compile(r"[A-Za-z0-9 ()!?:&'./+-]+")
_SAFE = "/:?#[]@!$&'()*+,;=%~"


def announced(page: bytes) -> str:
    """The header's value; empty if the page announces nothing.

    Where it would be too long, only what has the type of the first link is in it, so that each topic keeps one feed; of
    these the first ones.
    """
    head = page.partition(_HEAD_ENDS)[0].decode("utf-8", "replace")
    found = [dict(link.attributes) for link in LexborHTMLParser(head).css('link[rel="alternate"][href][type]')]
    if not found:
        return ""
    every = [_written(link) for link in found]
    if len(whole := ", ".join(every)) <= LONGEST:
        return whole
    value = ""
    for link, written in zip(found, every, strict=True):
        longer = f"{value}, {written}" if value else written
        if link["type"] == found[0]["type"] and len(longer) <= LONGEST:
            value = longer
    return value


def _written(link: dict[str, str | None]) -> str:
    href, type_, title = (" ".join((link.get(name) or "").split()) for name in ("href", "type", "title"))
    return f'<{quote(href, safe=_SAFE)}>; rel="alternate"; type="{quote(type_, safe="/+.-")}"{_titled(title)}'


def _titled(title: str) -> str:
    """As a quoted string where it needs no escapes, which simple readers do not know; else as RFC 8187 has it."""
    if not title:
        return ""
    if _PLAIN.fullmatch(title):
        return f'; title="{title}"'
    return f"; title*=UTF-8''{quote(title, safe='')}"
