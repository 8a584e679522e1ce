"""An HTML page that somebody saved → an entry, from what the page says of itself.

    bytes ─decode→ meta elements, JSON-LD, <link>, <time> → Metadata;  the one <article> or <main> → content

Title: og:title, JSON-LD, <title>, <h1>. Address: link rel=canonical, og:url. Instants: article:published_time and its kin,
JSON-LD, <time>. There is no guessing at where an article begins in a page that does not say so: such a page comes in with its
description.
"""

import re
from collections.abc import Iterable
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode
from w3lib.encoding import html_body_declared_encoding

from aggregator.errors import ParseError
from aggregator.model import Category, Entry, FeedHeader, Person, Text
from aggregator.sources.charset import decode
from aggregator.sources.jsonld import Metadata, metadata
from aggregator.sources.weblinks import is_web

MAX_CHARACTERS = 5_000_000
MAX_META = 2_000
MAX_VALUE = 10_000
TITLE = ("og:title", "dc.title", "dcterms.title", "citation_title", "twitter:title")
PUBLISHED = (
    "article:published_time", "article:published", "og:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
    "dcterms.created", "dc.date.created", "dc.date", "dcterms.date", "citation_publication_date", "citation_date",
    "parsely-pub-date", "sailthru.date", "pubdate", "publish-date", "publish_date", "date",
)  # fmt: skip
UPDATED = (
    "article:modified_time", "article:modified", "og:updated_time", "datemodified", "dcterms.modified", "dc.date.modified",
    "last-modified", "revised",
)  # fmt: skip
AUTHOR = (
    "author",
    "article:author",
    "og:article:author",
    "dc.creator",
    "dcterms.creator",
    "citation_author",
    "parsely-author",
    "byl",
)
MARKED = ('[itemprop~="author"]', ".p-author", '[rel~="author"]')
DESCRIPTION = (
    "og:description",
    "description",
    "dc.description",
    "dcterms.description",
    "dcterms.abstract",
    "twitter:description",
)
IMAGE = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src", "image", "thumbnail")
SITE = ("og:site_name", "application-name", "dc.publisher")
KEYWORDS = ("article:tag", "keywords", "news_keywords", "dc.subject", "citation_keywords", "parsely-tags")
LANGUAGE = ("og:locale", "dc.language", "dcterms.language", "language", "content-language")
CHROME = "script, style, template, nav, aside, form, footer, noscript, dialog, button, article.comment, [id^=comment]"
"""What stands in an article's element and is none of its text. Comments are articles in the article (HTML, section 4.3.2)."""


def page(body: bytes, *, path: str, content_type: str = "") -> Entry:
    """The entry of a saved page. `path` is its id where it has no address, and names it in errors (ParseError: nothing in it)."""
    text = decode(body, content_type or _declared(body))[:MAX_CHARACTERS]
    document = LexborHTMLParser(text)
    meta, data = _meta(document), metadata(document)
    link = _address(document, meta, data)
    base = _base(document, link)
    title = (
        _first(meta, TITLE[:1])
        or data.title
        or _first(meta, TITLE[1:])
        or _text(document, "head > title, title")
        or _text(document, "h1")
    )
    summary = _first(meta, DESCRIPTION) or data.description
    body_node = _body(document)
    entry = Entry(
        id=link or path,
        link=link,
        title=Text(value=title) if title else None,
        summary=Text(value=summary) if summary else None,
        published=_first(meta, PUBLISHED)
        or data.published
        or _time(document, body_node, "pubdate", "published", "datePublished"),
        updated=_first(meta, UPDATED) or data.updated or _time(document, body_node, "updated", "dateModified"),
        authors=_authors(document, meta, data),
        categories=tuple(Category(term=term) for term in _keywords(meta, data)),
        image=_joined(base, _first(meta, IMAGE) or data.image),
        language=_language(document, meta, data),
        source=_site(_first(meta, SITE) or data.site),
        content=_content(body_node, title, base),
        base=base,
    )
    if entry.title is None and entry.summary is None and entry.content is None:
        raise ParseError(f"{path}: a page without title, description or article: nothing to take from it")
    return entry


def _declared(body: bytes) -> str:
    """The charset that a page's own meta element declares, as a content type."""
    name = html_body_declared_encoding(body[:4096])
    return f"text/html; charset={name}" if name else ""


def _meta(document: LexborHTMLParser) -> dict[str, list[str]]:
    """Contents of meta elements by lower-case name, property or itemprop, in document order."""
    found: dict[str, list[str]] = {}
    for node in document.css("meta[content]")[:MAX_META]:
        attributes = node.attributes
        value = (attributes.get("content") or "").strip()
        names = (
            attributes.get("property")
            or attributes.get("name")
            or attributes.get("itemprop")
            or attributes.get("http-equiv")
            or ""
        )
        for name in names.lower().split()[:4]:
            if value:
                found.setdefault(name, []).append(" ".join(value[:MAX_VALUE].split()))
    return found


def _first(meta: dict[str, list[str]], names: Iterable[str]) -> str | None:
    return next((meta[name][0] for name in names if name in meta), None)


def _text(document: LexborHTMLParser, selector: str) -> str | None:
    node = document.css_first(selector)
    return (" ".join(node.text(separator=" ").split())[:MAX_VALUE] or None) if node else None


def _address(document: LexborHTMLParser, meta: dict[str, list[str]], data: Metadata) -> str | None:
    """The page's own address, if it is absolute: a saved file cannot resolve another."""
    canonical = next(
        (node.attributes.get("href") for node in document.css("link[rel][href]") if "canonical" in _rels(node)), None
    )
    for candidate in (
        canonical,
        _first(meta, ("og:url", "twitter:url")),
        data.link,
        _first(meta, ("dc.identifier", "citation_abstract_html_url")),
    ):
        if candidate and is_web(candidate.strip()):
            return candidate.strip()
    return None


def _base(document: LexborHTMLParser, link: str | None) -> str | None:
    node = document.css_first("base[href]")
    return (_joined(link, node.attributes.get("href")) if node else None) or link


def _authors(document: LexborHTMLParser, meta: dict[str, list[str]], data: Metadata) -> tuple[Person, ...]:
    """Names in meta elements, then JSON-LD's people, then who is marked up as the author; an address is no name."""
    named = next((values for name in AUTHOR if (values := [v for v in meta.get(name, []) if not is_web(v)])), None)
    if named:
        return tuple(Person(name=name) for name in dict.fromkeys(named))[:20]
    if data.authors:
        return data.authors
    return next((people for selector in MARKED if (people := _marked(document, selector))), ())


def _marked(document: LexborHTMLParser, selector: str) -> tuple[Person, ...]:
    names: dict[str, Person] = {}
    for node in document.css(selector)[:20]:
        inner = node.css_first('[itemprop~="name"]') or node
        name = " ".join(inner.text(separator=" ").split())
        href = node.attributes.get("href")
        if 0 < len(name) <= 200:
            names.setdefault(name, Person(name=name, uri=href if href and is_web(href) else None))
    return tuple(names.values())


def _keywords(meta: dict[str, list[str]], data: Metadata) -> list[str]:
    values = next((meta[name] for name in KEYWORDS if name in meta), None)
    if values is None:
        return list(data.keywords)
    several = values if len(values) > 1 else re.split(r"\s*[,;]\s*", values[0])
    return list(dict.fromkeys(term.strip() for term in several if term.strip()))[:100]


def _language(document: LexborHTMLParser, meta: dict[str, list[str]], data: Metadata) -> str | None:
    root = document.css_first("html")
    attributes = root.attributes if root else {}
    value = attributes.get("lang") or attributes.get("xml:lang") or data.language or _first(meta, LANGUAGE)
    return value.replace("_", "-").strip()[:40] or None if value else None


def _site(name: str | None) -> FeedHeader | None:
    return FeedHeader(title=Text(value=name)) if name else None


def _body(document: LexborHTMLParser) -> LexborNode | None:
    """The element of the article, if there is exactly one clear one: an outermost <article>, else <main> without several."""
    articles = [node for node in document.css("article, [itemprop~=articleBody]")[:200] if not _is_inside(node)]
    if len(articles) == 1:
        return articles[0]
    mains = document.css("main, [role=main]")
    return mains[0] if len(mains) == 1 and not articles else None


def _is_inside(node: LexborNode) -> bool:
    parent = node.parent
    for _ in range(200):
        if parent is None:
            return False
        if parent.tag == "article" or "articleBody" in (parent.attributes.get("itemprop") or ""):
            return True
        parent = parent.parent
    return True


def _content(node: LexborNode | None, title: str | None, base: str | None) -> Text | None:
    """The article's markup without what surrounds its text, and without a heading that repeats the title."""
    if node is None:
        return None
    for part in node.css(CHROME):
        part.decompose()
    heading = node.css_first("h1")
    if heading is not None and title and " ".join(heading.text(separator=" ").split()).casefold() in title.casefold():
        heading.decompose()
    markup = (node.inner_html or "").strip()
    return Text(value=markup, type="html", base=base) if node.text(strip=True) else None


def _time(document: LexborHTMLParser, body: LexborNode | None, *words: str) -> str | None:
    """An instant marked with one of these words (itemprop, class or attribute); else, for publication, the article's first <time>
    or the page's only one."""
    for node in document.css("time, [itemprop], abbr[title]")[:MAX_META]:
        attributes = node.attributes
        marks = {*(attributes.get("itemprop") or "").split(), *(attributes.get("class") or "").split(), *attributes}
        if marks.intersection(words) and (instant := _instant(node)):
            return instant
    if "pubdate" not in words:
        return None
    times = body.css("time[datetime]") if body is not None else []
    if not times and len(anywhere := document.css("time[datetime]")) == 1:
        times = anywhere
    return _instant(times[0]) if times else None


def _instant(node: LexborNode) -> str | None:
    """The machine's side of a marked-up date: datetime, content, or the title of an abbr (hAtom)."""
    attributes = node.attributes
    value = attributes.get("datetime") or attributes.get("content") or (attributes.get("title") if node.tag == "abbr" else None)
    return (value or "").strip()[:100] or None


def _rels(node: LexborNode) -> list[str]:
    return (node.attributes.get("rel") or "").lower().split()


def _joined(base: str | None, href: str | None) -> str | None:
    if not href:
        return None
    try:
        return urljoin(base or "", href.strip())
    except ValueError:
        return None
