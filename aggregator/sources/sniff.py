"""What a document is, from its bytes alone: servers and file names say anything.

    sniff(body) → "xml-feed", "jsonfeed", "wordpress", "json", "html", "opml", "sitemap", "robots", "xml",
                  "markdown", "text", "binary" or "empty"

Markup is known by its root element, behind any junk, comments and declarations; JSON by its keys; text by its first lines.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from aggregator.errors import ParseError
from aggregator.sources import jsontext
from aggregator.sources.charset import BOMS, EBCDIC, decode

Kind = Literal[
    "xml-feed", "jsonfeed", "wordpress", "json", "html", "opml", "sitemap", "robots", "xml", "markdown", "text", "binary", "empty"
]

HEAD = 65_536
"""Characters looked at, after prologues are skipped."""
PROLOGUES = 1_000
"""Comments and declarations skipped before the root; each is skipped in linear time, whatever its length."""
ROOTS: dict[str, Kind] = {
    "rss": "xml-feed", "rdf": "xml-feed", "feed": "xml-feed", "channel": "xml-feed", "entry": "xml-feed",
    "opml": "opml", "urlset": "sitemap", "sitemapindex": "sitemap", "html": "html",
}  # fmt: skip
FEED_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]*:)?(rss|rdf|feed|channel)(?=[\s>/])", re.IGNORECASE)
TAG = re.compile(r"<([A-Za-z_][\w.:-]*)")
HTML_TAG = re.compile(
    r"a|abbr|article|aside|b|base|blockquote|body|br|button|center|div|dl|em|embed|font|footer|form|frameset|h[1-6]|head|header|hr|i"
    r"|iframe|img|input|link|main|meta|nav|noscript|ol|p|pre|script|section|span|strong|style|table|tbody|td|title|tr|ul"
)
MAGIC = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
    b"\xfd7zXZ",
    b"\x7fELF",
)
ROBOTS = re.compile(r"^[ \t]*(?:user-agent|disallow|allow|sitemap|crawl-delay)[ \t]*:", re.IGNORECASE | re.MULTILINE)
MARKDOWN = re.compile(r"\s*(?:---[ \t]*\n(?:.*\n)*?---[ \t]*$|#{1,6} \S|.*\n=+[ \t]*$)", re.MULTILINE)
MARKDOWN_MARKS = re.compile(r"^(?:#{1,6} \S|URL 1:|```|> \S|[-*] \S)|\[[^\]\n]{1,200}\]\([^)\s]{1,2000}\)", re.MULTILINE)


def sniff(body: bytes) -> Kind:
    """The kind of a document of any size; never raises."""
    if not body.strip(b" \t\r\n\x0b\x0c\x00"):
        return "empty"
    if _is_binary(body):
        return "binary"
    text = decode(body).lstrip("\ufeff\u200b \t\r\n\x0b\x0c\x00")
    if not text:
        return "empty"
    if text[0] in "{[":
        kind = _json(body)
        if kind is not None:
            return kind
    return _markup(text) or _plain(text[:HEAD])


def _is_binary(body: bytes) -> bool:
    if body.startswith(MAGIC):
        return True
    head = body[:1024]
    if any(head.startswith(mark) for mark, _ in BOMS) or head.startswith(EBCDIC):
        return False
    zeros = head.count(0)
    controls = len(head) - len(head.translate(None, bytes([*range(1, 9), *range(14, 27), 28, 29, 30, 31])))
    # UTF-16 and UTF-32 text is full of zeros, at every second byte or three of four; pictures have controls as well
    return controls > len(head) // 20 or (zeros > 0 and zeros < len(head) // 3 and zeros > len(head) // 20)


def _json(body: bytes) -> Kind | None:
    """The kind of JSON, or None where the text only begins like JSON (a Markdown link, say)."""
    try:
        value = jsontext.load(body)
    except ParseError:
        return "json" if re.match(rb"\s*(?:\{\s*[\"}]|\[\s*[\[\]{\"\d])", body[:200].lstrip(b"\xef\xbb\xbf")) else None
    if isinstance(value, Mapping):
        if is_post(value):
            return "wordpress"
        return "jsonfeed" if is_jsonfeed(value) else "json"
    if isinstance(value, Sequence) and any(isinstance(post, Mapping) and is_post(post) for post in value[:10]):
        return "wordpress"
    return "json"


def is_post(value: Mapping[object, object]) -> bool:
    """Whether a JSON object is a WordPress post or page: rendered title and rendered content."""
    return all(isinstance(part := value.get(name), Mapping) and "rendered" in part for name in ("title", "content"))


def is_jsonfeed(value: Mapping[object, object]) -> bool:
    """Whether a JSON object is a JSON Feed: it says so, or has a feed's items under the names of that format only."""
    version, items = value.get("version"), value.get("items")
    if isinstance(version, str) and "jsonfeed.org/version" in version:
        return True
    if not isinstance(items, Sequence) or isinstance(items, str):
        return False
    texts = any(isinstance(item, Mapping) and ("content_html" in item or "content_text" in item) for item in items[:10])
    return texts or "feed_url" in value or "home_page_url" in value


def _markup(text: str) -> Kind | None:
    """The kind of markup, by its root element; None where no tag stands at the start."""
    start = skip_prologue(text)
    head = text[start : start + HEAD]
    if "<!doctype html" in text[:start].lower() or head[:14].lower() == "<!doctype html":
        return "html"
    tag = TAG.match(head)
    root = tag[1].lower() if tag else ""
    known = ROOTS.get(root.rpartition(":")[2])
    if known:
        return known
    # junk, or warnings that a script printed as HTML, before the feed: everyday damage
    feed = FEED_ROOT.search(head)
    if feed and not _inside(head[: feed.start()]) and (not tag or HTML_TAG.fullmatch(root)):
        return "xml-feed"
    if not tag:
        return None
    return "html" if HTML_TAG.fullmatch(root) else "xml"


def _inside(before: str) -> bool:
    """Whether what stands before a feed's root makes the root part of a page, of prose or of code."""
    return "<html" in before.lower() or "`" in before or before.startswith(("---", "#"))


def skip_prologue(text: str) -> int:
    """Where the root's tag starts: behind white space, comments, processing instructions and the DOCTYPE."""
    at = 0
    for _ in range(PROLOGUES):
        while at < len(text) and text[at] in " \t\r\n\x0b\x0c\ufeff\x00":
            at += 1
        for opening, closing in (("<!--", "-->"), ("<?", "?>")):
            if text.startswith(opening, at):
                end = text.find(closing, at + len(opening))
                at = len(text) if end < 0 else end + len(closing)
                break
        else:
            if not re.match(r"<!doctype", text[at : at + 9], re.IGNORECASE):
                return at
            at = _doctype_end(text, at)
    return at


def _doctype_end(text: str, at: int) -> int:
    end = text.find(">", at)
    subset = text.find("[", at)
    if 0 <= subset < end:
        closing = re.compile(r"\]\s*>").search(text, subset)
        return closing.end() if closing else len(text)
    return len(text) if end < 0 else end + 1


def _plain(head: str) -> Kind:
    rules = len(ROBOTS.findall(head))
    lines = sum(1 for line in head.splitlines()[:200] if line.strip() and not line.lstrip().startswith("#"))
    first = next((line for line in head.splitlines()[:200] if line.strip() and not line.lstrip().startswith("#")), "")
    if rules and (ROBOTS.match(first) or rules * 2 >= min(lines, 200)):
        return "robots"
    if MARKDOWN.match(head[:8192]) or len(MARKDOWN_MARKS.findall(head)) >= 2:
        return "markdown"
    return "text"
