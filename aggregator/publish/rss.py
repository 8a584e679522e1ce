"""RSS 2.0 with content, dc, atom and media, for the readers that know nothing newer.

    Feed ─shell→ document without items      FeedEntry ─shape→ bytes      ─splice→ document

pubDate is when we dated the entry, atom:updated when it last changed; guid is our id, never an address; `source` and
dc:creator tell where it comes from.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache, partial
from html import escape

from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.model import Attribution, Feed, FeedEntry
from aggregator.publish import atom, beside, media, rendered
from aggregator.publish import feedgen_extension as ours
from aggregator.publish.atom import publisher, stamp, whole
from aggregator.publish.elements import Element, sub, written
from aggregator.publish.lexical import excerpt, http_uri, language, one_line, uri, xml_text
from aggregator.publish.rendered import Rendered

SUFFIX = "rss"
MEDIA_TYPE = "application/rss+xml"

_NAMESPACES = {
    "creativeCommons": ours.CREATIVE_COMMONS,
    "dc": ours.DC,
    "media": ours.MEDIA,
    "itunes": ours.ITUNES,
    "podcast": ours.PODCAST,
}
_CREATIVE_COMMONS = re.compile(r"https?://(?:www\.)?creativecommons\.org/", re.IGNORECASE)
"""What the module's element may name: https://www.rssboard.org/creative-commons"""


def render(feed: Feed) -> Rendered:
    """The document, from nothing but the value: two renders of one feed are byte-equal."""
    return rendered.whole(feed, shape, partial(fill, frame(feed)))


def shape(entry: FeedEntry) -> bytes:
    """The bytes that an entry has in a document."""
    return written(_item(entry), 2)


def frame(feed: Feed) -> bytes:
    """The document without its entries."""
    return ours.serialize(shell(feed), "rss")


def fill(frame: bytes, entries: Sequence[bytes]) -> bytes:
    """A frame with entries that `shape` made."""
    return ours.splice(frame, "rss", entries)


def shell(feed: Feed) -> FeedGenerator:
    """The feed without its items."""
    site = feed.site
    title = one_line(xml_text(feed.title)) or feed.slug
    header = ours.Header(
        id=feed.id,
        title=title,
        subtitle=one_line(xml_text(feed.subtitle or "")) or title,
        updated=whole(feed.updated),
        language=language(site.language),
        author=publisher(site),
        links=[
            {"rel": "self", "href": uri(feed.address(SUFFIX)) or feed.address(SUFFIX), "type": MEDIA_TYPE},
            {"rel": "alternate", "href": uri(site.base_url) or site.base_url},  # last: it becomes RSS `link`
        ],
    )
    return ours.generator(header, _NAMESPACES, feed.archive is not None, partial(_sign, feed=feed))


def _sign(root: etree._Element, *, feed: Feed) -> None:
    for channel in root.iterfind("channel"):
        ours.sub(channel, f"{{{ours.DC}}}creator", publisher(feed.site))
        beside.history(channel, feed, SUFFIX, MEDIA_TYPE, f"{{{ours.ATOM}}}link")
        beside.note(channel, feed, SUFFIX)
        for generator in channel.iterfind("generator"):
            generator.text = f"{ours.GENERATOR} {ours.our_version()}"


def _item(entry: FeedEntry) -> Element:
    """The elements in feedgen's order, then those that it does not know. Raises ValueError if a date has no zone."""
    made = Element("item")
    sub(made, "title", one_line(entry.title) or "Untitled")
    link = uri(entry.link)
    if link:
        sub(made, "link", link)
    _text(made, entry)
    sub(made, "guid", entry.id, isPermaLink="false")
    for category in entry.categories:
        value = one_line(category.label) or one_line(category.term)
        if value:
            sub(made, "category", value, domain=one_line(category.scheme))
    if uri(entry.comments):
        sub(made, "comments", uri(entry.comments))
    enclosure = media.best(entry.enclosures)
    if enclosure is not None:
        length = str(max(enclosure.length or 0, 0))
        sub(made, "enclosure", url=http_uri(enclosure.href), length=length, type=media.type_of(enclosure))
    source = entry.source
    address = (uri(source.self_link) or uri(source.link)) if source else None
    if source and address:
        sub(made, "source", one_line(source.title) or address, url=address)
    sub(made, "pubDate", _date(entry.published))
    _people(made, entry, source)
    if source and source.title and not address:
        sub(made, "dc:source", one_line(source.title) or "")  # <source> needs an address
    _rights(made, entry, source)
    _links(made, entry)
    sub(made, "atom:updated", stamp(entry.updated))
    media.write(made, entry, enclosure)
    return made


def _text(made: Element, entry: FeedEntry) -> None:
    """The excerpt, and the whole text beside it: alone it is the description."""
    content = entry.content if entry.content != entry.summary else None
    # Escaped: a description is HTML, an excerpt is not.
    description = entry.summary or escape(excerpt(entry.text) or "" if entry.content else "", quote=False)
    if description or content:
        sub(made, "description", description or content)
    if description and content:
        sub(made, "content:encoded", content)


def _people(made: Element, entry: FeedEntry, source: Attribution | None) -> None:
    """By name: <author> demands an e-mail address."""
    authors = entry.authors or (source.authors if source else ())
    for name, people in (("dc:creator", authors), ("dc:contributor", entry.contributors)):
        for person in people:
            text = one_line(person.name) or one_line(person.email) or uri(person.uri)
            if text:
                sub(made, name, text)


def _rights(made: Element, entry: FeedEntry, source: Attribution | None) -> None:
    rights = one_line(entry.rights) or (one_line(source.rights) if source else None)
    for name, text in (("dc:rights", rights), ("dc:language", language(entry.language))):
        if text:
            sub(made, name, text)


def _links(made: Element, entry: FeedEntry) -> None:
    """All but those that RSS has elements for."""
    for attributes in atom.links(entry):
        if attributes["rel"] not in {"alternate", "enclosure"} and attributes["href"] != uri(entry.comments):
            sub(made, "atom:link", **attributes)
            if attributes["rel"] == "license" and _CREATIVE_COMMONS.match(attributes["href"] or ""):
                sub(made, "creativeCommons:license", attributes["href"])


@lru_cache(1024)
def _date(instant: datetime) -> str:
    """As RFC 822 writes it. feedgen writes years before 1000 with three digits, and sets the locale twice to write any."""
    return format_datetime(whole(instant))
