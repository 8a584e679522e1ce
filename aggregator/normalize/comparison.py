"""The comparison key of an address: equal keys mean the same page. Never published.

address → unwrapped from redirectors and AMP caches → no scheme, www, default port, fragment, tracking → sorted query
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, unquote_plus

from yarl import URL

from aggregator.normalize.addresses import LIMIT
from aggregator.normalize.tracking import is_noise

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):/+", re.I)
_REDIRECTORS: Mapping[str, tuple[str, ...]] = {
    "google.com/url": ("q", "url"),
    "news.google.com/news/url": ("url",),
    "facebook.com/l.php": ("u",),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
    "l.instagram.com": ("u",),
    "t.umblr.com/redirect": ("z",),
    "out.reddit.com": ("url",),
    "youtube.com/redirect": ("q",),
    "steamcommunity.com/linkfilter": ("url", "u"),
    "vk.com/away.php": ("to",),
    "duckduckgo.com/l": ("uddg",),
    "medium.com/r": ("url",),
    "getpocket.com/redirect": ("url",),
    "slack-redir.net/link": ("url",),
}
"""Host and path (as in a key) → the parameters that hold the address they lead to."""
_LONGEST_HOST = 300
"""Characters of a host with its port: 253 and 6 (RFC 1035 section 2.3.4), and brackets."""
_LAYERS = 5
"""Redirectors within redirectors."""
_AMP_CACHE = re.compile(r"(?:[^/]+\.)?cdn\.ampproject\.org/[a-z](?:/s)?/(.+)", re.I)
_AMP_VIEWER = re.compile(r"google\.[a-z.]{2,6}/amp/(?:s/)?(.+)", re.I)
_HOST_PREFIX = re.compile(r"^(?:(?:www\d?|amp|m|mobile)\.(?=[^.]+\.))+")
_AMP_PAGE = re.compile(r"\.amp(\.html?)", re.I)
_AMP_HEAD = re.compile(r"^(?:/amp)+(?=/)", re.I)
_SLASHES = re.compile("/{2,}")


def comparison_key(url: str) -> str:
    """Return the key of an address, or of a key (it is idempotent). What cannot be read as http(s) is its own key."""
    if len(url) > LIMIT:
        return url
    for _ in range(_LAYERS):
        key, inner = _key(url)
        if inner is None:
            return key
        url = inner
    return url


def _key(url: str) -> tuple[str, str | None]:
    """Return the key and, if it is one of a redirector or cache, the address that it leads to."""
    scheme = _SCHEME.match(url)
    if scheme is not None and scheme[1].lower() not in {"http", "https"}:
        return url, None
    try:
        rest = _decoded(url[scheme.end() :] if scheme is not None else url)
        parts = URL(f"http://{rest}")
        host = parts.raw_host
        port = parts.explicit_port
        path, query = parts.raw_path, parts.raw_query_string
    except (ValueError, IndexError):  # yarl raises the latter for `[::1]@`
        return url, None
    if not host:
        return url, None
    host = _HOST_PREFIX.sub("", host.rstrip(".").lower())
    place = host if port in {None, 80, 443} else f"{host}:{port}"
    if ":" in host:
        place = f"[{host}]" if port in {None, 80, 443} else f"[{host}]:{port}"
    return place + _path(path) + _query(query), _unwrapped(place + _SLASHES.sub("/", path).rstrip("/"), query)


def _decoded(rest: str) -> str:
    """Return an address without scheme and user, with percent-encoding in its host undone (RFC 3986 section 3.2.2).

    Raises ValueError for a host that no name can have: to encode its letters takes milliseconds.
    """
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    written = rest[:end].rpartition("@")[2]
    host = unquote(written) if "%" in written else written
    if len(host) > _LONGEST_HOST:
        raise ValueError("no host has such a name")
    return (written if set(host) & set("%/?#@") else host) + rest[end:]


def _path(path: str) -> str:
    """Return the path without AMP's marks at either end, doubled slashes and the last one."""
    path = _AMP_HEAD.sub("", _SLASHES.sub("/", path)).rstrip("/")
    while True:  # only the end is looked at: a path may consist of a thousand such marks
        if path[-4:].lower() in ("/amp", ".amp"):
            path = path[:-4].rstrip("/")
        elif page := _AMP_PAGE.fullmatch(path[-9:]) or _AMP_PAGE.fullmatch(path[-8:]):
            path = path[: -len(page[0])] + page[1]
        else:
            return path


def _query(query: str) -> str:
    """Return the query sorted and without noise; parameters keep their bytes."""
    if not query:
        return ""
    kept = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name and not is_noise(unquote_plus(name), unquote_plus(value)):
            kept.append(pair if value else name)
    return "?" + "&".join(sorted(kept)) if kept else ""


def _unwrapped(place: str, query: str) -> str | None:
    """Return the address that a redirector or an AMP cache leads to, if it says so itself."""
    cached = _AMP_CACHE.fullmatch(place) or _AMP_VIEWER.fullmatch(place)
    if cached is not None:
        return cached[1] + (f"?{query}" if query else "")
    known = _REDIRECTORS.get(place)
    if known is None or not query:
        return None
    for name, value in parse_qsl(query, max_num_fields=100) if query.count("&") < 100 else ():
        if name in known and value.lower().startswith(("http://", "https://")):
            return value
    return None
