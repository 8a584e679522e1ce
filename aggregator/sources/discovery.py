"""Where a site's feeds are: what a document is, and what it says of feeds. Pure; runs in a worker.

    look(document) ─sniff→ what it is: a feed, OPML, WordPress posts, a page …
                   ─a page→ Link header, <link rel=alternate|feed>, its WordPress API, <a> that look like feeds
    guesses(url)   common paths, for sites that say nothing

Link elements are read as browsers and the autodiscovery suites read them: any case, any order, other rels beside `alternate`,
entities in values, blanks around addresses, relative to the document's first <base>.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Document
from aggregator.sources import planet
from aggregator.sources.charset import decode
from aggregator.sources.gzipped import inflated
from aggregator.sources.refusal import FEEDS, LOOKED_AT, TYPES, linked_feeds
from aggregator.sources.sniff import sniff
from aggregator.sources.weblinks import links, resolved
from aggregator.sources.wordpress_api import announced, folder, home, is_api, linked

How = Literal["itself", "header", "link", "api", "anchor", "path"]
"""Where it comes from: the address itself, the Link header, a link element, the WordPress API, a link for people, a guess."""

PATHS = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json", "index.rdf")
"""In the order of how often real sites have them: WordPress and its kin, Jekyll, Hugo, hand-made ones."""
ANCHORS = 5
_HREF = re.compile(r"(?:^|[/.=?&_-])(?:rss|atom|feed|feeds|rdf)(?:[/.?&=_-]|\d|$)|\.(?:rss|atom|rdf)\b", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:feedly|feedburner\.com/fb/|add\.my\.yahoo|netvibes|inoreader|newsblur|theoldreader)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a feed, and the kind of source that would read it."""

    url: str
    kind: str
    how: How


@dataclass(frozen=True, slots=True)
class Look:
    """What a document is (as `sniff` has it), and the feeds that it names, the likeliest first."""

    what: str
    announced: tuple[Candidate, ...] = ()
    """What the document says of feeds by the standards."""
    hinted: tuple[Candidate, ...] = ()
    """Links for people that look like feeds."""


def look(document: Document) -> Look:
    """What the document at an address is, and which feeds it names."""
    body = inflated(document.body)
    what = sniff(body)
    url = document.url
    if what in ("xml-feed", "jsonfeed"):
        return Look(what, (Candidate(url, "feed", "itself"),))
    if what == "opml" or (what not in ("html", "xml", "binary") and planet.is_planet(decode(body, document.content_type))):
        return Look("opml", (Candidate(url, "opml", "itself"),))
    if what == "wordpress" or is_api(url):
        return Look(what, (Candidate(url, "wordpress", "itself"),))
    header = document.headers.get("link", "")
    found = [Candidate(address, "feed", "header") for address in header_feeds(header, url)]
    if what != "html":
        return Look(what, _once(found))
    found += [Candidate(address, "feed", "link") for address in linked_feeds(body, url)]
    page = LexborHTMLParser(decode(body, document.content_type)[:LOOKED_AT])
    root = announced(header, url) or linked(page, url)
    if root is not None:
        found.append(Candidate(home(root), "wordpress", "api"))
    return Look(what, _once(found), _once(_anchors(page, url)))


def header_feeds(header: str, url: str) -> tuple[str, ...]:
    """Feeds in a Link header (RFC 8288), relative to the document (an anchor of its own makes it a link of something else)."""
    found = []
    for link in links(header):
        type_ = link.parameters.get("type", "").partition(";")[0].strip().lower()
        feed = ("alternate" in link.relations and type_ in TYPES) or "feed" in link.relations
        if feed and "anchor" not in link.parameters and (address := resolved(url, link.href)):
            found.append(address)
    return tuple(dict.fromkeys(found))[:FEEDS]


def guesses(url: str) -> tuple[Candidate, ...]:
    """Addresses where sites keep their feeds that do not say so: below the address, then below the host."""
    below = folder(url.partition("#")[0].partition("?")[0])
    host = urljoin(url, "/")
    return _once([Candidate(urljoin(base, path), "feed", "path") for base in dict.fromkeys((below, host)) for path in PATHS])


def _anchors(page: LexborHTMLParser, url: str) -> list[Candidate]:
    """Links of a page that look like feeds: on its own site first, and none that lead to a reader."""
    element = page.css_first("base[href]")
    base = (resolved(url, element.attributes.get("href")) if element else None) or url
    found = []
    for node in page.css("a[href]")[:2_000]:
        address = resolved(base, node.attributes.get("href"))
        address = address.partition("#")[0] if address else None
        if address and _HREF.search(urlsplit(address).path + "?" + urlsplit(address).query) and not _ELSEWHERE.search(address):
            found.append(Candidate(address, "feed", "anchor"))
    host = urlsplit(url).hostname
    return sorted(found, key=lambda candidate: urlsplit(candidate.url).hostname != host)[:ANCHORS]


def _once(found: list[Candidate]) -> tuple[Candidate, ...]:
    return tuple({candidate.url: candidate for candidate in reversed(found)}.values())[::-1][:FEEDS]
