"""feedgen behind one typed door, with the extension that mends its traps (measured on 1.0.0).

    generator(Header, namespaces, deep, mend)   a feed without entries; `mend` gets the lxml root once feedgen made it
    add(generator, mend)                    a new entry, appended; `mend` gets its lxml element
    single(mend)                            an entry of no feed
    Bed(format, namespaces).carve(entry)    its bytes, cut out of a document that holds only it
    splice(document, fragments)             a document without entries + fragments → the document with them

The traps: entry links lose rel, type and length in Atom (upstream #135), so that `mend` rebuilds them; `updated` and
`lastBuildDate` become now unless set; RSS `link` is the last link set; entries are prepended by default; one string that XML
cannot hold aborts everything, hence an entry at a time. It calls locale.setlocale: render in one thread.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Literal

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

Mend = Callable[[etree._Element], None]
Format = Literal["atom", "rss"]

ATOM = "http://www.w3.org/2005/Atom"
XML = "http://www.w3.org/XML/1998/namespace"
DC = "http://purl.org/dc/elements/1.1/"
CREATIVE_COMMONS = "http://backend.userland.com/creativeCommonsRssModule"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
MEDIA = "http://search.yahoo.com/mrss/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"

GENERATOR = "aggregator"
STYLESHEET = "style.css"
"""Relative to the feed: under a policy of `style-src 'self'` it loads by whatever name the site is reached."""

_CLOSING = {"atom": b"</feed>", "rss": b"  </channel>"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands in a document before its entries. `links` are feedgen's: rel, href, type; RSS `link` is the last of them."""

    id: str
    title: str
    subtitle: str
    updated: datetime
    language: str | None
    author: str
    links: Sequence[Mapping[str, str]]


class _FeedExtension(BaseExtension):  # type: ignore[misc]  # feedgen has no types
    """Namespaces, the stylesheet and whatever `mend` does, for a feed."""

    def __init__(self) -> None:
        self.namespaces: Mapping[str, str] = {}
        self.deep = False
        self.mend: Mend | None = None

    def extend_ns(self) -> dict[str, str]:
        return dict(self.namespaces)

    def extend_atom(self, feed: etree._Element) -> etree._Element:
        return self._extend(feed)

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        return self._extend(feed)

    def _extend(self, root: etree._Element) -> etree._Element:
        href = f"../{STYLESHEET}" if self.deep else STYLESHEET
        root.addprevious(etree.ProcessingInstruction("xml-stylesheet", f'type="text/css" href="{href}"'))
        if self.mend is not None:
            self.mend(root)
        return root


class _EntryExtension(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """Whatever `mend` does, for an entry."""

    def __init__(self) -> None:
        self.mend: Mend | None = None

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        return self._extend(entry)

    def extend_rss(self, entry: etree._Element) -> etree._Element:
        return self._extend(entry)

    def _extend(self, element: etree._Element) -> etree._Element:
        if self.mend is not None:
            self.mend(element)
        return element


def generator(header: Header, namespaces: Mapping[str, str], deep: bool = False, mend: Mend | None = None) -> FeedGenerator:
    """A feedgen generator with everything set that would otherwise be now, or feedgen's own advertisement.

    `deep`: the document lies in a folder beside the stylesheet.
    """
    made = FeedGenerator()
    made.register_extension("ours", _FeedExtension, _EntryExtension)
    made.ours.namespaces, made.ours.deep, made.ours.mend = namespaces, deep, mend
    made.id(header.id)
    made.title(header.title)
    made.subtitle(header.subtitle)
    made.updated(header.updated)
    made.lastBuildDate(header.updated)
    made.author(name=header.author)
    made.generator(GENERATOR, version=our_version())
    if header.language:
        made.language(header.language)
    for link in header.links:
        made.link(**link)
    return made


def add(feed: FeedGenerator, mend: Mend) -> FeedEntry:
    """A new last entry of a feed."""
    entry = feed.add_entry(order="append")
    entry.ours.mend = mend
    return entry


def single(mend: Mend) -> FeedEntry:
    """An entry of no feed."""
    entry = FeedEntry()
    entry.register_extension("ours", _EntryExtension)
    entry.ours.mend = mend
    return entry


class Bed:
    """Where single entries become bytes: what stands around an entry in a document, with its namespaces, and nothing else.

    feedgen would make a whole feed around each, which takes as long as the entry.
    """

    def __init__(self, format: Format, namespaces: Mapping[str, str]) -> None:
        self._format = format
        if format == "atom":
            self._root = self._parent = etree.Element("feed", nsmap=dict(namespaces))
            self._opening, self._closing = b"  <entry", b"</feed>"
        else:
            self._root = etree.Element("rss", nsmap={**namespaces, "atom": ATOM, "content": CONTENT})  # as feedgen has them
            self._parent = etree.SubElement(self._root, "channel")
            self._opening, self._closing = b"    <item", b"  </channel>"

    def carve(self, entry: FeedEntry) -> bytes:
        """The bytes that the entry has in a document. Raises ValueError or TypeError if something in it cannot be written."""
        element = entry.atom_entry() if self._format == "atom" else entry.rss_entry()
        self._parent.append(element)
        try:
            document: bytes = etree.tostring(self._root, encoding="UTF-8", pretty_print=True)
        finally:
            self._parent.remove(element)
        return document[document.index(self._opening) : document.rindex(self._closing)]


def serialize(feed: FeedGenerator, format: Format) -> bytes:
    """The document: UTF-8, an element a line, ends with a newline."""
    body: bytes = feed.atom_str(pretty=True) if format == "atom" else feed.rss_str(pretty=True)
    return body


def splice(document: bytes, format: Format, fragments: Sequence[bytes]) -> bytes:
    """The document with the fragments as its last entries."""
    cut = document.rindex(_CLOSING[format])
    return b"".join((document[:cut], *fragments, document[cut:]))


def sub(parent: etree._Element, name: str, text: str | None = None, /, **attributes: str | None) -> etree._Element:
    """A child element, without the attributes that are None."""
    element = etree.SubElement(parent, name)
    for key, value in attributes.items():
        if value is not None:
            element.set(key, value)
    element.text = text
    return element


@cache
def our_version() -> str:
    """The version of this program as installed. Read once: asking takes as long as rendering an entry."""
    return version("aggregator")
