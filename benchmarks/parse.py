"""What parsing a feed costs: our own reader and the skipping of known entries, against feedparser reading the whole document.

    python benchmarks/parse.py [--feeds 40] [--rounds 7] [--bytes 3000]

Ways, of which each reads the same feeds of 20 entries (three of four RSS 2.0, the fourth Atom) from their bytes to model values:

    feedparser, its defaults    feedparser.parse(body) alone: with its sanitizer and its resolving of addresses, no model values
    whole                       feedparser without these two, on what our scan made of the document; it decides what is right
    native                      every entry is new, and plain
    one new, feedparser         19 of 20 entries are known; the new one goes through feedparser
    one new                     19 of 20 entries are known; the new one is plain
    nothing new                 only the header's date changed

All ways take turns in each round; who begins changes. Before anything is timed, every way must give the same entries as `whole`.
CPU of this process; medians over the rounds, in ms per feed, with the ratios of `feedparser, its defaults` and `whole` to it.
"""

import argparse
import dataclasses
import io
import os
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.metadata import version
from statistics import median

import feedparser
from feedserver import Publishers

from aggregator.model import Entry, Parsed
from aggregator.sources.feedbytes import parse_feed
from aggregator.sources.xmlfeed import parse_whole

ADDRESS = "http://benchmark.example/feed.xml"
ENTRIES = 20


@dataclasses.dataclass(frozen=True)
class Feed:
    """A document, the one that came before it, and the marks that this one left."""

    body: bytes
    before: Mapping[str, Entry]
    same: Mapping[str, Entry]


def made(number: int, size: int) -> list[Feed]:
    publishers = Publishers(number, ENTRIES, size, 7)
    old = [publishers.body(feed) for feed in range(number)]
    publishers.change(100)
    new = [publishers.body(feed) for feed in range(number)]
    return [Feed(body, _marks(before), _marks(body)) for before, body in zip(old, new, strict=True)]


def _marks(body: bytes) -> Mapping[str, Entry]:
    return {entry.mark: entry for entry in parse_feed(body, url=ADDRESS).entries}


WAYS: Mapping[str, Callable[[Feed], object]] = {
    "feedparser, its defaults": lambda feed: feedparser.parse(io.BytesIO(feed.body)),
    "whole": lambda feed: parse_whole(feed.body, url=ADDRESS),
    "native": lambda feed: parse_feed(feed.body, url=ADDRESS),
    "one new, feedparser": lambda feed: parse_feed(feed.body, url=ADDRESS, known=feed.before.keys(), native=False),
    "one new": lambda feed: parse_feed(feed.body, url=ADDRESS, known=feed.before.keys()),
    "nothing new": lambda feed: parse_feed(feed.body, url=ADDRESS, known=feed.same.keys()),
}


def check(feeds: list[Feed]) -> None:
    """Raise RuntimeError unless every way gives the same, and skips as much as its name says."""
    skipped = {"native": 0, "one new, feedparser": ENTRIES - 1, "one new": ENTRIES - 1, "nothing new": ENTRIES}
    for feed in feeds:
        right = parse_whole(feed.body, url=ADDRESS)
        for name, number in skipped.items():
            got = WAYS[name](feed)
            assert isinstance(got, Parsed)
            known = {**feed.before, **feed.same}
            filled = tuple(known[entry.mark] if entry == Entry() else entry for entry in got.entries)
            if dataclasses.replace(got, entries=filled) != right or got.entries.count(Entry()) != number:
                raise RuntimeError(f"{name}: not what feedparser makes of it")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--bytes", type=int, default=3000, help="of each entry's text")
    given = parser.parse_args()
    feeds = made(given.feeds, given.bytes)
    check(feeds)
    costs: dict[str, list[float]] = defaultdict(list)
    names = list(WAYS)
    for turn in range(given.rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            way = WAYS[name]
            started = time.process_time()
            for feed in feeds:
                way(feed)
            costs[name].append((time.process_time() - started) / len(feeds) * 1000)
    size = sum(len(feed.body) for feed in feeds) / len(feeds) / 1000
    print(f"| {given.feeds} feeds × {ENTRIES} entries, {size:.0f} KB each | CPU | feedparser's defaults : this | whole : this |")
    print("| --- | --- | --- | --- |")
    for name in names:
        cost = median(costs[name])
        ratios = " | ".join(f"{median(costs[other]) / cost:.1f} ×" for other in names[:2])
        print(f"| {name} | {cost:.2f} ms | {ratios} |")
    versions = f"feedparser {version('feedparser')}, lxml {version('lxml')}, Python {platform.python_version()}"
    print(f"\n{versions}, {os.cpu_count()} cores; rounds: {given.rounds}")


if __name__ == "__main__":
    main()
