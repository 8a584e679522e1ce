"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1): bytes → Parsed. Own, since feedparser sees nothing in it.

    parse_jsonfeed(body, url=…) → Parsed; raises ParseError

Every field may have any type: what is not of the right one counts as missing. Numbers are taken for ids (the specification
asks readers to, under "items"), and for nothing else.
"""

from collections.abc import Iterable, Mapping

from aggregator.errors import ParseError
from aggregator.model import Category, Enclosure, Entry, FeedHeader, Hints, Link, Parsed, Person
from aggregator.sources import jsonextension
from aggregator.sources.jsontext import clean, load
from aggregator.sources.jsonvalues import Object, address, listed, seconds, string, text, whole

ITEMS = 1_000
CATEGORIES = 50
PEOPLE = 50
ENCLOSURES = 50


def parse_jsonfeed(body: bytes, *, url: str) -> Parsed:
    """The entries of a JSON Feed. Raises ParseError if it is none, or if it has items and none can be understood."""
    value = load(body)
    if not isinstance(value, Mapping):
        raise ParseError("a JSON Feed must be an object; this is something else")
    items = value.get("items")
    if not isinstance(items, list):
        raise ParseError("the JSON Feed has no list of items")
    language = string(value, "language")
    entries: list[Entry] = []
    dropped: list[str] = []
    for number, item in enumerate(items[:ITEMS], 1):
        entry = _entry(item, url, language) if isinstance(item, Mapping) else None
        if entry is None:
            dropped.append(f"item {number} is empty")
        else:
            entries.append(entry)
    if items and not entries:
        raise ParseError(f"none of the {len(items)} items of the JSON Feed can be understood; is it one?")
    if len(items) > ITEMS:
        dropped.append(f"{len(items) - ITEMS} items after the first {ITEMS:,} were left out")
    return Parsed(
        entries=tuple(entries),
        header=_header(value, url),
        hints=Hints(complete=value.get("expired") is True),
        dropped=tuple(dropped),
        format="jsonfeed11" if "1.1" in (string(value, "version") or "") else "jsonfeed1",
    )


def _header(feed: Object, url: str) -> FeedHeader:
    description = string(feed, "description")
    return FeedHeader(
        id=string(feed, "feed_url"),
        title=text(string(feed, "title"), url),
        subtitle=text(description, url),
        link=address(feed, "home_page_url", url),
        self_link=address(feed, "feed_url", url),
        language=string(feed, "language"),
        authors=_people(feed, url),
        image=address(feed, "icon", url) or address(feed, "favicon", url),
        base=url,
    )


def _entry(item: Object, url: str, language: str | None) -> Entry | None:
    own_language = string(item, "language") or language
    html, plain, summary = (string(item, name) for name in ("content_html", "content_text", "summary"))
    content = text(html, url, "html", own_language) or text(plain, url, "text", own_language)
    native, page, title = _id(item.get("id")), address(item, "url", url), string(item, "title")
    external = address(item, "external_url", url)
    more = jsonextension.read(item.get(jsonextension.NAME), url)
    made = Entry(
        id=native,
        link=page or external or (native if native and native.startswith(("http://", "https://")) else None),
        title=text(title, url, "text", own_language),
        summary=text(summary, url, "text", own_language),
        content=content,
        published=string(item, "date_published"),
        updated=string(item, "date_modified"),
        authors=_people(item, url),
        contributors=more.contributors,
        categories=more.categories or _categories(item.get("tags")),
        enclosures=_enclosures(item.get("attachments"), url),
        links=more.links or ((Link(href=external, rel="related"),) if external and page and external != page else ()),
        image=address(item, "image", url) or address(item, "banner_image", url),
        language=own_language,
        rights=text(more.rights, url, "text", own_language),
        source=more.source,
        comments=more.comments,
        base=url,
    )
    return None if made == Entry(language=own_language, base=url) else made


def _id(value: object) -> str | None:
    """An id as a string: numbers are to be coerced, whole ones without a fraction."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, int | str):
        return clean(str(value)).strip() or None
    return None


def _people(item: Object, url: str) -> tuple[Person, ...]:
    """`authors` (1.1), else `author` (1)."""
    people: Iterable[object] = listed(item.get("authors")) or [item.get("author")]
    found = (jsonextension.person(one, url) for one in list(people)[:PEOPLE] if isinstance(one, Mapping))
    return tuple(dict.fromkeys(person for person in found if person.name or person.uri or person.email))


def _categories(tags: object) -> tuple[Category, ...]:
    terms = (clean(tag).strip() for tag in listed(tags)[: CATEGORIES * 2] if isinstance(tag, str))
    return tuple(Category(term=term) for term in dict.fromkeys(terms) if term)[:CATEGORIES]


def _enclosures(attachments: object, url: str) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(
            href=href,
            type=string(one, "mime_type"),
            length=whole(one.get("size_in_bytes")),
            title=string(one, "title"),
            duration=seconds(one.get("duration_in_seconds")),
        )
        for one in listed(attachments)[:ENCLOSURES]
        if isinstance(one, Mapping) and (href := address(one, "url", url))
    )
