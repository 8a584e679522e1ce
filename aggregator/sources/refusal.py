"""What is not a feed, refused by its name, in a sentence that says what to do.

refusal(kind, body, url)   the NotAFeed to raise; for a page, with the feeds that it links to
linked_feeds(body, url)    link rel="alternate" (or "feed") with a feed's type, resolved against the page's base
"""

from selectolax.lexbor import LexborHTMLParser

from aggregator.errors import NotAFeed
from aggregator.sources.charset import decode
from aggregator.sources.gzipped import INFLATED, MAGIC
from aggregator.sources.sniff import Kind
from aggregator.sources.weblinks import resolved

LOOKED_AT = 1_000_000
"""Characters of a page in which feeds are looked for: heads of real pages end long before."""
FEEDS = 20
TYPES = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/feed+json",
        "application/rdf+xml",
        "application/x.atom+xml",
        "application/x-atom+xml",
        "text/rss+xml",
        "text/atom+xml",
    }
)
WHAT: dict[Kind, tuple[str, str]] = {
    "wordpress": ("a list of WordPress posts, not a feed", 'set kind = "wordpress" and url to the site\'s address'),
    "json": ("JSON, but not a JSON Feed", "look for the feed's address on the site"),
    "opml": (
        "OPML, a list of feeds and not a feed itself",
        'set kind = "opml" to follow the feeds that it lists, or take them over with `aggregator import`',
    ),
    "sitemap": ("a sitemap, not a feed", "look for the feed's address on the site"),
    "robots": ("a robots.txt, not a feed", "set url to the feed's address"),
    "xml": ("XML, but no feed", "look for the feed's address on the site"),
    "markdown": ("a Markdown document, not a feed", 'set kind = "folder" and path to read files'),
    "text": ("plain text, not a feed", "set url to the feed's address"),
    "binary": ("binary data, not a feed", "set url to the feed's address"),
    "empty": ("empty", "try the address in a browser: the server sent nothing"),
}


def refusal(kind: Kind, body: bytes, url: str) -> NotAFeed:
    """The error for a document of a kind that is no feed. `what` is the name: "page", "OPML", "sitemap" …"""
    if kind == "html":
        feeds = linked_feeds(body, url)
        advice = f"it links to {', '.join(feeds)}" if feeds else "it links to none; look for the feed's address on the site"
        return NotAFeed(f"this is a page, not a feed; {advice}", what="page", feeds=feeds)
    if body.startswith(MAGIC):
        why = f"a gzip file that is damaged, or holds more than {INFLATED // 1_000_000} MB"
        return NotAFeed(f"this is {why}; ask its operator for the feed as it is, or for a shorter one", what=kind)
    name, advice = WHAT[kind]
    said = "the document is empty" if kind == "empty" else f"this is {name}"
    return NotAFeed(f"{said}; {advice}", what=kind)


def linked_feeds(body: bytes, url: str) -> tuple[str, ...]:
    """Absolute addresses of the feeds that a page names in its links, each once, in document order.

    The first base counts for the links below it (HTML 4.01 section 12.4; HTML's living standard wants it above all of them).
    """
    tree = LexborHTMLParser(decode(body)[:LOOKED_AT])
    base: str | None = None
    found = []
    for link in tree.css("base[href], link[href]"):
        if link.tag == "base":
            base = base or resolved(url, link.attributes.get("href"))
            continue
        rel = (link.attributes.get("rel") or "").lower().split()
        type_ = (link.attributes.get("type") or "").partition(";")[0].strip().lower()
        if ("alternate" in rel and type_ in TYPES) or "feed" in rel:
            found.append(resolved(base or url, link.attributes.get("href")))
    return tuple(dict.fromkeys(address for address in found if address))[:FEEDS]
