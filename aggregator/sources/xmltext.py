"""The bytes of a feed → UTF-8 XML 1.0 that starts with its declaration.

    prepare(body, content_type) → bytes

decode → junk and prologue cut off → illegal characters and references removed → a prologue of our own
"""

import re

from aggregator.sources.charset import decode
from aggregator.sources.sniff import FEED_ROOT, skip_prologue

CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13))
REFERENCE = re.compile(rb"&#(?:[xX]0*([0-9A-Fa-f]{1,8})|0*([0-9]{1,8}));|&#[xX]?[0-9A-Fa-f]{9,};")
SURROGATES = re.compile(rb"&#(?:x(d[89ab][0-9a-f]{2})|(5[56]\d{3}));&#(?:x(d[c-f][0-9a-f]{2})|(5[67]\d{3}));", re.IGNORECASE)
BARE = re.compile(rb"&(?!#[xX]?[0-9A-Fa-f]{1,8};|[A-Za-z][A-Za-z0-9]{0,31};)")
"""An ampersand that begins no reference: feedparser would see `AT&T <b>` as `AT&T; <b>`."""
LITERAL = re.compile(
    rb"<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+(?:\]\]>)?+|<!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->)?+|" + BARE.pattern
)
"""What must stay as it is, or such an ampersand; linear on any input."""
DOCTYPE = re.compile(r"<!DOCTYPE(?:[^\[<>]|\[[^\]]*\])*>", re.IGNORECASE)
ENTITY = re.compile(r"""<!ENTITY\s+(\w{1,64})\s+"(&#\w{1,8};|[^&"<>%]{0,1000})"\s*>""")
NAMESPACES = 128
NAMESPACE = re.compile(rb"""xmlns:([^\s=<>\"']{1,200})\s{0,9}=\s{0,9}(?:"[^"<]*+"|'[^'<]*+')""")
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
DOCTYPE_BYTES = 20_000


def prepare(body: bytes, content_type: str) -> bytes:
    """UTF-8 XML 1.0 with a fresh prologue: a declaration, at most harmless entities, and no illegal characters."""
    text = decode(body, content_type)
    start = skip_prologue(text)
    if not text.startswith("<", start) or not re.match(r"<[A-Za-z_]", text[start : start + 2]):
        feed = FEED_ROOT.search(text, start)
        start = feed.start() if feed else start
    made = text[start:].encode("utf-8", "replace").translate(None, CONTROLS)
    if not text.isascii() and b"\xef\xbf" in made:
        for noncharacter in (b"\xef\xbf\xbe", b"\xef\xbf\xbf"):
            made = made.replace(noncharacter, b"")
    if b"&" in made and b"&#" in made:  # a single byte is looked for ten times faster
        made = REFERENCE.sub(_reference, SURROGATES.sub(_pair, made))
    if b"&" in made and BARE.search(made):
        made = LITERAL.sub(lambda found: b"&amp;" if found[0] == b"&" else found[0], made)
    if made.count(b"xmlns:") > NAMESPACES:
        made = _fewer_namespaces(made)
    return DECLARATION + _doctype(text[:start]) + made


def _fewer_namespaces(made: bytes) -> bytes:
    """Without declarations of more than 128 prefixes: at each end tag feedparser looks through all of them."""
    kept: set[bytes] = set()

    def declaration(found: re.Match[bytes]) -> bytes:
        if found[1] not in kept and len(kept) >= NAMESPACES:
            return b""
        kept.add(found[1])
        return found[0]

    return NAMESPACE.sub(declaration, made)


def _doctype(prologue: str) -> bytes:
    """The DOCTYPE's entities that are plain text, and whether it is Netscape's (RSS 0.91); nothing else of it."""
    found = DOCTYPE.search(prologue[:DOCTYPE_BYTES])
    if found is None:
        return b""
    identifier = ' PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "rss-0.91.dtd"' if "netscape" in found[0].lower() else ""
    entities = "".join(f'<!ENTITY {name} "{value}">\n' for name, value in ENTITY.findall(found[0])[:300])
    if entities:
        return f"<!DOCTYPE feed{identifier} [\n{entities}]>\n".encode()
    return f"<!DOCTYPE feed{identifier}>\n".encode() if identifier else b""


def _reference(found: re.Match[bytes]) -> bytes:
    """A character reference, or nothing for one that XML 1.0 forbids (production 2, Char)."""
    code = int(found[1], 16) if found[1] else int(found[2]) if found[2] else 0
    legal = code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return found[0] if legal else b""


def _pair(found: re.Match[bytes]) -> bytes:
    """The character that two references to surrogates stand for."""
    high = int(found[1], 16) if found[1] else int(found[2])
    low = int(found[3], 16) if found[3] else int(found[4])
    if not (0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF):
        return found[0]
    return b"&#%d;" % (0x10000 + ((high - 0xD800) << 10 | low - 0xDC00))
