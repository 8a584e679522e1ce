"""N synthetic feeds on loopback, in a process of their own: the publishers in benchmarks/poll.py.

    python benchmarks/feedserver.py [--feeds 2000] [--entries 20] [--bytes 3000] [--seed 7] [--ago 12]

Prints `PORT PID` and serves until it is killed.

    GET /f/<n>.xml            a feed: three of four RSS 2.0, the fourth Atom; newest entry first; strong ETag, Last-Modified, 304
    GET /change/<percent>     one new entry on top of so many per cent of the feeds (others each time) → their number
    GET /changed/<n>          how many of the first n feeds that were
    GET /counts               {"200": …, "304": …, "conditional": …} since the last asking

A bare asyncio protocol answers, with bodies that are made beforehand (those of the first 2,000 feeds; others when asked for, so
that 100,000 of them take no memory): the server must not be what is measured.

Entries are made of 20,000 English words, each as frequent as it is in English, drawn for each entry by itself: no two are alike,
an index of words is as large as with real texts, and a query can match as many entries as a curated topic does (SOME: a tenth,
at 3,000 bytes). One entry in five tells, in half of its words, a story that two other feeds tell; each feed has two a day.
"""

import argparse
import asyncio
import json
import os
import random
from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

from wordfreq import top_n_list, word_frequency

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
AGO = 12
"""Days since a feed's first entry: feeds speak of these days."""
KEPT = 2_000
"""Bodies, of 80 KB each."""
VOCABULARY = 20_000
DRAWN = 65_536
"""Words from which texts are drawn, each as often as its frequency demands: what two bytes can name."""
SOME = "(energy OR forest) -water"
"""A query that matches a tenth of the entries of 3,000 bytes."""
TOLD_BY = 3
"""Feeds that tell the same news, in every fifth entry."""
PARAGRAPH = 48
BYTES_A_WORD = 6.9
"""With the markup around it: measured."""


class Publishers:
    """All feeds and their state: how many entries each has published since the start."""

    def __init__(self, feeds: int, entries: int, size: int, seed: int, ago: float = AGO) -> None:
        self.versions = [0] * feeds
        self.entries = entries
        self.counts: Counter[str] = Counter()
        self._seed = seed
        self._length = round(size / BYTES_A_WORD)
        self._drawn = _drawn(seed)
        self._first = TODAY - timedelta(days=ago)
        self._bodies: dict[int, tuple[int, bytes]] = {}
        self._turn = 0
        self._changed: list[int] = []

    def change(self, percent: float) -> int:
        """Publish an entry in one of 100 / `percent` feeds, evenly among them, none twice before all had their turn."""
        period = round(100 / percent)
        changed = [feed for feed in range(len(self.versions)) if (feed + feed // period + self._turn) % period == 0]
        for feed in changed:
            self.versions[feed] += 1
        self._turn += 1
        self._changed = changed
        return len(changed)

    def changed(self, first: int) -> int:
        """How many of the first feeds the last change was about."""
        return sum(feed < first for feed in self._changed)

    def validators(self, feed: int) -> tuple[str, str]:
        version = self.versions[feed]
        return f'"{feed:x}-{version:x}"', format_datetime(self._first + timedelta(minutes=version), usegmt=True)

    def make(self) -> None:
        """All bodies that are kept."""
        for feed in range(min(KEPT, len(self.versions))):
            self.body(feed)

    def body(self, feed: int) -> bytes:
        version, body = self._bodies.get(feed, (-1, b""))
        if version != self.versions[feed]:
            newest = self.versions[feed] + self.entries - 1
            numbers = range(newest, newest - self.entries, -1)
            body = (self._atom if feed % 4 == 3 else self._rss)(feed, numbers).encode()
            if feed < KEPT:
                self._bodies[feed] = self.versions[feed], body
        return body

    def _rss(self, feed: int, numbers: Sequence[int]) -> str:
        items = "".join(
            f"<item><title>{self._title(feed, n)}</title><link>http://site{feed}.example/{n}.html</link>"
            f'<guid isPermaLink="false">tag:site{feed}.example,2026:{n}</guid><pubDate>{format_datetime(self._date(n))}</pubDate>'
            f"<dc:creator>Author {n % 7}</dc:creator><category>{self._words(n, 1)[0]}</category>"
            f"<description>{self._title(feed, n)} in short</description>"
            f"<content:encoded><![CDATA[{self._html(feed, n)}]]></content:encoded></item>"
            for n in numbers
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Site {feed}</title><link>http://site{feed}.example/</link>'
            f"<description>All of site {feed}</description><language>en</language>{items}</channel></rss>"
        )

    def _atom(self, feed: int, numbers: Sequence[int]) -> str:
        entries = "".join(
            f"<entry><title>{self._title(feed, n)}</title><id>tag:site{feed}.example,2026:{n}</id>"
            f'<link href="http://site{feed}.example/{n}.html"/><published>{self._date(n).isoformat()}</published>'
            f"<updated>{self._date(n).isoformat()}</updated><author><name>Author {n % 7}</name></author>"
            f'<category term="{self._words(n, 1)[0]}"/><summary>{self._title(feed, n)} in short</summary>'
            f'<content type="html">{escape(self._html(feed, n))}</content></entry>'
            for n in numbers
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Site {feed}</title>'
            f'<id>tag:site{feed}.example,2026:feed</id><link href="http://site{feed}.example/"/>'
            f"<updated>{self._date(numbers[0]).isoformat()}</updated>{entries}</feed>"
        )

    def _date(self, number: int) -> datetime:
        return self._first + timedelta(hours=12 * number)

    def _title(self, feed: int, number: int) -> str:
        return " ".join(self._words(_news(feed, number), 4) + self._words(feed * 10**6 + number, 4)).capitalize()

    def _html(self, feed: int, number: int) -> str:
        """About as many bytes of HTML as was asked for, as feeds carry it: paragraphs, links, emphasis, an image, a list."""
        news, own = _news(feed, number), feed * 10**6 + number
        text = self._words(own, self._length)
        if news != own:
            half = len(text) // 2
            text[:half] = random.Random(own).sample(self._words(news, half), half)  # told in own order: a story, not a copy
        text[-1] = f"{feed}-{number}"
        parts = [_paragraph(text[start : start + PARAGRAPH], own + start) for start in range(0, len(text), PARAGRAPH)]
        parts[1:1] = [f'<p><img src="/img/{own}.jpg" alt="{text[0]}" width="640" height="360"></p>']
        parts.append(f"<ul><li>{text[1]}</li><li>{text[2]}</li></ul>")
        return "".join(parts)

    def _words(self, key: int, number: int) -> list[str]:
        """The same for the same key."""
        return [self._drawn[place] for place in array("H", random.Random(self._seed * 10**12 + key).randbytes(2 * number))]


def _drawn(seed: int) -> list[str]:
    words = [word for word in top_n_list("en", VOCABULARY) if word.isascii() and word.isalpha()]
    return random.Random(seed).choices(words, [word_frequency(word, "en") for word in words], k=DRAWN)


def _news(feed: int, number: int) -> int:
    """What an entry tells: a number, and the same one in feeds that tell the same."""
    return (feed - feed % TOLD_BY if number % 5 == 0 else feed) * 10**6 + number


def _paragraph(words: Sequence[str], chance: int) -> str:
    linked, *others = words
    stressed = f"<em>{others.pop()}</em>" if others else ""
    return f'<p><a href="https://links.example/{chance}?ref={chance % 99}">{linked}</a> {" ".join(others)} {stressed}.</p>\n'


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as pollers need it: GET, kept connections, pipelining."""

    def __init__(self, publishers: Publishers) -> None:
        self._publishers = publishers
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        *requests, self._received = (self._received + data).split(b"\r\n\r\n")
        for request in requests:
            line, *fields = request.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
            self._transport.write(self._answer(line.split(" ")[1], headers))
            if headers.get("connection", "").lower() == "close":
                self._transport.close()

    def _answer(self, path: str, headers: dict[str, str]) -> bytes:
        kind, _, rest = path[1:].partition("/")
        publishers = self._publishers
        if kind == "f" and rest.endswith(".xml") and rest[:-4].isdecimal() and int(rest[:-4]) < len(publishers.versions):
            return self._feed(int(rest[:-4]), headers)
        if kind == "change":
            number = publishers.change(float(rest))
            publishers.make()
            return _response("200 OK", str(number).encode())
        if kind == "changed":
            return _response("200 OK", str(publishers.changed(int(rest))).encode())
        if kind == "counts":
            counts, publishers.counts = publishers.counts, Counter()
            return _response("200 OK", json.dumps(counts).encode())
        return _response("404 Not Found", b"no such feed")

    def _feed(self, feed: int, headers: dict[str, str]) -> bytes:
        publishers = self._publishers
        etag, modified = publishers.validators(feed)
        validators = f"ETag: {etag}\r\nLast-Modified: {modified}\r\n"
        tags, since = headers.get("if-none-match"), headers.get("if-modified-since")
        publishers.counts["conditional"] += tags is not None or since is not None
        if tags == etag or (tags is None and since == modified):
            publishers.counts["304"] += 1
            return f"HTTP/1.1 304 Not Modified\r\n{validators}\r\n".encode()
        publishers.counts["200"] += 1
        kind = "application/atom+xml" if feed % 4 == 3 else "application/rss+xml"
        return _response("200 OK", publishers.body(feed), f"{validators}Content-Type: {kind}; charset=utf-8\r\n")


def _response(status: str, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(publishers: Publishers) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(publishers), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], os.getpid(), flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=2000)
    parser.add_argument("--entries", type=int, default=20)
    parser.add_argument("--bytes", type=int, default=3000, help="of HTML per entry")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--ago", type=float, default=AGO, help="days since a feed's first entry")
    given = parser.parse_args()
    publishers = Publishers(given.feeds, given.entries, given.bytes, given.seed, given.ago)
    publishers.make()
    asyncio.run(serve(publishers))


if __name__ == "__main__":
    main()
