"""OPML → the feeds that it names, strictly: a list that is broken anywhere names nothing, and the error names the line.

    bytes ─lxml, hardened→ tree ─outlines→ Subscription(url, title, folders, line) …   and a sentence for each that is of no use

One thing is mended: a bare `&`, which a fifth of the real lists has in its addresses, and which can mean nothing else. Parsers
that forgive more (listparser) take the first half of a list that was cut off for the whole. No entity beyond XML's own and HTML's
is known: no DTD is read, nothing is fetched.
"""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import cast
from urllib.parse import urljoin, urlsplit

from lxml import etree

from aggregator.errors import ParseError
from aggregator.model import FeedHeader, Person, Subscription, Text

NAMESPACE = "https://aggregator.invalid/opml"
"""Of the attributes `id` and `kind` that lists of our own have beside OPML's. A name, not a place (.invalid: RFC 2606)."""
OURS = f"{{{NAMESPACE}}}"
LONGEST = 4_096
"""Characters of an address."""
TITLE = 300
"""Characters of a title or of a folder's name."""
FOLDERS = 10
"""Folders around one feed that are kept; the outermost."""
_AMPERSAND = re.compile(rb"&(?!#\d{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31};)")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_HINT = re.compile(r", (?:use XML_PARSE_HUGE option|see xmlCtxtSetMaxAmplification\.?)|, line \d+, column \d+.*$")


def read(body: bytes, *, url: str) -> tuple[FeedHeader, list[Subscription], list[str]]:
    """What a list says of itself, what it names, and a sentence for each outline that leads nowhere.

    `url` is what relative addresses are relative to. Raises ParseError, with the line.
    """
    root = _tree(body)
    if _local(root) != "opml":
        raise ParseError(f"line {_line(root)}: the root is <{_local(root)}>, not <opml>; this is no subscription list")
    found: list[Subscription] = []
    left: list[str] = []
    for outline, folders in _outlines(root):
        said = _said(outline)
        line = _line(outline)
        kind, address = _address(said)
        if address is None:
            continue
        title = clean(said.get("title") or said.get("text") or "")
        good = web_address(address, url)
        if good is None:
            left.append(f"line {line}: {(title or 'an outline')!r} has no http(s) address (got {address[:200]!r})")
            continue
        where = (*folders, *_tags(said.get("category", "")))
        found.append(
            Subscription(
                url=good,
                kind=said.get(OURS + "kind") or kind,
                title=title if title and title != said.get(OURS + "id") else None,
                folders=tuple(dict.fromkeys(where)),
                line=line,
                id=said.get(OURS + "id"),
            )
        )
    return _header(root), found, left


def web_address(address: str, base: str) -> str | None:
    """An absolute http(s) address, None for anything else (such as newsboat's `|command`)."""
    try:
        relative = base.startswith(("http://", "https://")) and re.match(r"[\w./?]", address)
        joined = urljoin(base, address) if relative else address
        parts = urlsplit(joined)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return joined if usable and len(joined) <= LONGEST and not re.search(r"\s", joined) and not _UNFIT.search(joined) else None


def clean(text: str) -> str:
    """One line of text, without control characters, cut to a title's length."""
    return " ".join(_UNFIT.sub(" ", text).split())[:TITLE].strip()


def _tree(body: bytes) -> etree._Element:
    for attempt in (body, _mended(body)):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True)
        try:
            return etree.fromstring(attempt, parser)
        except etree.XMLSyntaxError as error:
            said, line = _HINT.sub("", error.msg or "it is not XML"), error.lineno or 1
        except ValueError as error:  # such as an encoding that nobody knows
            said, line = str(error), 1
    raise ParseError(f"line {line}: this list is broken: {said}; nothing of it is used. Mend it, or export it again")


def _mended(body: bytes) -> bytes:
    """With character references for HTML's entities, and `&amp;` for ampersands that are neither. Lines stay where they are."""
    if b"<!ENTITY" in body or b"\x00" in body:
        return body
    named = _ENTITY.sub(lambda match: _reference(match[1], match[0]), body)
    return _AMPERSAND.sub(b"&amp;", named)


def _reference(name: bytes, whole: bytes) -> bytes:
    known = html5.get(name.decode("ascii"))
    if known is None or name in (b"amp;", b"lt;", b"gt;", b"quot;", b"apos;"):
        return whole
    return "".join(f"&#{ord(character)};" for character in known).encode()


def _outlines(root: etree._Element) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    """Every outline with the folders around it, in document order, whatever the depth."""
    bodies = [child for child in root if _local(child) == "body"]
    waiting: list[tuple[etree._Element, tuple[str, ...]]] = [(body, ()) for body in reversed(bodies)]
    while waiting:
        element, folders = waiting.pop()
        if _local(element) == "outline":
            yield element, folders
            said = _said(element)
            called = clean(said.get("title") or said.get("text") or "")
            if called and _address(said)[1] is None:
                folders = (*folders, called)[:FOLDERS]
        waiting += [(child, folders) for child in reversed(element)]


def _address(said: dict[str, str]) -> tuple[str, str | None]:
    """Kind and address of an outline: xmlUrl of a feed, url of a list that is included. A folder has neither."""
    if said.get("type", "").lower() == "include" and said.get("url"):
        return "opml", said["url"]
    return "feed", said.get("xmlurl") or None


def _tags(category: str) -> list[str]:
    """OPML 2.0: categories with slashes are paths of a classification, those without are tags."""
    return [name for part in category[:LONGEST].split(",") if (name := clean(part)) and "/" not in name][:FOLDERS]


def _header(root: etree._Element) -> FeedHeader:
    said = {_local(field): clean(field.text or "") for head in root if _local(head) == "head" for field in head}
    owner = Person(name=said.get("ownername") or None, email=said.get("owneremail") or None)
    title = said.get("title")
    return FeedHeader(title=Text(value=title) if title else None, authors=(owner,) if owner != Person() else ())


def _said(outline: etree._Element) -> dict[str, str]:
    """Its attributes by name in lower case: programs write xmlUrl, xmlurl and XMLURL."""
    return {str(name).lower(): str(value).strip() for name, value in outline.attrib.items()}


def _line(element: etree._Element) -> int:
    return cast("int | None", element.sourceline) or 0


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""
