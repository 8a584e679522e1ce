"""Bytes of a text document → str, by what the bytes are rather than by what anybody says of them.

    byte order mark → UTF-16/32 by their zeros → valid UTF-8 → the declared charset (HTTP, then XML) if it is allowed
                    → UTF-8 with its stray bytes read as windows-1252

Only charsets of the allow-list are ever looked at: Python has codecs that run code of their own kind on a document's word
(`zlib`, `unicode_escape`, `idna` in quadratic time, `utf-7` with live markup in ASCII clothes). Nothing here raises.
"""

import codecs
import re

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
"""UTF-32 stands before UTF-16: the mark of one begins with the mark of the other."""
ZEROS = (
    (re.compile(rb"\x00\x00\x00[\x09-\x7e]"), "utf-32-be"),
    (re.compile(rb"[\x09-\x7e]\x00\x00\x00"), "utf-32-le"),
    (re.compile(rb"\x00[\x09-\x7e]\x00[\x09-\x7e]"), "utf-16-be"),
    (re.compile(rb"[\x09-\x7e]\x00[\x09-\x7e]\x00"), "utf-16-le"),
)
EBCDIC = b"\x4c\x6f\xa7\x94"
"""`<?xm` in EBCDIC (XML 1.0 appendix F)."""
ALLOWED = frozenset(
    {"utf-8", "ascii", "koi8-r", "koi8-u", "gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "cp932", "euc_jp"}
    | {"iso2022_jp", "iso2022_kr", "euc_kr", "cp949", "tis-620", "cp874", "mac-roman", "mac-cyrillic", "cp437", "cp850", "cp866"}
    | {f"iso8859-{part}" for part in range(1, 17) if part != 12}
    | {f"cp125{page}" for page in range(9)}
)
"""Python's names of the charsets of text on the web; what a document declares is used only if it is one of these."""
WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}
"""What is meant where the narrower name is declared (WHATWG Encoding, section 4.2)."""
DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
PARAMETER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.IGNORECASE)
CESU_PAIR = re.compile(rb"\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])")
CESU_LONE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a document, without byte order mark. Contains no lone surrogates."""
    for mark, name in BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if body.startswith(EBCDIC):
        return body.decode("cp037", "replace")
    if b"\x00" in body[:64]:
        for pattern, name in ZEROS:
            if pattern.match(body):
                return body.decode(name, "replace")
    return _without_mark(body, content_type)


def named(content_type: str) -> str:
    """The charset that a Content-Type names, as Python calls it; nothing where there is none that we trust."""
    return _allowed(_parameter(content_type))


def _without_mark(body: bytes, content_type: str) -> str:
    declared = [name for name in (named(content_type), _allowed(_declaration(body))) if name]
    shifting = next((name for name in declared if name.startswith("iso2022")), None)
    if shifting and b"\x1b" in body:
        return body.decode(shifting, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    for name in declared:
        if name != "utf-8":
            try:
                return body.decode(name)
            except UnicodeDecodeError:
                continue
    return _mixed(body)


def _mixed(body: bytes) -> str:
    """UTF-8 with strays: surrogate pairs encoded one by one are joined, every other invalid byte is windows-1252."""
    body = CESU_LONE.sub("\N{REPLACEMENT CHARACTER}".encode(), CESU_PAIR.sub(_joined, body))
    text = body.decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", lambda stray: bytes([ord(stray[0]) - 0xDC00]).decode("cp1252", "replace"), text)


def _joined(pair: re.Match[bytes]) -> bytes:
    high = (pair[1][0] & 0x0F) << 6 | pair[2][0] & 0x3F
    low = (pair[3][0] & 0x0F) << 6 | pair[4][0] & 0x3F
    return chr(0x10000 + (high << 10 | low)).encode()


def _parameter(content_type: str) -> str:
    found = PARAMETER.search(content_type[:1000])
    return found[1] if found else ""


def _declaration(body: bytes) -> str:
    found = DECLARED.match(body[:1000])
    return found[1].decode("ascii") if found else ""


def _allowed(label: str) -> str:
    """Python's name of a declared charset, or nothing where there is none that we trust."""
    try:
        name = codecs.lookup(label).name if label else ""
    except LookupError:
        return ""
    return WIDER.get(name, name) if name in ALLOWED else ""
