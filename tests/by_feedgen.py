"""Whole documents as feedgen makes them, entries included, with what it cannot write put right in lxml: the judge of our own.

document(module, feed) → bytes, of `aggregator.publish.atom` or `aggregator.publish.rss`
"""

from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from html import escape
from types import ModuleType

from feedgen.entry import FeedEntry as FeedgenEntry
from feedgen.ext.base import BaseEntryExtension
from lxml import etree

from aggregator.model import Attribution, Enclosure, Feed, FeedEntry
from aggregator.publish import atom, media, rss
from aggregator.publish.atom import whole
from aggregator.publish.feedgen_extension import ATOM, CREATIVE_COMMONS, DC, ITUNES, MEDIA, PODCAST, serialize, sub
from aggregator.publish.lexical import absolute_iri, excerpt, http_uri, language, one_line, uri
from aggregator.publish.rendered import fragment_of

XML = "http://www.w3.org/XML/1998/namespace"


def document(module: ModuleType, feed: Feed) -> bytes:
    """All entries that can be rendered, in one document."""
    generator = module.shell(feed)
    for entry in feed.entries:
        if not fragment_of(entry, lambda _: b"").wrong:
            made = generator.add_entry(order="append")
            made.register_extension("judge", _Extension)
            made.judge.entry = entry
            (_fill_atom if module is atom else _fill_rss)(made, entry)
    return serialize(generator, module.SUFFIX)


class _Extension(BaseEntryExtension):
    def extend_atom(self, element: etree._Element) -> etree._Element:
        _mend_atom(element, entry=self.entry)
        return element

    def extend_rss(self, element: etree._Element) -> etree._Element:
        _mend_rss(element, entry=self.entry)
        return element


def _fill_atom(made: FeedgenEntry, entry: FeedEntry) -> None:
    """Tell feedgen what it can write."""
    made.id(entry.id)
    made.title(one_line(entry.title) or "Untitled")
    made.updated(whole(entry.updated))
    made.published(whole(entry.published))
    for person in atom._persons(entry.authors):
        made.author(person)
    for person in atom._persons(entry.contributors):
        made.contributor(person)
    for category in entry.categories:
        term = one_line(category.term)
        if term:
            made.category(atom._without_none(term=term, scheme=absolute_iri(category.scheme), label=one_line(category.label)))
    rights = one_line(entry.rights)
    if rights:
        made.rights(rights)
    _text(made, entry)
    if uri(entry.link):
        made.link(href=uri(entry.link), rel="alternate")


def _text(made: FeedgenEntry, entry: FeedEntry) -> None:
    """Content and summary. Without a link there must be content (RFC 4287 section 4.1.2), if only the title once more."""
    if entry.content:
        made.content(entry.content, type="html")
    if entry.summary and entry.summary != entry.content:
        if entry.content or uri(entry.link):
            made.summary(entry.summary, type="html")
        else:
            made.content(entry.summary, type="html")
    elif not entry.content and not uri(entry.link):
        made.content(one_line(entry.title) or "Untitled", type="text")


def _mend_atom(element: etree._Element, *, entry: FeedEntry) -> None:
    """What feedgen cannot write, or writes wrongly."""
    tag = language(entry.language)
    if tag:
        element.set(f"{{{XML}}}lang", tag)
    for link in element.findall("link"):
        element.remove(link)
    for attributes in [*atom.links(entry), *atom.related(entry)]:
        sub(element, "link", **attributes)
    if entry.source is not None:
        _source(element, entry, entry.source)
    _media(element, entry, None if len(entry.enclosures) != 1 else entry.enclosures[0])


def _source(element: etree._Element, entry: FeedEntry, source: Attribution) -> None:
    """The source's own metadata (RFC 4287 section 4.2.11), with its authors, so that the site's are not taken for the entry's."""
    identity = absolute_iri(source.id) or uri(source.self_link) or uri(source.link)
    title = one_line(source.title) or atom._host(source)
    if not identity and not title:
        return
    made = sub(element, "source")
    tag = language(source.language)
    if tag:
        made.set(f"{{{XML}}}lang", tag)
    if identity:
        sub(made, "id", identity)
    sub(made, "title", title or identity)
    # A source that does not say when it changed has changed at least when this entry did.
    sub(made, "updated", whole(source.updated or entry.updated).isoformat())
    for name, text in (("subtitle", one_line(source.subtitle)), ("rights", one_line(source.rights))):
        if text:
            sub(made, name, text)
    for name, image in (("logo", uri(source.image)), ("icon", uri(source.icon))):
        if image:
            sub(made, name, image)
    for rel, address in (("self", source.self_link), ("alternate", source.link), ("license", source.license)):
        if uri(address):
            sub(made, "link", rel=rel, href=uri(address))
    authors = atom._persons(source.authors)
    if not authors and not atom._persons(entry.authors):
        authors = [{"name": title or identity or ""}]
    _write(made, "author", authors)
    _write(made, "contributor", atom._persons(source.contributors))
    for category in filter(lambda category: one_line(category.term), source.categories):
        term, scheme = one_line(category.term), absolute_iri(category.scheme)
        sub(made, "category", term=term, scheme=scheme, label=one_line(category.label))


def _write(parent: etree._Element, role: str, people: Sequence[dict[str, str]]) -> None:
    for person in people:
        made = sub(parent, role)
        for name in ("name", "email", "uri"):
            if name in person:
                sub(made, name, person[name])


def _fill_rss(made: FeedgenEntry, entry: FeedEntry) -> None:
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


def _mend_rss(element: etree._Element, *, entry: FeedEntry) -> None:
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
            if attributes["rel"] == "license" and rss._CREATIVE_COMMONS.match(attributes["href"] or ""):
                sub(element, f"{{{CREATIVE_COMMONS}}}license", attributes["href"])
    sub(element, f"{{{ATOM}}}updated", whole(entry.updated).isoformat())
    _media(element, entry, media.best(entry.enclosures))


def _media(element: etree._Element, entry: FeedEntry, main: Enclosure | None) -> None:
    """Add what enclosure elements cannot say: details, the other enclosures (all but `main`), the image, podcast fields."""
    seen = set()
    for enclosure in entry.enclosures:
        url = uri(enclosure.href)
        detailed = enclosure.duration or enclosure.width or enclosure.height or enclosure.medium in media._MEDIA
        if url and url not in seen and (detailed or enclosure is not main):
            seen.add(url)
            _content(element, enclosure, url)
    image = uri(entry.image)
    if image:
        sub(element, f"{{{MEDIA}}}thumbnail", url=image)
    written = _podcast(element, entry.extra)
    seconds = next((enclosure.duration for enclosure in entry.enclosures if enclosure.duration), None)
    if seconds and "itunes:duration" not in written and len(entry.enclosures) == 1:
        sub(element, f"{{{ITUNES}}}duration", str(round(seconds)))


def _content(element: etree._Element, enclosure: Enclosure, url: str) -> None:
    """Without media:title: there are readers that take it for the entry's."""
    sub(
        element,
        f"{{{MEDIA}}}content",
        url=url,
        fileSize=media._positive(enclosure.length),
        type=media.type_of(enclosure),
        medium=enclosure.medium if enclosure.medium in media._MEDIA else None,
        duration=media._positive(enclosure.duration),
        width=media._positive(enclosure.width),
        height=media._positive(enclosure.height),
    )


def _podcast(element: etree._Element, extra: Mapping[str, str]) -> set[str]:
    """Write the fields we know, in the order of the table whatever the source's; returns their names."""
    told = {name.lower(): value for name, value in sorted(extra.items())}
    written = set()
    for name, make in media._FIELDS.items() if told else ():
        value = one_line(told.get(name.lower()))
        prefix, _, local = name.partition(":")
        for text, attributes in make(value) if value else ():
            sub(element, f"{{{ITUNES if prefix == 'itunes' else PODCAST}}}{local}", text, **attributes)
            written.add(name)
    return written
