"""Entries of mainstream RSS 2.0 and Atom 1.0 through lxml: the same fields as feedparser's, 10 times faster, or none at all.

    read(document) → of each entry what feedparser would give, as far as anything of ours reads it; None where in doubt

feedparser is the judge. What it does with an element is done here step for step, for elements whose meaning is settled and
whose text is all they hold. Anything else makes the whole document strange: an element that feedparser has a handler for and
aggregator.sources.nativeelements has not, markup that is not escaped, `xml:base`, a type other than
text and HTML, a DOCTYPE.
The document comes from aggregator.sources.split, so it is well-formed, and no entry changes how another is read.
"""

from lxml import etree

from aggregator.sources.feedparsing import NAMES, PREFIXES, Fields
from aggregator.sources.nativeelements import HANDLERS
from aggregator.sources.nativereading import LANG, Reading, Strange
from aggregator.sources.split import BASE, DECLARED

ATOM = "http://www.w3.org/2005/Atom"
NAMED = ("title", "id", "link", "summary")
"""An entry without any of these may be an empty one: that is for feedparser to say."""


def read(document: bytes) -> list[Fields] | None:
    """The entries of a document of `rss`, `channel` and `item`, or of `feed` and `entry`; None if anything is strange."""
    if b"<!DOCTYPE" in document or BASE.search(document.lower()) or not _is_settled(document):
        return None
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document, parser)
        return _entries(root)
    except (etree.XMLSyntaxError, Strange, RecursionError):
        return None


def _entries(root: etree._Element) -> list[Fields] | None:
    atom = root.tag == f"{{{ATOM}}}feed"
    parent = root if atom else root.find("channel") if root.tag == "rss" else None
    if parent is None or len(root.findall("channel")) > 1:
        return None
    names: dict[str, str] = {}
    lang: str | None = None
    for element in (root, parent):
        if any(name.lower() in ("lang", "base") for name in element.attrib):
            return None
        own = element.get(LANG)
        lang = lang if own is None else own or None
    found: list[Fields] = []
    for element in parent.iterchildren(f"{{{ATOM}}}entry" if atom else "item"):
        reading = Reading(HANDLERS, names, lang, atom=atom)
        if reading.attributes(element):
            return None
        reading.lang = element.get(LANG, lang or "") or None
        reading.children(element, 1)
        if not any(reading.fields.get(name) for name in NAMED):
            return None
        found.append(reading.fields)
    return found


def _is_settled(document: bytes) -> bool:
    """Whether no prefix that feedparser uses itself stands for a namespace that it calls otherwise."""
    for prefix, uri in set(DECLARED.findall(document)):
        name, called = prefix.decode("utf-8", "replace"), NAMES.get(uri.decode("utf-8", "replace").lower())
        if called is not None and called != name and name.lower() in PREFIXES:
            return False
    return True
