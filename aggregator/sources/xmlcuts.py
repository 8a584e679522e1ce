"""What is cut out of a feed in XML, and what is put in its place.

applied(body, cuts)     the body without what was cut
fewer(attributes)       an element's attributes that stay
person(text)            an author with an e-mail address, taken apart
"""

import html
import re
from collections.abc import Sequence

from aggregator.sources.feedvalues import apart

Cut = tuple[int, int, bytes]
"""Start, end, and what stands there instead."""
ATTRIBUTES = 64
ATTRIBUTE_BYTES = 65_536
ATTRIBUTE = re.compile(rb"""\s*+([^\s=\"'<>/]++)(?:\s*+=\s*+(?:"([^"<]*+)"|'([^'<]*+)'))?+""")


def applied(body: bytes, cuts: Sequence[Cut]) -> bytes:
    """The body with spans replaced; of overlapping spans the outer one holds."""
    if not cuts:
        return body
    pieces, at = [], 0
    for start, end, replacement in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if start < at:
            continue
        pieces.append(body[at:start])
        pieces.append(replacement)
        at = end
    pieces.append(body[at:])
    return b"".join(pieces)


def fewer(attributes: bytes) -> bytes:
    """The first 64 attributes that have a value of sane length; the slash of an empty element stays."""
    kept: list[bytes] = []
    at = 0
    while len(kept) < ATTRIBUTES and (found := ATTRIBUTE.match(attributes, at)):
        at = found.end()
        if len(found[0]) <= ATTRIBUTE_BYTES:
            kept.append(found[0].strip())
    return b" " + b" ".join(kept) + (b"/" if attributes.endswith(b"/") else b"")


def person(text: bytes) -> bytes | None:
    """`a@b.example (Ann)` as elements: feedparser's own pattern cuts `.example` to `.exam`, and the rest becomes a name."""
    author = text.decode("utf-8", "ignore").strip()
    if author.startswith("<![CDATA["):
        author = author[9:].removesuffix("]]>")
    elif "<" in author:
        return None
    name, email = apart(html.unescape(author))
    if email is None:
        return None
    return f"<name>{html.escape(name or '')}</name><email>{html.escape(email)}</email>".encode()
