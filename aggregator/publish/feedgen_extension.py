"""feedgen behind one typed door, with the extension that mends its traps (measured on 1.0.0).

    generator(Header, namespaces, deep, mend)   a feed without entries; `mend` gets the lxml root once feedgen made it
    splice(document, fragments)             a document without entries + fragments → the document with them

The traps: `updated` and `lastBuildDate` become now unless set; RSS `link` is the last link set; one string that XML cannot hold
aborts everything. It calls locale.setlocale: render in one thread. Of entries it loses rel, type and length of links in Atom
(upstream #135), and takes most of the time: `aggregator.publish.elements` writes them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Literal

from feedgen.ext.base import BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

Mend = Callable[[etree._Element], None]
Format = Literal["atom", "rss"]

ATOM = "http://www.w3.org/2005/Atom"
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


def generator(header: Header, namespaces: Mapping[str, str], deep: bool = False, mend: Mend | None = None) -> FeedGenerator:
    """A feedgen generator with everything set that would otherwise be now, or feedgen's own advertisement.

    `deep`: the document lies in a folder beside the stylesheet.
    """
    made = FeedGenerator()
    made.register_extension("ours", _FeedExtension)
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
