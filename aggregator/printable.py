"""Text of strangers, made harmless for a terminal, a log line or a JSON document.

hostile text ─line→ one line, escapes visible
             ─lines→ the same, line breaks kept
JSON text    ─json_text→ the same JSON value, in which nothing can act on a terminal
"""

import re

_BLANK = re.compile(r"[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_ACTIVE = re.compile(
    "["
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0 and C1: ESC, CSI, BEL, DEL …
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of text (CVE-2021-42574)
    "\u00ad\ufeff\ufff9-\ufffb"  # invisible, or annotation
    "\U000e0000-\U000e007f"  # tags: text that nobody sees
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "]"
)
_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u00ad\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)


def line(text: str) -> str:
    """One line: breaks and tabs become a space, what acts on a terminal is shown as `\\x1b` or `\\u202e`."""
    return _ACTIVE.sub(_shown, _BLANK.sub(" ", text))


def lines(text: str) -> str:
    """As `line`, but line feeds stay (for a query with its caret)."""
    return "\n".join(line(part) for part in text.split("\n"))


def json_text(document: str) -> str:
    """JSON written with `ensure_ascii=False`, with the dangerous characters escaped: reads back as the same value."""
    return _IN_JSON.sub(_escaped, document)


def _shown(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000  # JSON writes these as a surrogate pair (RFC 8259 section 7)
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
