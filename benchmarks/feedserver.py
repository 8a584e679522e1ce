"""N synthetic feeds on loopback, in a process of their own: the publishers in benchmarks/poll.py.

    python benchmarks/feedserver.py [--feeds 2000] [--entries 20] [--bytes 3000] [--seed 7]

Prints `PORT PID` and serves until it is killed.

    GET /f/<n>.xml            a feed: three of four RSS 2.0, the fourth Atom; newest entry first; strong ETag, Last-Modified, 304
    GET /change/<percent>     one new entry on top of so many per cent of the feeds (others each time) → their number
    GET /counts               {"200": …, "304": …, "conditional": …} since the last asking

Feeds are made when asked for, from a pool of paragraphs, so that 100,000 of them take no memory; each entry has words of its
own, so that no two are alike. A bare asyncio protocol answers: the server must not be what is measured.
"""

import argparse
import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
POOL = 500
WORDS = (
    "market report city people company research model water train council energy price minister study teacher engine "
    "hospital forest signal number history garden winter harbour machine language border science village budget mirror "
    "window players season record storm bridge museum orbit sensor kernel library protein glacier violin recipe election "
    "strategy"
).split(" ")


class Publishers:
    """All feeds and their state: how many entries each has published since the start."""

    def __init__(self, feeds: int, entries: int, size: int, seed: int) -> None:
        self.versions = [0] * feeds
        self.entries = entries
        self.counts: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._pool = [_paragraphs(self._random, size) for _ in range(POOL)]
        self._unchanged: list[int] = []

    def change(self, percent: float) -> int:
        """Publish one entry in so many per cent of the feeds, none twice before all had their turn."""
        number = round(len(self.versions) * percent / 100)
        for _ in range(number):
            if not self._unchanged:
                self._unchanged = list(range(len(self.versions)))
                self._random.shuffle(self._unchanged)
            self.versions[self._unchanged.pop()] += 1
        return number

    def validators(self, feed: int) -> tuple[str, str]:
        version = self.versions[feed]
        return f'"{feed:x}-{version:x}"', format_datetime(EPOCH + timedelta(minutes=version), usegmt=True)

    def body(self, feed: int) -> bytes:
        newest = self.versions[feed] + self.entries - 1
        numbers = range(newest, newest - self.entries, -1)
        return (self._atom if feed % 4 == 3 else self._rss)(feed, numbers).encode()

    def _rss(self, feed: int, numbers: Sequence[int]) -> str:
        items = "".join(
            f"<item><title>{_title(feed, n)}</title><link>http://site{feed}.example/{n}.html</link>"
            f'<guid isPermaLink="false">tag:site{feed}.example,2026:{n}</guid><pubDate>{format_datetime(_date(n))}</pubDate>'
            f"<dc:creator>Author {n % 7}</dc:creator><category>{WORDS[n % len(WORDS)]}</category>"
            f"<description>{_title(feed, n)} in short</description>"
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
            f"<entry><title>{_title(feed, n)}</title><id>tag:site{feed}.example,2026:{n}</id>"
            f'<link href="http://site{feed}.example/{n}.html"/><published>{_date(n).isoformat()}</published>'
            f"<updated>{_date(n).isoformat()}</updated><author><name>Author {n % 7}</name></author>"
            f'<category term="{WORDS[n % len(WORDS)]}"/><summary>{_title(feed, n)} in short</summary>'
            f'<content type="html">{escape(self._html(feed, n))}</content></entry>'
            for n in numbers
        )
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Site {feed}</title>'
            f'<id>tag:site{feed}.example,2026:feed</id><link href="http://site{feed}.example/"/>'
            f"<updated>{_date(numbers[0]).isoformat()}</updated>{entries}</feed>"
        )

    def _html(self, feed: int, number: int) -> str:
        own = " ".join(WORDS[(feed * 31 + number * 17 + step * step) % len(WORDS)] for step in range(12))
        return f"<p>{own} {feed}-{number}.</p>{self._pool[(feed * 7919 + number * 104729) % POOL]}"


def _paragraphs(chance: random.Random, size: int) -> str:
    """About `size` bytes of HTML as feeds carry it: paragraphs, links, emphasis, an image, a list."""
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        words = chance.choices(WORDS, k=chance.randint(25, 70))
        words[3] = f'<a href="https://links.example/{chance.randrange(10**6)}?ref={chance.randrange(99)}">{words[3]}</a>'
        words[9] = f"<em>{words[9]}</em>"
        parts.append(f"<p>{' '.join(words).capitalize()}.</p>\n")
    parts[1:1] = [f'<p><img src="/img/{chance.randrange(10**6)}.jpg" alt="{words[0]}" width="640" height="360"></p>']
    parts.append(f"<ul><li>{words[1]}</li><li>{words[2]}</li></ul>")
    return "".join(parts)


def _title(feed: int, number: int) -> str:
    return " ".join(WORDS[(feed * 13 + number * 29 + step * 7 * (feed % 5 + 1)) % len(WORDS)] for step in range(7)).capitalize()


def _date(number: int) -> datetime:
    return EPOCH + timedelta(hours=number)


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
            return _response("200 OK", str(publishers.change(float(rest))).encode())
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
    given = parser.parse_args()
    asyncio.run(serve(Publishers(given.feeds, given.entries, given.bytes, given.seed)))


if __name__ == "__main__":
    main()
