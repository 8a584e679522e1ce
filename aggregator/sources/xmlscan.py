"""An XML feed made fit for feedparser, in one linear pass over its tags: what would cost it quadratic time is cut out.

    scan(body, content_type, url) → Scanned(body, items, outside, notes, split) and extras(…)

    prepared (xmltext) → tags walked (Walk) → cuts applied

| cut | to | why |
| --- | --- | --- |
| nesting | 256 | tags below are dropped, their text stays |
| attributes of an element | 64 | xml.sax takes quadratic time: 16,000 cost 1.9 s |
| categories of an entry | 50 | feedparser compares each with all: 16,000 cost 3.1 s |
| text of an author, of keywords | 500, 5,000 bytes | its e-mail pattern takes quadratic time: 32 kB cost 3.2 s |
| entries | the newest 1,000 | by their dates; in document order where they have none |
| an entry inside a child of an entry | dropped | it is an old version (`sx:conflict`), and feedparser would mix the two |
| an entry that the end of the document cuts off | dropped | half an article must not be published as a whole one |
"""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.sources.newest import newest
from aggregator.sources.podcast import podcast
from aggregator.sources.split import Split, split
from aggregator.sources.xmlcuts import ATTRIBUTE_BYTES, ATTRIBUTES, Cut, applied, fewer, person
from aggregator.sources.xmltext import DECLARATION, prepare

DEPTH = 256
STRAYS = 10_000
"""Misplaced end tags whose elements are looked for; a document with more of them is noise."""
HARMLESS = ATTRIBUTES * 2
"""Bytes of attributes that cannot hold more than 64."""
CATEGORIES = 50
AUTHOR_BYTES = 500
KEYWORDS_BYTES = 5_000
MIXED = 4
"""As many times these bytes may be taken by an author with elements (name, uri, email) inside."""
ENTRIES = 1_000

TOKEN = re.compile(
    rb"<(?:(/?+)([A-Za-z_:][^\s/><\"'=]*+)([^<>\"']*+(?:\"[^\"<]*+\"[^<>\"']*+|'[^'<]*+'[^<>\"']*+)*+[^<>]*+)>?+"
    rb"|!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->)?+|!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+(?:\]\]>)?+"
    rb"|\?[^?]*+(?:\?(?!>)[^?]*+)*+(?:\?>)?+|![^<>]*+>?+)"
)
"""Every alternative matches wherever its start does, and none looks beyond the next `<` twice: linear on any input."""

ENTRY, CATEGORY, AUTHOR, PUBLISHER, KEYWORDS, OTHER, TEXT, ODD = range(8)
"""TEXT: what feedparser collects text for. ODD: what acts beyond the entry that it stands in."""
KINDS = {
    b"item": ENTRY, b"entry": ENTRY,
    b"category": CATEGORY, b"subject": CATEGORY,
    b"keywords": KEYWORDS, b"tags": KEYWORDS,
    b"author": AUTHOR, b"creator": AUTHOR, b"managingeditor": AUTHOR, b"webmaster": PUBLISHER, b"publisher": PUBLISHER,
    b"title": TEXT, b"subtitle": TEXT, b"tagline": TEXT, b"rights": TEXT, b"copyright": TEXT, b"description": TEXT,
    b"summary": TEXT, b"abstract": TEXT, b"info": TEXT, b"content": TEXT, b"encoded": TEXT, b"fullitem": TEXT, b"body": TEXT,
    b"image": ODD, b"textinput": ODD, b"svg": ODD,
}  # fmt: skip
HARMLESS_NAMES = frozenset({b"media:content", b"media:image", b"itunes:image"})


@dataclass(frozen=True, slots=True)
class Scanned:
    body: bytes
    """UTF-8, with a declaration that says so."""
    root: str
    """Local name of the root element, in lower case."""
    items: int
    """Elements that look like entries."""
    entries: tuple[bytes, ...]
    """Of each entry that was kept, in document order, its bytes before anything was cut out of them."""
    outside: bytes
    """The document before its first entry and between its entries: what it says of itself."""
    notes: tuple[str, ...]
    """A sentence for each thing that was cut out of it and was more than dirt."""
    split: Split | None = None
    """The document taken apart at the entries that were kept, where that is safe."""

    def extras(self, chosen: Sequence[int]) -> list[Mapping[str, str]]:
        """Of some entries, by their numbers: iTunes and podcast fields by their qualified name."""
        return podcast([self.entries[number] for number in chosen])


@dataclass(slots=True)
class Walk:
    """What is known of a document after so many tags."""

    body: bytes
    cuts: list[Cut] = field(default_factory=list)
    entries: list[tuple[int, int]] = field(default_factory=list)
    """Start and end of each complete entry."""
    stack: list[bytes] = field(default_factory=list)
    """Names of the open elements."""
    kinds: dict[bytes, int] = field(default_factory=dict)
    text: int = 0
    """Where the text of the last author, category or list of keywords starts."""
    opened: int = -1
    """Start of the open entry, -1 between entries."""
    level: int = 0
    """Length of the stack inside the open entry."""
    categories: int = 0
    inner: list[tuple[int, int]] = field(default_factory=list)
    """Start and depth of entries that are open within a child of the open entry."""
    nested: list[Cut] = field(default_factory=list)
    """Cuts of such entries: history or conflicts of an item, not items. Made only where all else is nested rightly."""
    strays: int = 0
    """End tags that did not close the innermost element."""
    damaged: bool = False
    """Whether an end tag had to close others."""
    tangled: bool = False
    """Whether an entry may change how another is read (see aggregator.sources.split)."""
    skipping: int = -1
    """Start of a category beyond the limit."""
    root: str = ""
    end: int = 0
    """Where the root's end tag ends; 0 if it never does."""


def scan(body: bytes, content_type: str, url: str = "") -> Scanned:
    """Walk over a document of any size and kind; never raises. `url` is part of what marks an entry."""
    document = prepare(body, content_type)
    walk = Walk(document)
    stack, kinds = walk.stack, walk.kinds
    for token in TOKEN.finditer(document, len(DECLARATION)):
        slash, name, attributes = token.groups()
        if name is None:
            continue
        kind = kinds.get(name)
        if kind is None:
            local = name.rpartition(b":")[2].lower()
            kind = kinds[name] = OTHER if name in HARMLESS_NAMES else KINDS.get(local, OTHER)
            walk.root = walk.root or local.decode("utf-8", "replace")
        # nine of ten tags are markup within content: what is harmless about them is told here, without a call
        if slash:
            if kind >= OTHER and 1 < len(stack) <= DEPTH and stack[-1] == name:
                stack.pop()
            elif _close(walk, name, kind, token):
                break
        elif (kind == OTHER or (kind == TEXT and len(stack) == walk.level)) and len(attributes) < HARMLESS and len(stack) < DEPTH:
            if attributes[-1:] != b"/":
                stack.append(name)
        else:
            _open(walk, name, kind, token)
    return _finish(walk, url)


def _open(walk: Walk, name: bytes, kind: int, token: re.Match[bytes]) -> None:
    start, attributes = token.start(), token[3]
    if kind == ENTRY and walk.opened < 0:
        walk.opened, walk.level, walk.categories = start, len(walk.stack) + 1, 0
    elif kind == ENTRY and len(walk.stack) > walk.level:
        walk.inner.append((start, len(walk.stack)))
    elif kind in (CATEGORY, KEYWORDS) and walk.skipping < 0:
        walk.categories += 1
        if walk.categories > CATEGORIES:
            walk.skipping = start
    elif kind > OTHER and walk.opened >= 0:
        walk.tangled = walk.tangled or kind == ODD or any(walk.kinds[name] == TEXT for name in walk.stack[walk.level :])
    if len(attributes) >= HARMLESS and (attributes.count(b"=") > ATTRIBUTES or len(attributes) > ATTRIBUTE_BYTES):
        walk.cuts.append((*token.span(3), fewer(attributes)))
    if attributes.endswith(b"/"):
        if kind == ENTRY and walk.opened == start:
            _entry_ends(walk, token.end())
        elif walk.skipping == start:
            _skipped(walk, token.end())
        elif walk.inner and walk.inner[-1][0] == start:
            walk.nested.append((walk.inner.pop()[0], token.end(), b""))
    else:
        walk.stack.append(name)
        walk.text = token.end()
        if len(walk.stack) > DEPTH:
            _cut(walk, token)


def _close(walk: Walk, name: bytes, kind: int, token: re.Match[bytes]) -> bool:
    """Whether this was the end of the root. An end tag closes all that is open inside; one that closes nothing is dirt."""
    stack = walk.stack
    at = len(stack) - 1 if stack and stack[-1] == name else _position(walk, name.lower())
    if at is None or at >= DEPTH:
        if len(stack) > DEPTH:
            _cut(walk, token)
        if at is None:
            return False
    walk.damaged = walk.damaged or at < len(stack) - 1
    del stack[at:]
    if walk.inner and walk.inner[-1][1] == len(stack):
        walk.nested.append((walk.inner.pop()[0], token.end(), b""))
    if ENTRY < kind < OTHER:
        _close_known(walk, kind, token)
    if walk.opened >= 0 and len(stack) < walk.level:
        _entry_ends(walk, token.end())
    if not stack:
        walk.end = token.end()
    return not stack


def _cut(walk: Walk, token: re.Match[bytes]) -> None:
    """Cut a token out; runs of them become one cut, since there may be a million."""
    start, end = token.span()
    if walk.cuts and walk.cuts[-1][1:] == (start, b""):
        start = walk.cuts.pop()[0]
    walk.cuts.append((start, end, b""))


def _position(walk: Walk, name: bytes) -> int | None:
    """Where the element that an end tag closes is open: among the 64 innermost, else among those that are not too deep."""
    walk.strays += 1
    if walk.strays > STRAYS:
        return None
    stack = walk.stack
    innermost = range(len(stack) - 1, max(len(stack) - 65, -1), -1)
    outermost = range(min(DEPTH, max(len(stack) - 64, 0)) - 1, -1, -1)
    return next((at for at in (*innermost, *outermost) if stack[at].lower() == name), None)


def _close_known(walk: Walk, kind: int, token: re.Match[bytes]) -> None:
    """Caps on the text of elements that feedparser reads in quadratic time."""
    start = walk.text
    if walk.skipping >= 0 and kind in (CATEGORY, KEYWORDS):
        _skipped(walk, token.end())
        return
    limit = KEYWORDS_BYTES if kind in (CATEGORY, KEYWORDS) else AUTHOR_BYTES
    text = walk.body[start : token.start()]
    if kind == AUTHOR and b"@" in text and (replacement := person(text[:limit])):
        walk.cuts.append((start, token.start(), replacement))
        return
    if len(text) <= limit:
        return
    if b"<" not in text:
        kept = text[:limit].decode("utf-8", "ignore").rpartition("&")
        walk.cuts.append((start, token.start(), (kept[0] if kept[1] and ";" not in kept[2] else "".join(kept)).encode()))
    elif b"<![CDATA[" in text or len(text) > limit * MIXED:
        walk.cuts.append((start, token.start(), b""))


def _skipped(walk: Walk, end: int) -> None:
    walk.cuts.append((walk.skipping, end, b""))
    walk.skipping = -1


def _entry_ends(walk: Walk, end: int) -> None:
    walk.entries.append((walk.opened, end))
    walk.inner.clear()
    walk.opened = -1
    walk.categories = 0
    walk.skipping = -1


def _finish(walk: Walk, url: str) -> Scanned:
    body, entries, notes = walk.body, walk.entries, []
    items = len(entries)
    if walk.end:
        if body[walk.end :].strip():
            walk.cuts.append((walk.end, len(body), b""))
    elif walk.opened >= 0:
        # the document ends within an entry: close what is open around it
        closing = b"".join(b"</" + name + b">" for name in reversed(walk.stack[: walk.level - 1]))
        walk.cuts.append((walk.opened, len(body), closing))
        items += 1
        notes.append("the document ends within an item: that item was left out")
    if walk.end and not walk.damaged:
        walk.cuts.extend(walk.nested)
    kept = entries
    if len(entries) > ENTRIES:
        chosen = newest([body[start:end] for start, end in entries], ENTRIES)
        kept = [span for number, span in enumerate(entries) if number in chosen]
        walk.cuts.extend((*span, b"") for number, span in enumerate(entries) if number not in chosen)
        notes.append(f"{len(entries) - ENTRIES} items beyond the newest {ENTRIES:,} were left out")
    return Scanned(
        body=applied(body, walk.cuts),
        root=walk.root,
        items=items,
        entries=tuple(body[start:end] for start, end in kept),
        outside=_outside(body, entries, walk.end),
        notes=tuple(notes),
        split=_split(walk, kept, url),
    )


def _split(walk: Walk, kept: list[tuple[int, int]], url: str) -> Split | None:
    """The document in pieces, unless its tags had to be put right."""
    if not walk.end or walk.damaged or walk.strays or walk.tangled:
        return None
    cuts = sorted(walk.cuts)

    def made(start: int, end: int) -> bytes:
        inside = cuts[bisect_left(cuts, (start,)) : bisect_left(cuts, (end,))]
        return applied(walk.body[start:end], [(first - start, last - start, new) for first, last, new in inside])

    return split(walk.body, url, kept, made, walk.end, walk.root)


def _outside(body: bytes, entries: list[tuple[int, int]], end: int) -> bytes:
    first, last = (entries[0][0], entries[-1][1]) if entries else (len(body), len(body))
    return body[:first] + body[last : end or len(body)]
