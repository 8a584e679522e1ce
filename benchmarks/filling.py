"""A store of a given size, filled in bounded time: the first part of benchmarks/size.py.

configure(root, point, …)     config.toml: sources and topics
fill(root, point, told)       items: up to `told` come in as polls bring them (pipeline.intake), belong to one or two topics and
                              are published once; all others are older, told by no topic, and copied

What is copied is what makes a store large, and polls and publications slow if they look at it: a row of `item`, with keys, link
and dates of its own, and its words in the index, both taken by SQL from one of a thousand that came in as polls bring them. No
document of their source holds these items any more, so they have no sighting. A copy costs a tenth of what comes in.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.dedupe.hashes import rendition, substance
from aggregator.model import Arrival, Html, Item, Outcome, Plain, Url
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.membership import Rules
from aggregator.pipeline.polls.intake import take_in
from aggregator.store import sources
from aggregator.store.documents import Resource

NAMED = {
    "small": (1_000, 10_000, 10),
    "sources": (10_000, 10_000, 10),
    "items": (1_000, 100_000, 10),
    "topics": (1_000, 10_000, 100),
    "million": (1_000, 1_000_000, 1_000),
    "most": (100_000, 1_000_000, 1_000),
}
POLLED = 200
"""Sources that the server on loopback speaks for."""
WORDS = 40
"""Of an item's text."""
BATCH = 2_000
"""Items in a transaction of the filling."""
PATTERNS = 1_000
"""Items that copies are taken from."""
A_DAY = 10
"""Items that a topic gets: the more there are, the longer is its history."""
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Point:
    sources: int
    items: int
    topics: int

    @classmethod
    def read(cls, text: str) -> "Point":
        return cls(*NAMED[text]) if text in NAMED else cls(*(int(part) for part in text.split("x")))

    def __str__(self) -> str:
        return f"{self.sources:,} sources, {self.items:,} items, {self.topics:,} topics"


def configure(root: Path, point: Point, port: int, serving: int) -> None:
    """Topic k asks for the word `topic<k>`; the first sources are at the server, the others where nobody is."""
    lines = [
        '[site]\ntitle = "Size"\nbase_url = "http://127.0.0.1/"\n[fetch]\nallow_private = ["127.0.0.0/8"]\n',
        f"[serve]\nport = {serving}\n[store]\nsnapshots = 0\n",
    ]
    for number in range(point.sources):
        host = f"127.0.0.1:{port}" if number < POLLED else f"site{number}.example"
        lines.append(f'[[source]]\nid = "s{number}"\nurl = "http://{host}/f/{number}.xml"\n')
    lines += [f'[[topic]]\nslug = "t{number}"\nquery = "topic{number}"\nstories = false\n' for number in range(point.topics)]
    (root / "config.toml").write_text("".join(lines))


def item(number: int, topic: int | None, chance: random.Random, at: datetime) -> Item:
    subject = "nothing" if topic is None else f"topic{topic}"
    words = " ".join(f"w{chance.randrange(20_000)}" for _ in range(WORDS))
    return Item(
        native_id=f"n{number}",
        title=Plain(f"Number {number} tells of {subject}"),
        link=Url(f"http://site.example/{number}"),
        link_key=f"site.example/{number}",
        published=at,
        content=Html(f"<p>{words}</p>"),
        text=words,
    )


def bring(db: Database, engine: Engine, rules: Rules, source_id: str, made: Sequence[Item], now: datetime) -> None:
    """Take items in as a poll of their source does."""
    source = engine.sources[source_id]
    arrivals = tuple(
        Arrival(fingerprint=one.native_id or "", item=one, substance=substance(one), rendition=rendition(one)) for one in made
    )
    answered = Resource(url=f"http://fill.example/{source_id}/{made[0].native_id}", digest=made[0].native_id)
    take_in(db, source, Outcome(arrivals=arrivals), answered, rules=rules, now=now, holds=lambda _: False)


async def fill(root: Path, point: Point, told: int) -> float:
    """The newest `told` items come in and are published, the others are copies. Returns seconds of CPU of it all."""
    started = time.process_time()
    chance, now = random.Random(7), datetime.now(UTC)
    app = App(load(root / "config.toml", {}))
    async with app.engine("command") as engine:
        rules = engine.poller.rules
        names = list(engine.sources)[POLLED:]
        step = timedelta(days=1) / A_DAY / point.topics
        older = max(0, point.items - told)
        patterns = range(min(PATTERNS, older))

        def pattern(db: Database) -> int:
            """Returns the pk of the first one; the others follow."""
            made = [item(n, None, chance, now - (point.items - n) * step) for n in patterns]
            bring(db, engine, rules, names[0], made, now)
            return int(db.execute("select pk from item where native = 'id:n0'").fetchone()[0])

        def write(db: Database, batch: Sequence[str], numbers: Mapping[str, range], first: int) -> None:
            for name in batch:
                made = [item(n, n % point.topics, chance, now - (point.items - n) * step) for n in numbers[name] if n >= older]
                if made:
                    bring(db, engine, rules, name, made, now)
                for n in numbers[name][:1]:
                    copy(db, name, range(n, older, len(names)), patterns, first, now - point.items * step, step)

        first = await engine.store.write(pattern) if older else 0
        begin = len(patterns)
        numbers = {name: range(begin + place, point.items, len(names)) for place, name in enumerate(names)}
        at_once = max(1, BATCH * len(names) // point.items)
        for start in range(0, len(names), at_once):
            batch = names[start : start + at_once]
            await engine.store.write(lambda db, batch=batch: write(db, batch, numbers, first))
        later = now + WEEK
        await engine.store.write(lambda db: [sources.schedule(db, name, later, "interval") for name in engine.sources])
        await engine.publish()
    return time.process_time() - started


def copy(db: Database, source_id: str, numbers: range, patterns: range, first: int, start: datetime, step: timedelta) -> None:
    """Items of these numbers of a source: each is what one of the patterns is, but for its keys, its link and its dates."""
    before = db.execute("select coalesce(max(pk), 0) from item").fetchone()[0]
    many, dated = len(patterns), "cast(?5 + number.n * ?6 as integer)"
    db.execute(
        "with recursive number (n) as (select ?1 where ?1 < ?2 union all select n + ?3 from number where n + ?3 < ?2)"
        " insert into item (source_id, key, native, link_key, first_seen, dated, revised, bumps, substance, rendition,"
        " source_updated, data)"
        " select ?4, 'id:n' || number.n, 'id:n' || number.n, 'site.example/' || number.n,"
        f" old.first_seen, {dated}, old.revised, old.bumps, old.substance, old.rendition, old.source_updated,"
        " json_set(old.data, '$.native_id', 'n' || number.n, '$.link', 'http://site.example/' || number.n,"
        f" '$.link_key', 'site.example/' || number.n, '$.published', strftime('%Y-%m-%dT%H:%M:%SZ', {dated}, 'unixepoch'))"
        " from number join item as old on old.pk = ?7 + number.n % ?8",
        [numbers.start, numbers.stop, numbers.step, source_id, start.timestamp(), step.total_seconds(), first, many],
    )
    db.execute(
        "insert into search (rowid, words) select item.pk, old.words from item"
        " join search as old on old.rowid = ?1 + cast(substr(item.native, 5) as integer) % ?2 where item.pk > ?3",
        [first, many, before],
    )
