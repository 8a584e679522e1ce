"""What it costs to publish one changed entry: rendered, spliced into its topic's documents, and on disk.

    python benchmarks/render.py [--entries 50] [--words 600] [--rounds 40]

CPU per round, of a topic whose other entries were rendered before, beside a program that renders all of them anew each
time, as feedgen does. fsync is left out: it waits for the disk and takes no CPU.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.model import Attribution, Category, Feed, FeedEntry, Html, Person, Plain, Site, Url
from aggregator.publish.formats import FORMATS
from aggregator.publish.fragments import Fragments
from aggregator.publish.writer import Writer

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def entry(number: int, words: int, version: int = 0) -> FeedEntry:
    text = " ".join(f"word{(number * 31 + place * 7) % 997}" for place in range(words))
    return FeedEntry(
        id=f"urn:uuid:5b4a3c52-6b0b-5b5e-8d5a-{number:012}",
        title=Plain(f"Entry {number} & what it says in version {version}"),
        link=Url(f"https://source.example/{number}"),
        published=WHEN + timedelta(minutes=number),
        updated=WHEN + timedelta(minutes=number, seconds=version),
        content=Html(f"<p>{text}</p><p><a href='https://source.example/{number}'>{version}</a></p>"),
        text=text,
        authors=(Person(name="Ada Author"),),
        categories=(Category(term="one"), Category(term="two")),
        language="en",
        source=Attribution(
            title=Plain("A source"), link=Url("https://source.example/"), self_link=Url("https://source.example/f")
        ),
    )


def publish(feed: Feed, fragments: Fragments, writer: Writer) -> None:
    for format, renderer in FORMATS.items():
        bodies = [fragments.of(format, one).body for one in feed.entries]
        writer.replace(feed.name(format), renderer.fill(renderer.frame(feed), bodies))


def publish_whole(feed: Feed, writer: Writer) -> None:
    for format, renderer in FORMATS.items():
        writer.replace(feed.name(format), renderer.render(feed).body)


def measure(rounds: int, work: Callable[[int], None]) -> tuple[float, float]:
    """CPU of a round in milliseconds: the least, which other programs on the machine disturb least, and the median."""
    taken = []
    for number in range(rounds):
        before = time.process_time()
        work(number)
        taken.append(time.process_time() - before)
    return min(taken) * 1e3, statistics.median(taken) * 1e3


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=50)
    parser.add_argument(
        "--words", type=int, default=350, help="an entry then takes 3.2 KB, as in the feeds of benchmarks/poll.py"
    )
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    os.fsync = lambda _: None
    site = Site(title="Bench", base_url="https://planet.example.org/")
    entries = [entry(number, options.words) for number in range(options.entries)]
    feed = Feed(site=site, slug="t", id="urn:uuid:5b4a3c52-6b0b-5b5e-8d5a-6d1f3f0f0000", title=Plain("T"), subtitle=None,
                updated=WHEN, entries=tuple(entries))  # fmt: skip

    def changed(round: int) -> Feed:
        # built anew, as they come from the store: equal, but none of them is the same object
        now = [entry(number, options.words, round + 1 if number == 7 else 0) for number in range(options.entries)]
        return replace(feed, entries=tuple(now))

    feeds = [changed(round) for round in range(options.rounds)]
    with tempfile.TemporaryDirectory() as folder:
        writer, fragments = Writer(Path(folder)), Fragments()
        writer.ready()
        publish(feed, fragments, writer)
        spliced = measure(options.rounds, lambda turn: publish(feeds[turn], fragments, writer))
        size = sum((Path(folder) / feed.name(format)).stat().st_size for format in FORMATS)
        few = min(options.rounds, 8)
        whole = measure(few, lambda turn: publish_whole(feeds[turn], writer))
    sys.stdout.write(
        f"{options.entries} entries, {size / 1e3:.0f} KB in three formats; one changed, all three files replaced:\n"
        f"  entries kept, one rendered   {spliced[0]:7.2f} ms CPU (median {spliced[1]:.2f})\n"
        f"  every entry rendered         {whole[0]:7.2f} ms CPU (median {whole[1]:.2f})\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
