"""What is known of an entry while it is read through lxml; and when to give it up.

Reading.children(parent, depth) → each element to its handler → Reading.fields

Strange      raised for whatever feedparser alone can judge
key_of, text_of, resolved      an element's name as feedparser calls it, its text, an address in it
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from aggregator.sources.feedparsing import NAMES, has_handler, looks_like_html, mended

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
FIXED = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)(/*)")
"""feedparser takes additional slashes behind `http://` for a slip of the pen (urls._urljoin)."""
TYPES = {"text": "text/plain", "plain": "text/plain", "html": "text/html", "text/plain": "text/plain", "text/html": "text/html"}
TELLING = frozenset(
    {"href", "url", "uri", "rel", "type", "title", "hreflang", "length", "filesize", "duration", "medium", "width", "height"}
    | {"term", "scheme", "domain", "label", "src", "text", "ispermalink", "lang", "base", "mode", "lastmod", "about"}
)
"""Attributes that are read."""
HELD = frozenset(
    {"authors", "contributors", "tags", "links", "author_detail", "title_detail", "summary_detail", "rights_detail", "publishers"}
)
"""Fields that an element of this name would overwrite."""


class Strange(Exception):
    """Something whose meaning is not settled here: feedparser is asked."""


class Reading:
    """One entry, as far as it was read."""

    __slots__ = ("atom", "depths", "fields", "handlers", "has_content", "lang", "names", "title_depth")

    def __init__(self, handlers: Mapping[str, "Handler"], names: dict[str, str], lang: str | None, *, atom: bool) -> None:
        self.handlers = handlers
        self.names = names
        self.atom = atom
        self.lang = lang
        self.fields: dict[str, object] = {}
        self.depths: dict[str, int] = {}
        self.title_depth = -1
        self.has_content = False

    def children(self, parent: etree._Element, depth: int) -> None:
        """Read all elements of an entry, or of a group in it."""
        for element in parent:
            tag = element.tag
            key = self.names.get(tag)
            if key is None:
                key = self.names[tag] = key_of(element)
            handler = self.handlers.get(key)
            if handler is not None:
                handler(self, element, depth)
            else:
                self.other(key, element, depth)

    def other(self, key: str, element: etree._Element, depth: int) -> None:
        """An element that feedparser has no handler for: nothing of ours reads it, but what it holds may be read."""
        if has_handler(key) or key in HELD:
            raise Strange(key)
        self.attributes(element)
        self.children(element, depth + 1)

    def attributes(self, element: etree._Element) -> dict[str, str]:
        """An element's own attributes, by their names in lower case."""
        found: dict[str, str] = {}
        for key, given in element.items():
            name, value = str(key), str(given)
            if name[0] == "{":
                # feedparser keeps these under their local names, too
                if name != LANG and name.rpartition("}")[2].lower() in TELLING:
                    raise Strange(name)
                continue
            low = name.lower()
            if low in ("lang", "base", "mode") or low in found:
                raise Strange(low)
            found[low] = value.lower() if low in ("rel", "type") else value
        return found

    def language(self, element: etree._Element) -> str | None:
        """xml:lang in force; the empty one means none."""
        lang = element.get(LANG)
        lang = self.lang if lang is None else lang or None
        return lang.replace("_", "-") if lang else lang

    def save(self, key: str, value: str, depth: int) -> None:
        """Of equal elements the last one that is not deeper holds (property_depth_map)."""
        if depth <= self.depths.get(key, depth):
            self.depths[key] = depth
            self.fields[key] = value

    def construct(self, element: etree._Element, default: str) -> dict[str, object]:
        """A text construct (push_content, pop_content)."""
        attributes = self.attributes(element)
        type_ = TYPES.get(attributes.get("type", default))
        if type_ is None:
            raise Strange("type")
        value = mended(text_of(element))
        if type_ == "text/plain" and not self.atom and looks_like_html(value):
            type_ = "text/html"
        made: dict[str, object] = {"type": type_, "language": self.language(element), "base": "", "value": value}
        if "src" in attributes:
            made["src"] = attributes["src"]
        return made

    def items(self, key: str) -> list[Any]:
        """A field that is a list."""
        found = self.fields.setdefault(key, [])
        if not isinstance(found, list):
            raise Strange(key)
        return found


Handler = Callable[[Reading, etree._Element, int], None]


def key_of(element: etree._Element) -> str:
    """feedparser's name of an element: its prefix for the namespace, else the document's, an underscore, the local name."""
    tag = str(element.tag)
    namespace, _, local = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
    low = namespace.lower()
    prefix = "" if not low or "backend.userland.com/rss" in low else NAMES.get(low, element.prefix or "")
    return f"{prefix}_{local}".lower() if prefix else local.lower()


def text_of(element: etree._Element) -> str:
    """What an element holds, which must be text."""
    if len(element):
        raise Strange("markup")
    text = element.text
    return text.strip() if text else ""


def resolved(address: str) -> str:
    """An address as it stands (resolve_uri, where there is no base)."""
    return FIXED.sub(r"\1", address) if ":///" in address else address
