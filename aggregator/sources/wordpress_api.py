"""Where the posts of a WordPress site are: addresses of its REST API, and what announces them. Pure.

site's page ─announced (Link header), linked (<link>)→ root of the API ─collection→ its posts
/wp-json/ or ?rest_route=/ (sites without pretty addresses) → …/wp/v2/posts
"""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser

from aggregator.sources.weblinks import links, resolved

RELATION = "https://api.w.org/"
_API_PATH = re.compile(r"/wp-json(?:/|$)|/wp/v2(?:/|$)")
_VERSION = re.compile(r"/wp/v2(?:/sites/[^/]+)?$")
_COLLECTION = re.compile(r"/wp/v2/(?:sites/[^/]+/)?[a-z0-9_-]+")


def is_api(url: str) -> bool:
    """Whether an address is of the API already, so that nothing needs to be discovered."""
    parts = urlsplit(url)
    return bool(_API_PATH.search(parts.path)) or any(name == "rest_route" for name, _ in parse_qsl(parts.query))


def collection(url: str, post_type: str) -> str:
    """The collection's address below an address of the API: its root, `…/wp/v2`, or the collection itself (then unchanged)."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    route = next((value for name, value in query if name == "rest_route"), None)
    path = _below(parts.path if route is None else route, post_type)
    if route is None:
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    query = [(name, path if name == "rest_route" else value) for name, value in query]
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", urlencode(query, safe="/:,"), ""))


def _below(path: str, post_type: str) -> str:
    path = path.rstrip("/")
    if _VERSION.search(path):
        return f"{path}/{post_type}"
    return path if _COLLECTION.search(path) else f"{path}/wp/v2/{post_type}"


def announced(header: str, base: str) -> str | None:
    """The root of the API that a Link header names (RFC 8288)."""
    return next((url for link in links(header) if RELATION in link.relations and (url := resolved(base, link.href))), None)


def linked(page: LexborHTMLParser, base: str) -> str | None:
    """The root of the API that a page's `<link>` names."""
    for node in page.css("link[rel][href]"):
        if RELATION in (node.attributes.get("rel") or "").split() and (url := resolved(base, node.attributes.get("href"))):
            return url
    return None


def home(api: str) -> str:
    """The site that an address of the API belongs to."""
    parts = urlsplit(api)
    path = _API_PATH.split(parts.path, maxsplit=1)[0].removesuffix("/index.php")
    return urlunsplit((parts.scheme, parts.netloc, f"{path.rstrip('/')}/", "", ""))


def with_parameters(url: str, parameters: dict[str, str], *, clear: bool = False) -> str:
    """The address with these parameters set, the others kept (or, with `clear`, taken away)."""
    parts = urlsplit(url)
    query = {} if clear else dict(parse_qsl(parts.query, keep_blank_values=True))
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode({**query, **parameters}, safe="/:,"), ""))


def folder(url: str) -> str:
    """A site's address as something to append a path to."""
    parts = urlsplit(url)
    path = parts.path.removesuffix("/index.php")
    return urlunsplit((parts.scheme, parts.netloc, path if path.endswith("/") else f"{path}/", "", ""))
