"""JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/) by an own writer: the format is one page.

    Feed ─header→ object without items      FeedEntry ─item→ object → bytes      ─fill→ document

Keys stand in the order of the specification. What it has no key for (where an entry comes from, rights, further links,
category schemes) is in the extension `_aggregator`, as section "Extensions" allows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from html import unescape

from selectolax.lexbor import LexborHTMLParser

from aggregator.model import Attribution, Category, Enclosure, Feed, FeedEntry, Json, Person
from aggregator.publish import atom, media, rendered
from aggregator.publish.lexical import absolute_iri, email, language, one_line, uri, xml_text
from aggregator.publish.rendered import Rendered

SUFFIX = "json"
MEDIA_TYPE = "application/feed+json"
_EMPTY = b"[]\n}\n"
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def render(feed: Feed) -> Rendered:
    """The document, from nothing but the value: two renders of one feed are byte-equal."""
    return rendered.whole(feed, shape, partial(fill, frame(feed)))


def shape(entry: FeedEntry) -> bytes:
    """The bytes that an entry has in a document."""
    return _dump(item(entry))


def frame(feed: Feed) -> bytes:
    """The document without its items."""
    return _dump(header(feed)).removesuffix(b"}") + b',\n"items": ' + _EMPTY


def fill(frame: bytes, entries: Sequence[bytes]) -> bytes:
    """A frame with items that `shape` made."""
    return frame.removesuffix(_EMPTY) + b"[\n" + b",\n".join(entries) + b"\n]\n}\n" if entries else frame


def header(feed: Feed) -> Mapping[str, Json]:
    """The feed without its items."""
    site = feed.site
    return _told(
        version="https://jsonfeed.org/version/1.1",
        title=one_line(xml_text(feed.title)) or feed.slug,
        home_page_url=uri(site.base_url),
        feed_url=uri(feed.current(SUFFIX)),
        description=one_line(xml_text(feed.subtitle or "")),
        authors=[{"name": atom.publisher(site)}],
        language=language(site.language),
        next_url=uri(feed.before(SUFFIX)),
        _aggregator=_told(id=feed.id, updated=atom.stamp(feed.updated), **_history(feed)),
    )


def _history(feed: Feed) -> Mapping[str, Json]:
    """Of an archive: its number and its own address. `feed_url` names the feed, of which it is a further page (`next_url`)."""
    return {} if feed.archive is None else {"archive": feed.archive, "archive_url": uri(feed.address(SUFFIX))}


def item(entry: FeedEntry) -> Mapping[str, Json]:
    """An entry. Without content it must have one all the same (section "Items"): its summary, else an empty text."""
    content = entry.content or entry.summary
    summary = _plain(entry.summary) if entry.summary and entry.content and entry.summary != entry.content else None
    source = entry.source
    return _told(
        id=entry.id,
        url=uri(entry.link),
        title=one_line(entry.title) or "Untitled",
        content_html=content or None,
        content_text=None if content else "",
        summary=summary,
        image=uri(entry.image),
        date_published=atom.stamp(entry.published),
        date_modified=atom.stamp(entry.updated),
        # never none: an item without authors would inherit ours, and this site did not write it
        authors=_people(entry.authors) or _people(source.authors if source else ()) or _called(source),
        tags=_distinct(one_line(category.label) or one_line(category.term) for category in entry.categories),
        language=language(entry.language),
        attachments=[made for enclosure in entry.enclosures if (made := _attachment(enclosure))] or None,
        _aggregator=_extension(entry) or None,
    )


def _extension(entry: FeedEntry) -> Mapping[str, Json]:
    source = entry.source
    links = [_told(**link) for link in atom.links(entry) if link["rel"] not in {"alternate", "enclosure"}]
    # tags say everything of a category that is only a word
    detailed = any(category.scheme or category.label for category in entry.categories)
    return _told(
        source=_source(source) if source else None,
        contributors=_people(entry.contributors),
        categories=_categories(entry.categories) if detailed else None,
        links=links or None,
        rights=one_line(entry.rights),
        also_covered_by=[
            _told(source=one_line(other.source), title=one_line(other.title), url=uri(other.link)) for other in entry.coverage
        ]
        or None,
    )


def _categories(categories: Iterable[Category]) -> list[Json] | None:
    made: list[Json] = [
        _told(term=one_line(category.term), scheme=absolute_iri(category.scheme), label=one_line(category.label))
        for category in categories
        if one_line(category.term)
    ]
    return made or None


def _source(source: Attribution) -> Mapping[str, Json] | None:
    made = _told(
        id=absolute_iri(source.id),
        title=one_line(source.title),
        subtitle=one_line(source.subtitle),
        home_page_url=uri(source.link),
        feed_url=uri(source.self_link),
        updated=atom.stamp(source.updated) if source.updated else None,
        language=language(source.language),
        rights=one_line(source.rights),
        license=uri(source.license),
        authors=_people(source.authors),
        contributors=_people(source.contributors),
        categories=_categories(source.categories),
        image=uri(source.image),
        icon=uri(source.icon),
    )
    return made or None


def _people(people: Iterable[Person]) -> list[Json] | None:
    """JSON Feed has no e-mail: `url` may be a mailto: address."""
    made: list[Json] = []
    for person in people:
        address = email(person.email)
        url = uri(person.uri) or (f"mailto:{address}" if address else None)
        told = _told(name=one_line(person.name), url=url)
        if told:
            made.append(told)
    return made or None


def _called(source: Attribution | None) -> list[Json] | None:
    """A source that names no person, as the author that Atom's <source> gives it too."""
    name = one_line(source.title) if source else None
    return [{"name": name}] if name else None


def _attachment(enclosure: Enclosure) -> Mapping[str, Json] | None:
    url = uri(enclosure.href)
    if url is None:
        return None
    return _told(
        url=url,
        mime_type=media.type_of(enclosure),
        title=one_line(enclosure.title),
        size_in_bytes=enclosure.length if enclosure.length and enclosure.length > 0 else None,
        duration_in_seconds=round(enclosure.duration) if enclosure.duration and enclosure.duration > 0 else None,
    )


def _plain(html: str) -> str | None:
    """JSON Feed's summary is plain text."""
    text = LexborHTMLParser(f"<body>{html}</body>").body
    return one_line(text.text(separator=" ")) if text is not None else one_line(unescape(html))


def _distinct(values: Iterable[str | None]) -> list[Json] | None:
    return list(dict.fromkeys(value for value in values if value)) or None


def _told(**values: Json) -> Mapping[str, Json]:
    """Without what is None."""
    return {key: value for key, value in values.items() if value is not None}


def _dump(value: Mapping[str, Json]) -> bytes:
    """On one line, so that a difference between two versions of a feed is a difference between lines.

    `<` is written as an escape: a literal tag in a title is then no markup to whoever pastes or embeds the document.
    """
    return _ENCODER.encode(value).replace("<", "\\u003c").encode()
