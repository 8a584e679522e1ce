"""RSS 2.0 with content, dc, atom and media, for the readers that know nothing newer.

    Feed ─shell→ document without items      FeedEntry ─fill→ item ─carve→ bytes      ─splice→ document

pubDate is when we dated the entry, atom:updated when it last changed; guid is our id, never an address; `source` and
dc:creator tell where it comes from.
"""

import re
from collections.abc import Sequence
from email.utils import format_datetime
from functools import partial
from html import escape

from feedgen.entry import FeedEntry as FeedgenEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.model import Feed, FeedEntry
from aggregator.publish import atom, beside, media, rendered
from aggregator.publish import feedgen_extension as ours
from aggregator.publish.atom import publisher, whole
from aggregator.publish.feedgen_extension import ATOM, CREATIVE_COMMONS, DC, sub
from aggregator.publish.lexical import excerpt, http_uri, language, one_line, uri, xml_text
from aggregator.publish.rendered import Rendered, Shaper

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
    return rendered.whole(feed, shaper(), partial(fill, frame(feed)))


def shaper() -> Shaper:
    """What renders entries on their own."""
    bed = ours.Bed("rss", _NAMESPACES)

    def shape(entry: FeedEntry) -> bytes:
        made = ours.single(partial(_mend, entry=entry))
        _fill(made, entry)
        return bed.carve(made)

    return shape


def frame(feed: Feed) -> bytes:
    """The document without its entries."""
    return ours.serialize(shell(feed), "rss")


def fill(frame: bytes, entries: Sequence[bytes]) -> bytes:
    """A frame with entries that a shaper made."""
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
        sub(channel, f"{{{DC}}}creator", publisher(feed.site))
        beside.history(channel, feed, SUFFIX, MEDIA_TYPE, f"{{{ATOM}}}link")
        beside.note(channel, feed, SUFFIX)
        for generator in channel.iterfind("generator"):
            generator.text = f"{ours.GENERATOR} {ours.our_version()}"


def add(feed: FeedGenerator, entry: FeedEntry) -> None:
    """Append an item. Raises ValueError or TypeError if something in it cannot be written."""
    _fill(ours.add(feed, partial(_mend, entry=entry)), entry)


def _fill(made: FeedgenEntry, entry: FeedEntry) -> None:
    """Tell feedgen what it can write."""
    made.id(entry.id)
    made.title(one_line(entry.title) or "Untitled")
    if uri(entry.link):
        made.link(href=uri(entry.link), rel="alternate")
    if entry.content and entry.content != entry.summary:
        made.content(entry.content)
    # Escaped: a description is HTML, an excerpt is not.
    description = entry.summary or escape(excerpt(entry.text) or "" if entry.content else "", quote=False)
    if description:
        made.description(description, isSummary=True)
    for category in entry.categories:
        value = one_line(category.label) or one_line(category.term)
        if value:
            made.category(term=value, scheme=one_line(category.scheme) or "")
    if uri(entry.comments):
        made.comments(uri(entry.comments))
    enclosure = media.best(entry.enclosures)
    if enclosure is not None:
        made.enclosure(http_uri(enclosure.href), max(enclosure.length or 0, 0), media.type_of(enclosure))
    source = entry.source
    address = (uri(source.self_link) or uri(source.link)) if source else None
    if source and address:
        made.source(address, one_line(source.title) or address)


def _mend(element: etree._Element, *, entry: FeedEntry) -> None:
    """What feedgen cannot write: people without e-mail, rights, links other than the alternate, the second date."""
    # feedgen writes years before 1000 with three digits, and sets the process's locale twice to write any.
    sub(element, "pubDate", format_datetime(whole(entry.published)))
    source = entry.source
    for name, people in (("creator", entry.authors or (source.authors if source else ())), ("contributor", entry.contributors)):
        for person in people:
            text = one_line(person.name) or one_line(person.email) or uri(person.uri)
            if text:
                sub(element, f"{{{DC}}}{name}", text)
    if source and source.title and not (uri(source.self_link) or uri(source.link)):
        sub(element, f"{{{DC}}}source", one_line(source.title) or "")  # <source> needs an address
    rights = one_line(entry.rights) or (one_line(source.rights) if source else None)
    tag = language(entry.language)
    for name, text in (("rights", rights), ("language", tag)):
        if text:
            sub(element, f"{{{DC}}}{name}", text)
    for attributes in atom.links(entry):
        if attributes["rel"] not in {"alternate", "enclosure"} and attributes["href"] != uri(entry.comments):
            sub(element, f"{{{ATOM}}}link", **attributes)
            if attributes["rel"] == "license" and _CREATIVE_COMMONS.match(attributes["href"] or ""):
                sub(element, f"{{{CREATIVE_COMMONS}}}license", attributes["href"])
    sub(element, f"{{{ATOM}}}updated", whole(entry.updated).isoformat())
    media.write(element, entry, media.best(entry.enclosures))
