"""Addresses as we publish them: absolute http(s), safe, and otherwise as the source wrote them.

resolve       what a source wrote, and its base → Url | None
publishable   Url → the same without tracking parameters; byte for byte untouched where there were none
cleaned       both
join          base of a base (xml:base within xml:base)
"""

import re
from functools import lru_cache
from urllib.parse import unquote_plus, urljoin

from aggregator.model import Url
from aggregator.normalize.characters import safe
from aggregator.normalize.tracking import is_tracking

LIMIT = 4096
"""Characters; longer addresses are dropped. Servers commonly refuse request lines beyond 8 KB (RFC 9110 section 4.1)."""

_EDGES = "".join(map(chr, range(0x21)))
_INNER = re.compile("[\t\n\r]")
_HTTP = re.compile(r"(https?):[/\\]{2,}", re.I)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)
_WHOLE = re.compile(
    r"(https?)://"
    r"(?:[^/?#@]*@)*"  # user and password are not for publication
    r"((?:[^\s/?#@:%<>\"'`{}|^\[\]\\]+|\[[0-9a-f:.]+\])(?::[0-9]{0,5})?)"
    r"((?:[/?#].*)?)",
    re.I,
)
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[1-5]?[0-9]{1,4})?(?![^/?#])")
_PLAIN = re.compile(_ORIGIN.pattern + r"(?:[/?#][A-Za-z0-9/?#%&=._~!$'()*+,;:@-]*)?")
"""Addresses in which there is nothing to mend: almost all."""
_ROOTED = re.compile(r"(?:/[A-Za-z0-9_~%-][A-Za-z0-9._~%-]*+)++/?")
"""Paths of a site without dot segments, query and parameters: joining them to an address is putting them behind its origin."""
_ILLEGAL = re.compile('[ "<>`{}|^\\\\\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]')
"""Characters that no IRI contains (RFC 3987 section 2.2): they are percent-encoded, which changes nothing on the wire."""


def _encode(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode())


def resolve(href: str | None, base: str = "") -> Url | None:
    """Return the absolute http(s) address that `href` means at `base`; None for any other scheme, malformed or too long.

    User and password are left out. Backslashes before the query count as slashes, and missing ones are tolerated, as in browsers.
    """
    if not href or len(href) > LIMIT:
        return None
    if _PLAIN.fullmatch(href) is not None:
        return Url(href)
    if _ROOTED.fullmatch(href) is not None and len(base) <= LIMIT and (origin := _ORIGIN.match(base)) is not None:
        return Url(origin[0] + href) if len(origin[0]) + len(href) <= LIMIT else None
    href = _INNER.sub("", safe(href.strip(_EDGES))).strip(_EDGES)
    if href[:5].lower() == "feed:":
        href = href[5:] if _HTTP.match(href, 5) else "http:" + href[5:]
    absolute = _HTTP.match(href)
    if absolute is None:
        if not href or _SCHEME.match(href):
            return None
        href = _joined(_slashed(href), base)
        absolute = _HTTP.match(href)
        if absolute is None:
            return None
    whole = _WHOLE.fullmatch(f"{absolute[1].lower()}://{_slashed(href[absolute.end() :])}")
    if whole is None:
        return None
    scheme, place, rest = whole.groups()
    if len(place) > 260 or not _is_port(place):
        return None
    if _ILLEGAL.search(rest) is not None:
        rest = _ILLEGAL.sub(_encode, rest)
    address = f"{scheme}://{place}{rest}"
    return Url(address) if len(address) <= LIMIT else None


def _slashed(rest: str) -> str:
    """Turn backslashes before the query or fragment into slashes."""
    if "\\" not in rest:
        return rest
    end = min((at for at in (rest.find("?"), rest.find("#")) if at >= 0), default=len(rest))
    return rest[:end].replace("\\", "/") + rest[end:]


def _is_port(place: str) -> bool:
    port = place.rpartition(":")[2] if not place.endswith("]") and ":" in place else ""
    return not port or int(port) <= 65535


def _joined(href: str, base: str) -> str:
    if len(base) > LIMIT:
        return ""
    try:
        return _INNER.sub("", safe(urljoin(base, href))).strip(_EDGES)
    except ValueError:
        return ""


def join(base: str, inner: str | None) -> str:
    """Return the base that `inner` (an xml:base) sets within `base`; `base` where `inner` says nothing usable."""
    return resolve(inner, base) or base if inner else base


def publishable(url: Url) -> Url:
    """Return `url` without tracking parameters in query or fragment; the very same string where there were none."""
    if "?" not in url and "#" not in url:
        return url
    head, mark, fragment = url.partition("#")
    path, question, query = head.partition("?")
    if question and (kept := _kept(query)) != query:
        head = f"{path}?{kept}" if kept else path
    if "=" in fragment and (kept := _kept(fragment)) != fragment:
        mark, fragment = "#" if kept else "", kept
    return Url(head + mark + fragment)


def _kept(query: str) -> str:
    """Return the parameters that do not track; the very same string where none does."""
    pairs = query.split("&")
    kept = [pair for pair in pairs if not _tracks(pair.partition("=")[0])]
    return query if len(kept) == len(pairs) else "&".join(kept)


@lru_cache(maxsize=256)
def _tracks(name: str) -> bool:
    """True for the name of a parameter, as written, that only tracks. A few names are most of those in all addresses."""
    return is_tracking(unquote_plus(name))


def cleaned(href: str | None, base: str = "") -> Url | None:
    """Return `href` resolved and without tracking parameters."""
    url = resolve(href, base)
    return url and publishable(url)
