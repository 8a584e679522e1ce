"""Addresses that a site names: whether they are of the web, where they lead, and those in its Link header.

resolved("https://a.org/b/", "c") → "https://a.org/b/c"
links('</feed>; rel="alternate"; type="application/rss+xml"') → [Link("/feed", {"rel": "alternate", "type": …})]
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from yarl import URL

_HEADER = 20_000
"""Characters of a Link header that are looked at."""
_LINK = re.compile(r"<([^<>]{1,4000})>((?:\s*;\s*[\w*-]{1,40}\s*=\s*(?:\"[^\"]{0,400}\"|[^\",;\s]{1,400})){0,10})")
_PARAMETER = re.compile(r";\s*([\w*-]{1,40})\s*=\s*(?:\"([^\"]*)\"|([^\",;\s]+))")


class Link(NamedTuple):
    """A target as it is written, and its parameters by their names in small letters, the first of each (section 3.3)."""

    href: str
    parameters: Mapping[str, str]

    @property
    def relations(self) -> list[str]:
        """In small letters."""
        return self.parameters.get("rel", "").lower().split()


def links(header: str) -> list[Link]:
    """What a Link header names (RFC 8288), and of a broken one what can be told."""
    return [
        Link(href, {name.lower(): quoted or plain for name, quoted, plain in reversed(_PARAMETER.findall(parameters))})
        for href, parameters in _LINK.findall(header[:_HEADER])
    ]


def resolved(base: str, href: str | None) -> str | None:
    """The http(s) address that `href` is at `base` (RFC 3986 section 5; urljoin makes one slash of two within a path)."""
    try:
        address = str(URL(base, encoded=True).join(URL((href or "").strip(), encoded=True)))
    except (ValueError, IndexError):  # yarl raises the latter for `http://[::1]@`
        return None
    return address if is_web(address) else None


def is_web(url: str) -> bool:
    """Whether this is an http(s) address that can be taken apart."""
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False
