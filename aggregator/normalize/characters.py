"""Strings that are valid in XML 1.0 and harmless on a terminal.

safe     any str → the same without characters that XML 1.0 forbids or that reorder text
line     any str → one line: safe, whitespace folded, NFC, cut at a word
cut      shortens at a word, with an ellipsis
"""

import re
import unicodedata

from aggregator.model import Plain

ELLIPSIS = "…"

_ASCII_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""Carriage return is among them: XML parsers fold it, HTML parsers too, so one that survived would not survive a round trip."""
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    "\u2028\u2029"  # line and paragraph separator: end a line in scripts and terminals
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embedding, override, isolates (CVE-2021-42574)
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]"  # surrogates, non-characters, a misplaced byte order mark
)
_SURROGATE = re.compile("[\ud800-\udfff]")

_REPLACED = {0x0D: "\n", 0x0B: " ", 0x0C: " ", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
# Numbers 80 to 9F in documents that lie about their encoding are Windows-1252; HTML reads references to them so, too.
_REPLACED |= {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in {0x81, 0x85, 0x8D, 0x8F, 0x90, 0x9D}
}

_TAIL = re.compile("[\\s\u0300-\u036f\u200d\ufe00-\ufe0f,;:–—-]+$")
_CHUNK = 1024
"""NFC is quadratic in a run of combining marks, so it works on pieces of this many characters."""


def _replace(match: re.Match[str]) -> str:
    return _REPLACED.get(ord(match.group()), "")


def safe(value: str) -> str:
    """Return `value` without what XML 1.0 (section 2.2) forbids, without other controls, and with paired surrogates joined."""
    if value.replace("\n", " ").isprintable():  # nothing that is unwanted is, but for newlines
        return value
    if value.isascii():
        if _ASCII_CONTROLS.search(value) is None:
            return value
    elif _UNWANTED.search(value) is None:
        return value
    elif _SURROGATE.search(value) is not None:
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _UNWANTED.sub(_replace, value.replace("\r\n", "\n"))


def composed(value: str) -> str:
    """Return `value` in NFC, in time linear in its length."""
    if value.isascii() or (len(value) <= _CHUNK and unicodedata.is_normalized("NFC", value)):
        return value
    pieces = (value[at : at + _CHUNK] for at in range(0, len(value), _CHUNK))
    return "".join(unicodedata.normalize("NFC", piece) for piece in pieces)


def fold(value: str) -> str:
    """Return `value` on one line: each run of whitespace is one space, none at the ends."""
    value = value.strip()
    # the space is the only whitespace that is printable
    return " ".join(value.split()) if "  " in value or not value.isprintable() else value


def line(value: str, limit: int) -> Plain:
    """Return any string as one line of at most `limit` characters."""
    # Four times the limit leaves room for whitespace to fold, and bounds the cost of a huge value.
    return Plain(cut(composed(fold(safe(value[: 4 * limit + 64]))), limit))


def cut(value: str, limit: int) -> str:
    """Return `value` in at most `limit` characters; what is cut ends at a word where there is one, with an ellipsis."""
    if len(value) <= limit:
        return value
    head = value[: limit - len(ELLIPSIS)]
    if not value[len(head)].isspace():
        space = head.rfind(" ")
        if space > len(head) // 2:
            head = head[:space]
    return _TAIL.sub("", head) + ELLIPSIS
