"""What of a feed comes back when our own documents are read again: by our own parsers, and by feedparser as other readers do.

    differences(feed) → a sentence for everything that one of three formats lost

`python tests/corpus/corpus_round_trip.py CORPUS` looks at every document of the corpus, in a minute or two.
"""

import calendar
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
from corpus_entries import feeds
from corpus_manifest import rows

from aggregator.model import Document, Feed, FeedEntry, Item, Person, Request, Source
from aggregator.normalize.addresses import cleaned
from aggregator.pipeline.worker import process
from aggregator.publish import media
from aggregator.publish.formats import FORMATS
from aggregator.publish.lexical import email, http_uri, one_line, uri

MARKUP = re.compile("[<&]")
"""RSS does not say whether a title is text or markup; every reader guesses, and takes what looks like markup for it."""


def differences(feed: Feed) -> Iterator[str]:
    """What the documents of a feed do not say any more of what stands in it."""
    for format, renderer in FORMATS.items():
        body = renderer.render(feed).body
        address = feed.address(format)
        again = process(Document(url=address, request=Request(url=address), body=body), Source(id="ours", kind="feed"), {})
        items = [arrival.item for arrival in again.arrivals if arrival.item is not None]
        yield from _compared(format, feed, items)
        if format != "json":
            yield from _read(format, feed, feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False))


def _compared(format: str, feed: Feed, items: list[Item]) -> Iterator[str]:
    if [item.native_id for item in items] != [entry.id for entry in feed.entries]:
        yield f"{format}: other entries: {len(items)} for {len(feed.entries)}"
        return
    for entry, item in zip(feed.entries, items, strict=True):
        pairs: dict[str, tuple[object, object]] = {
            "link": (_address(entry.link), item.link),
            "published": (_whole(entry.published), item.published),
            "updated": (_whole(entry.updated), item.updated),
            "authors": (_authors(format, entry), [_person(format, person) for person in item.authors]),
            "enclosures": _enclosures(format, entry, item),
            "content": (_content(format, entry), (item.content or item.summary or "").strip()),
        }
        if format != "rss" or not MARKUP.search(entry.title):
            pairs["title"] = (one_line(entry.title), item.title)
        said = entry.source
        if said and (uri(said.self_link) or uri(said.link) or (said.title and format != "rss")):  # RSS's has an address
            pairs["source"] = (_source(format, entry), _source(format, item))
        for name, (put, got) in pairs.items():
            if put != got:
                yield f"{format}: {name}: {str(put)[:150]!r} became {str(got)[:150]!r}"


def _read(format: str, feed: Feed, parsed: Any) -> Iterator[str]:
    if [one.id for one in parsed.entries] != [entry.id for entry in feed.entries]:
        yield f"feedparser, {format}: other entries"
        return
    for entry, one in zip(feed.entries, parsed.entries, strict=True):
        if _instant(one.published_parsed) != _whole(entry.published) or _instant(one.updated_parsed) != _whole(entry.updated):
            yield f"feedparser, {format}: other dates of {entry.id}"
        if uri(entry.link) and one.link != uri(entry.link):
            yield f"feedparser, {format}: link: {entry.link!r} became {one.link!r}"
        addresses = {link.href for link in one.get("links", []) if link.rel == "enclosure"}
        addresses |= {content["url"] for content in one.get("media_content", []) if "url" in content}
        if {uri(enclosure.href) for enclosure in entry.enclosures if uri(enclosure.href)} != addresses:
            yield f"feedparser, {format}: enclosures: {entry.enclosures} became {addresses}"


def _authors(format: str, entry: FeedEntry) -> list[object]:
    """Those of the entry; where it has none, what each format says so that nobody takes this site for the author."""
    people = [person for person in entry.authors if _known(person)]
    if not people and entry.source and format != "atom":
        people = [person for person in entry.source.authors if _known(person)]
    told = [_person(format, person) for person in people]
    called = one_line(entry.source.title) if entry.source else None
    if not told and format == "json" and called:
        told = [(called, None, None)]
    return list(dict.fromkeys(told))


def _known(person: Person) -> bool:
    return bool(one_line(person.name) or email(person.email) or uri(person.uri))


def _person(format: str, person: Person) -> object:
    name, mail, address = one_line(person.name), email(person.email), _address(person.uri)
    if format == "rss":  # dc:creator is a line of text
        return name or mail or address
    if format == "json":  # one address
        return name, None if address else mail, address
    called = name or mail or address  # Atom's person has a name
    return (None if called == mail else called), mail, address


def _enclosures(format: str, entry: FeedEntry, item: Item) -> tuple[object, object]:
    put = [one for one in entry.enclosures if uri(one.href)]
    if format == "rss":  # the best one first, the others as media:content
        best = media.best(entry.enclosures)
        order = {uri(one.href) for one in put} | ({http_uri(best.href)} if best else set())
        return order, {one.href for one in item.enclosures} | (order & {uri(best.href)} if best else set())
    return (
        [(uri(one.href), media.type_of(one).lower(), one.length or None) for one in put],
        [(one.href, one.type, one.length) for one in item.enclosures],
    )


def _content(format: str, entry: FeedEntry) -> str:
    """An Atom entry without a link has content, if only its title."""
    title = escape(one_line(entry.title) or "", quote=False) if format == "atom" and not uri(entry.link) else ""
    return (entry.content or entry.summary or title).strip()


def _source(format: str, of: FeedEntry | Item) -> object:
    """What the source is called, by its address if it has no name, and where it is: RSS names one address."""
    if of.source is None:
        return None
    addresses = uri(of.source.self_link), _address(of.source.link)
    first = next(filter(None, addresses), None)
    title = one_line(of.source.title)
    if isinstance(of, FeedEntry) and not title and format != "json":
        title = first if format == "rss" else first and (urlsplit(_address(of.source.link) or first).netloc)
    return (title, first) if format == "rss" else (title, addresses)


def _address(address: str | None) -> str | None:
    return cleaned(uri(address), "") if address else None


def _whole(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)


def _instant(parsed: Any) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)


def main() -> None:
    told, entries, documents = Counter[str](), 0, 0
    for row, feed in feeds(rows(Path(sys.argv[1]))):
        documents, entries = documents + 1, entries + len(feed.entries)
        for sentence in differences(feed):
            told[":".join(sentence.split(":")[:2])] += 1
            sys.stdout.write(f"{row['path']}: {sentence}\n")
    sys.stdout.write(f"{entries} entries of {documents} documents, three formats each; {dict(told) or 'nothing lost'}\n")


if __name__ == "__main__":
    main()
