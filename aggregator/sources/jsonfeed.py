"""JSON Feed 1 and 1.1 (jsonfeed.org/version/1.1): bytes → Parsed. Own, since feedparser sees nothing in it.

    parse_jsonfeed(body, url=…) → Parsed; raises ParseError

Every field may have any type: what is not of the right one counts as missing. Numbers are taken for ids (the specification
asks readers to, under "items"), and for nothing else.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import urljoin

from aggregator.errors import ParseError
from aggregator.model import Category, Enclosure, Entry, FeedHeader, Hints, Link, Parsed, Person, Text
from aggregator.sources.jsontext import clean, load

ITEMS = 1_000
CATEGORIES = 50
PEOPLE = 50
ENCLOSURES = 50
Object = Mapping[object, object]


def parse_jsonfeed(body: bytes, *, url: str) -> Parsed:
    """The entries of a JSON Feed. Raises ParseError if it is none, or if it has items and none can be understood."""
    value = load(body)
    if not isinstance(value, Mapping):
        raise ParseError("a JSON Feed must be an object; this is something else")
    items = value.get("items")
    if not isinstance(items, list):
        raise ParseError("the JSON Feed has no list of items")
    language = _string(value, "language")
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
        format="jsonfeed11" if "1.1" in (_string(value, "version") or "") else "jsonfeed1",
    )


def _header(feed: Object, url: str) -> FeedHeader:
    description = _string(feed, "description")
    return FeedHeader(
        id=_string(feed, "feed_url"),
        title=_text(_string(feed, "title"), url),
        subtitle=_text(description, url),
        link=_address(feed, "home_page_url", url),
        self_link=_address(feed, "feed_url", url),
        language=_string(feed, "language"),
        authors=_people(feed, url),
        image=_address(feed, "icon", url) or _address(feed, "favicon", url),
        base=url,
    )


def _entry(item: Object, url: str, language: str | None) -> Entry | None:
    own_language = _string(item, "language") or language
    html, plain, summary = (_string(item, name) for name in ("content_html", "content_text", "summary"))
    content = _text(html, url, "html", own_language) or _text(plain, url, "text", own_language)
    native, address, title = _id(item.get("id")), _address(item, "url", url), _string(item, "title")
    external = _address(item, "external_url", url)
    made = Entry(
        id=native,
        link=address or external or (native if native and native.startswith(("http://", "https://")) else None),
        title=_text(title, url, "text", own_language),
        summary=_text(summary, url, "text", own_language),
        content=content,
        published=_string(item, "date_published"),
        updated=_string(item, "date_modified"),
        authors=_people(item, url),
        categories=_categories(item.get("tags")),
        enclosures=_enclosures(item.get("attachments"), url),
        links=(Link(href=external, rel="related"),) if external and address and external != address else (),
        image=_address(item, "image", url) or _address(item, "banner_image", url),
        language=own_language,
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
    people: Iterable[object] = _list(item.get("authors")) or [item.get("author")]
    found = (
        Person(name=_string(one, "name"), uri=_address(one, "url", url))
        for one in list(people)[:PEOPLE]
        if isinstance(one, Mapping)
    )
    return tuple(dict.fromkeys(person for person in found if person.name or person.uri))


def _categories(tags: object) -> tuple[Category, ...]:
    terms = (clean(tag).strip() for tag in _list(tags)[: CATEGORIES * 2] if isinstance(tag, str))
    return tuple(Category(term=term) for term in dict.fromkeys(terms) if term)[:CATEGORIES]


def _enclosures(attachments: object, url: str) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(
            href=href,
            type=_string(one, "mime_type"),
            length=_whole(one.get("size_in_bytes")),
            title=_string(one, "title"),
            duration=_seconds(one.get("duration_in_seconds")),
        )
        for one in _list(attachments)[:ENCLOSURES]
        if isinstance(one, Mapping) and (href := _address(one, "url", url))
    )


def _whole(value: object) -> int | None:
    """Bytes: a number that can be one, within what a database holds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        return None
    return int(value)


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _string(item: Object, name: str) -> str | None:
    value = item.get(name)
    return (clean(value).strip() or None) if isinstance(value, str) else None


def _address(item: Object, name: str, url: str) -> str | None:
    """An address, resolved against the document where it is relative, else byte for byte."""
    value = _string(item, name)
    if value is None:
        return None
    try:
        return value if ":" in value.partition("/")[0] else urljoin(url, value)
    except ValueError:
        return value


def _text(value: str | None, base: str, type: str = "text", language: str | None = None) -> Text | None:
    if value is None:
        return None
    return Text(value=value, type="html" if type == "html" else "text", language=language, base=base)
