"""What may stand where in a feed: each function returns the value as the formats accept it, or None if it cannot be made so.

uri(address)  http_uri(address)  language(tag)  media_type(type)  email(address)  one_line(text)  xml_text(text)  excerpt(text)
"""

import re
from functools import lru_cache
from urllib.parse import quote

_HTTP = re.compile(r"(https?)://([^/?#]+)([^#]*)(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_SAFE = ";/?:@&=+$,-_.!~*'()%"
"""RFC 2396 reserved and unreserved characters, as w3c/feedvalidator wants them; RFC 3986 allows nothing more outside a host."""
_HOST = re.compile(r"(?:[^@\s]*@)?(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::\d*)?")
_PUBLIC_HOST = re.compile(r"https?://(?:(?:\d{1,3}\.){3}\d{1,3}|(?:[A-Z0-9-]+\.)+[A-Z0-9][A-Z0-9-]*)(?::\d+)?/", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[A-Za-z][0-9A-Za-z+.-]*:[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,#]+")
_URN = re.compile(r"urn:[a-z0-9][a-z0-9-]{1,31}:(?:[a-z0-9()+,.:=@;$_!*'-]|%[0-9a-f]{2})+", re.IGNORECASE)
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TAG = re.compile(
    r"tag:(?:[a-z0-9._-]+@)?[a-z0-9.-]+,\d{4}(?:-\d{2}(?:-\d{2})?)?:[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,]*"
    r"(?:#[0-9a-zA-Z;/?:@&=+$.\-_!~*'()%,]*)?"
)
_ACTIVE = frozenset({"javascript", "vbscript", "data"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*")
_EMAIL = re.compile(r"[A-Z0-9_+.'!#$%&*/=?^`{|}~-]+@(?:[A-Z0-9-]+\.)+[A-Z0-9][A-Z0-9-]*", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Everything that the Char production of XML 1.0 leaves out."""

_ISO_639_1 = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et
eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl
km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj
om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn
to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_LANGUAGES = frozenset(_ISO_639_1.split())
_REPLACED = {"iw": "he", "in": "id", "ji": "yi", "jw": "jv", "mo": "ro"}
"""Withdrawn ISO 639-1 codes that old software still writes; `jv` is Javanese, `jw` was a misprint."""


@lru_cache(1024)
def uri(address: str | None) -> str | None:
    """An http(s) address as a URI (RFC 3986): what is one already stays byte for byte, other characters are percent-encoded.

    Remembered: an entry's addresses are asked for some forty times while its three formats are rendered.
    """
    match = _HTTP.fullmatch(address.strip()) if address else None
    if match is None:
        return None
    scheme, authority, rest, fragment = match.groups()
    if not authority.isascii():
        user, at, host = authority.rpartition("@")
        try:
            authority = quote(user, safe=_SAFE) + at + host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if not _HOST.fullmatch(authority):
        return None
    try:
        made = f"{scheme}://{authority}{quote(rest, safe=_SAFE)}"
        return made if fragment is None else f"{made}#{quote(fragment, safe=_SAFE)}"
    except UnicodeEncodeError:  # a lone surrogate
        return None


def http_uri(address: str | None) -> str | None:
    """Like `uri`, but None for hosts that RSS enclosures may not name: without a dot, with user info or an underscore."""
    made = uri(address)
    if made is None:
        return None
    scheme, _, rest = made.partition("://")
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    if len(host) == len(rest) or rest[len(host)] != "/":
        made = f"{scheme}://{host}/{rest[len(host) :]}"  # RFC 3986 section 6.2.3: an empty path equals "/"
    return made if _PUBLIC_HOST.match(made) else None


def absolute_iri(value: str | None) -> str | None:
    """An absolute identifier (id, category scheme): http(s) addresses as by `uri`, tag: and urn: if well-formed, most others.

    Identifiers are not to be followed, but there are readers that do: those that run something are refused.
    """
    value = value.strip() if value else None
    if not value:
        return None
    scheme = value.partition(":")[0].lower()
    if scheme in {"http", "https"}:
        return uri(value)
    if scheme in _ACTIVE:
        return None
    pattern = _ABSOLUTE
    if scheme == "tag":
        pattern = _TAG
    elif value.lower().startswith("urn:uuid:"):
        pattern = _UUID
    elif scheme == "urn":
        pattern = _URN
    return value if pattern.fullmatch(value) else None


def language(tag: str | None) -> str | None:
    """A language tag (BCP 47) whose language exists: two letters must be of ISO 639-1, three are taken as they are."""
    tag = tag.strip().replace("_", "-") if tag else None
    if not tag or not _LANGUAGE.fullmatch(tag):
        return None
    primary, dash, rest = tag.partition("-")
    primary = _REPLACED.get(primary.lower(), primary)
    if len(primary) == 2 and primary.lower() not in _LANGUAGES:
        return None
    return primary + dash + rest


def media_type(value: str | None) -> str | None:
    """`type/subtype` (RFC 6838 section 4.2), without parameters."""
    value = value.partition(";")[0].strip() if value else None
    return value if value and _MEDIA_TYPE.fullmatch(value) else None


def email(value: str | None) -> str | None:
    value = value.strip().removeprefix("mailto:") if value else None
    return value if value and _EMAIL.fullmatch(value) else None


def one_line(value: str | None) -> str | None:
    """White space collapsed; None if nothing is left."""
    return (" ".join(value.split()) or None) if value else None


def xml_text(value: str) -> str:
    """Without the characters that XML 1.0 cannot hold: for what the operator writes. Entries are quarantined instead."""
    return _ILLEGAL.sub("", value)


def illegal(value: str) -> str | None:
    """The first character that XML 1.0 cannot hold, as U+XXXX."""
    match = _ILLEGAL.search(value)
    return f"U+{ord(match.group()):04X}" if match else None


def excerpt(text: str, length: int = 300) -> str | None:
    """The start of a text on one line, cut at a word, at most `length` characters; None if it is empty."""
    line = one_line(text[: 4 * length])
    if line is None or (len(line) <= length and len(text) <= 4 * length):
        return line
    if len(line) < length:
        return f"{line} …"
    cut = line[: length - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"
