"""Feeds in XML: bytes → Parsed, through feedparser; of a document seen before, only what is new in it.

parse_xml(body, url, content_type, known) → Parsed

scan → taken apart safely? ─yes→ entries whose mark is not known ─native, or feedparser→ entries; the known ones as bare marks
                                      header ─feedparser→ FeedHeader
                           ─no→ the whole document ─feedparser→ entries
"""

from collections.abc import Sequence, Set
from dataclasses import replace

from aggregator.errors import ParseError
from aggregator.model import Entry, Parsed
from aggregator.sources import feedparsing
from aggregator.sources.feedentries import entry
from aggregator.sources.feedheader import header, hints
from aggregator.sources.feedparsing import Raw
from aggregator.sources.native import read
from aggregator.sources.split import Split
from aggregator.sources.xmlscan import Scanned, scan

FEW = 3
"""New entries from which on they are read natively: one alone costs feedparser, which reads the header anyway, no more."""


def parse_xml(body: bytes, *, url: str, content_type: str, known: Set[str], native: bool = True) -> Parsed:
    """The entries of a feed in XML; `native` says whether lxml may read what is plain. Raises ParseError."""
    scanned = scan(body, content_type, url)
    if scanned.split is not None and (parsed := _new(scanned, scanned.split, url, known, native=native)) is not None:
        return parsed
    return _whole(scanned, url)


def parse_whole(body: bytes, *, url: str, content_type: str = "") -> Parsed:
    """All entries, by feedparser's reading of the whole document; without marks. Raises ParseError."""
    return _whole(scan(body, content_type, url), url)


def _new(scanned: Scanned, split: Split, url: str, known: Set[str], *, native: bool) -> Parsed | None:
    """The entries that are not known, in their places among those that are; None if feedparser sees others than we do."""
    new = split.unknown(known)
    raw = (_native(split, new) if native else None) or feedparsing.run(split.document(new))
    if len(raw.entries) != len(new) or not raw.version:
        return None
    extras = scanned.extras(new)
    made: dict[int, Entry | None] = {
        number: entry(fields, url, raw.version, extra, split.marks[number])
        for number, fields, extra in zip(new, raw.entries, extras, strict=True)
    }
    entries = [made[number] if number in made else Entry(mark=mark) for number, mark in enumerate(split.marks)]
    return _parsed(scanned, raw, raw.version, entries, url)


def _native(split: Split, new: Sequence[int]) -> Raw | None:
    """Entries that lxml reads as feedparser would, under the header that feedparser reads; None where that is not certain."""
    if len(new) < FEW or split.always is not None or (entries := read(split.document(new))) is None:
        return None
    return replace(feedparsing.run(split.document(())), entries=entries)


def _whole(scanned: Scanned, url: str) -> Parsed:
    raw = feedparsing.run(scanned.body)
    # feedparser knows CDF but does not say so
    format = raw.version or ("cdf" if scanned.root == "channel" else "")
    if not format and not raw.entries:
        raise ParseError("this looks like a feed but is of no known format: neither RSS, Atom nor CDF")
    numbers = range(len(raw.entries))
    extras = scanned.extras(numbers) if len(scanned.entries) == len(raw.entries) else [{} for _ in numbers]
    entries = [entry(fields, url, format, extra) for fields, extra in zip(raw.entries, extras, strict=True)]
    return _parsed(scanned, raw, format, entries, url)


def _parsed(scanned: Scanned, raw: Raw, format: str, entries: Sequence[Entry | None], url: str) -> Parsed:
    dropped = [f"item {number} is empty" for number, one in enumerate(entries, 1) if one is None]
    found = tuple(one for one in entries if one is not None)
    if scanned.items and not found:
        raise ParseError(f"none of the {scanned.items} items of this feed can be understood; the feed is damaged")
    return Parsed(
        entries=found,
        header=header(raw.feed, url),
        hints=hints(raw.feed, scanned.outside),
        dropped=(*scanned.notes, *dropped),
        format=format,
    )
