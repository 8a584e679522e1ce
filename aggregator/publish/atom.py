"""Atom 1.0 (RFC 4287), each entry with both dates, all its links and the full atom:source of where it comes from.

Feed ─shell→ document without entries      FeedEntry ─shape→ bytes      ─splice→ document
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial

from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.model import Attribution, Category, Feed, FeedEntry, Person, Site
from aggregator.publish import beside, media, rendered
from aggregator.publish import feedgen_extension as ours
from aggregator.publish.elements import Element, sub, written
from aggregator.publish.lexical import absolute_iri, email, language, media_type, one_line, uri, xml_text
from aggregator.publish.rendered import Rendered

SUFFIX = "atom"
MEDIA_TYPE = "application/atom+xml"

_NAMESPACES = {"media": ours.MEDIA, "itunes": ours.ITUNES, "podcast": ours.PODCAST}
_RELATIONS = frozenset({"related", "via", "replies", "license", "payment", "describedby", "up", "alternate"})
"""What an entry may carry on from its source; `self`, `edit`, `next` and the like speak of the source's own document."""


def render(feed: Feed) -> Rendered:
    """The document, from nothing but the value: two renders of one feed are byte-equal."""
    return rendered.whole(feed, shape, partial(fill, frame(feed)))


def shape(entry: FeedEntry) -> bytes:
    """The bytes that an entry has in a document."""
    return written(_entry(entry), 1)


def frame(feed: Feed) -> bytes:
    """The document without its entries."""
    return ours.serialize(shell(feed), "atom")


def fill(frame: bytes, entries: Sequence[bytes]) -> bytes:
    """A frame with entries that `shape` made."""
    return ours.splice(frame, "atom", entries)


def shell(feed: Feed) -> FeedGenerator:
    """The feed without its entries."""
    site = feed.site
    header = ours.Header(
        id=feed.id,
        title=one_line(xml_text(feed.title)) or feed.slug,
        subtitle=one_line(xml_text(feed.subtitle or "")) or "",
        updated=whole(feed.updated),
        language=language(site.language),
        author=publisher(site),
        links=[
            {"rel": "self", "href": uri(feed.address(SUFFIX)) or feed.address(SUFFIX), "type": MEDIA_TYPE},
            {"rel": "alternate", "href": uri(site.base_url) or site.base_url, "type": "text/html"},
        ],
    )
    return ours.generator(header, _NAMESPACES, feed.archive is not None, partial(_beside, feed=feed))


def _beside(root: etree._Element, *, feed: Feed) -> None:
    beside.history(root, feed, SUFFIX, MEDIA_TYPE)
    beside.deletions(root, feed)
    beside.note(root, feed, SUFFIX)


def _entry(entry: FeedEntry) -> Element:
    """The elements in feedgen's order. Raises ValueError if a date has no zone."""
    made = Element("entry", attributes={"xml:lang": language(entry.language)})
    title = one_line(entry.title) or "Untitled"
    sub(made, "id", entry.id)
    sub(made, "title", title)
    sub(made, "updated", stamp(entry.updated))
    _write(made, "author", _persons(entry.authors))
    _text(made, entry, title)
    _categories(made, entry.categories)
    _write(made, "contributor", _persons(entry.contributors))
    sub(made, "published", stamp(entry.published))
    rights = one_line(entry.rights)
    if rights:
        sub(made, "rights", rights)
    for attributes in [*links(entry), *related(entry)]:
        sub(made, "link", **attributes)
    if entry.source is not None:
        _source(made, entry, entry.source)
    media.write(made, entry, None if len(entry.enclosures) != 1 else entry.enclosures[0])
    return made


def _text(made: Element, entry: FeedEntry, title: str) -> None:
    """Content and summary. Without a link there must be content (RFC 4287 section 4.1.2), if only the title once more."""
    if entry.content:
        sub(made, "content", entry.content, type="html")
    if entry.summary and entry.summary != entry.content:
        name = "summary" if entry.content or uri(entry.link) else "content"
        sub(made, name, entry.summary, type="html")
    elif not entry.content and not uri(entry.link):
        sub(made, "content", title, type="text")


def _categories(made: Element, categories: Sequence[Category]) -> None:
    for category in categories:
        term = one_line(category.term)
        if term:
            sub(made, "category", term=term, scheme=absolute_iri(category.scheme), label=one_line(category.label))


def links(entry: FeedEntry) -> list[dict[str, str | None]]:
    """All links of an entry, alternate first, then enclosures; one alternate per type and language (RFC 4287 section 4.1.2)."""
    found: list[dict[str, str | None]] = []
    if uri(entry.link):
        found.append({"rel": "alternate", "href": uri(entry.link)})
    for enclosure in entry.enclosures:
        length = str(enclosure.length) if enclosure.length and enclosure.length > 0 else None
        found.append(
            {
                "rel": "enclosure",
                "href": uri(enclosure.href),
                "type": media.type_of(enclosure),
                "length": length,
                "title": one_line(enclosure.title),
            }
        )
    if entry.comments:
        found.append({"rel": "replies", "href": uri(entry.comments), "type": "text/html"})
    for link in entry.links:
        relation = link.rel.strip()
        if relation in _RELATIONS or uri(relation):
            found.append(
                {
                    "rel": relation,
                    "href": uri(link.href),
                    "type": media_type(link.type),
                    "hreflang": language(link.hreflang),
                    "title": one_line(link.title),
                }
            )
    # RFC 4946 section 2: a feed's licence is none of its entries', unless they say so, too.
    if entry.source is not None and not any(link["rel"] == "license" for link in found):
        found.append({"rel": "license", "href": uri(entry.source.license)})
    return _distinct(found)


def related(entry: FeedEntry) -> list[dict[str, str | None]]:
    """Who else tells the entry's story (RFC 4287 section 4.2.7.2: `related`)."""
    if not entry.coverage:
        return []
    there = {link["href"] for link in links(entry)}
    return [
        {"rel": "related", "href": uri(other.link), "title": one_line(f"{other.source}: {other.title}")}
        for other in {uri(other.link): other for other in reversed(entry.coverage)}.values()
        if uri(other.link) and uri(other.link) not in there
    ][::-1]


def _distinct(found: Sequence[dict[str, str | None]]) -> list[dict[str, str | None]]:
    kept, seen = [], set()
    for link in found:
        address = None if link["rel"] == "alternate" else link["href"]
        key = (link["rel"], link.get("type"), link.get("hreflang"), address)
        if link["href"] and key not in seen:
            seen.add(key)
            kept.append(link)
    return kept


def _source(element: Element, entry: FeedEntry, source: Attribution) -> None:
    """The source's own metadata (RFC 4287 section 4.2.11), with its authors, so that the site's are not taken for the entry's."""
    identity = absolute_iri(source.id) or uri(source.self_link) or uri(source.link)
    title = one_line(source.title) or _host(source)
    if not identity and not title:
        return
    made = sub(element, "source", **{"xml:lang": language(source.language)})
    if identity:
        sub(made, "id", identity)
    sub(made, "title", title or identity)
    # A source that does not say when it changed has changed at least when this entry did.
    sub(made, "updated", stamp(source.updated or entry.updated))
    for name, text in (("subtitle", one_line(source.subtitle)), ("rights", one_line(source.rights))):
        if text:
            sub(made, name, text)
    for name, image in (("logo", uri(source.image)), ("icon", uri(source.icon))):
        if image:
            sub(made, name, image)
    for rel, address in (("self", source.self_link), ("alternate", source.link), ("license", source.license)):
        if uri(address):
            sub(made, "link", rel=rel, href=uri(address))
    authors = _persons(source.authors)
    if not authors and not _persons(entry.authors):
        authors = [{"name": title or identity or ""}]
    _write(made, "author", authors)
    _write(made, "contributor", _persons(source.contributors))
    _categories(made, source.categories)


def _persons(people: Sequence[Person]) -> list[dict[str, str]]:
    return [made for person in people if (made := _person(person))]


def _write(parent: Element, role: str, people: Sequence[dict[str, str]]) -> None:
    for person in people:
        made = sub(parent, role)
        for name in ("name", "email", "uri"):
            if name in person:
                sub(made, name, person[name])


def _host(source: Attribution) -> str | None:
    address = uri(source.link) or uri(source.self_link)
    return address.split("/")[2].rpartition("@")[2] if address else None


def _person(person: Person) -> dict[str, str] | None:
    """Name (which Atom demands), e-mail and address, without what is malformed; None if nothing is left."""
    name = one_line(person.name) or email(person.email) or uri(person.uri)
    return _without_none(name=name, email=email(person.email), uri=uri(person.uri)) if name else None


def _without_none(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


@lru_cache(1024)
def stamp(instant: datetime) -> str:
    """`whole`, as RFC 3339 writes it. Remembered: each entry says its dates some ten times."""
    return whole(instant).isoformat()


def whole(instant: datetime) -> datetime:
    """In UTC, to the second: fractions tell readers nothing, and RSS has none. Raises ValueError without a zone."""
    if instant.tzinfo is None:
        raise ValueError(f"the date {instant} has no zone")
    return instant.astimezone(UTC).replace(microsecond=0)


def publisher(site: Site) -> str:
    """Who answers for a feed whose entries name nobody (RFC 4287 section 4.1.1 demands an author)."""
    return one_line(xml_text(site.author or "")) or one_line(xml_text(site.title)) or "aggregator"
