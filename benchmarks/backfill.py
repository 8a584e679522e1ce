"""What a new topic costs over a store that is full, through the index and by looking at every item; and what the index costs.

    python benchmarks/backfill.py [--items 20000] [--words 250] [--topics 20] [--seed 7]

Items and queries are those of benchmarks/match.py, in a store on disk. Each topic is filled alone, as when somebody adds one;
both ways must find the same. CPU of this process.
"""

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from match import Language, item, query

from aggregator.curate.rule import rule
from aggregator.curate.sieve import marks, sieve
from aggregator.curate.subject import subject
from aggregator.model import Topic
from aggregator.pipeline import backfill
from aggregator.store import items, search, sources
from aggregator.store.database import connect

NOW = datetime(2026, 3, 31, tzinfo=UTC)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--items", type=int, default=20_000)
    options.add_argument("--words", type=int, default=250, help="average length of a text")
    options.add_argument("--topics", type=int, default=20)
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    language = Language(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.db"
        db = connect(path)
        sources.enter(db, id="s", kind="feed", address="", title="S", signature="")
        with db.atomic():
            seen = [_insert(db, number, item(language, given.words)) for number in range(given.items)]
        db.execute("pragma wal_checkpoint(truncate)")
        before, started = path.stat().st_size, time.process_time()
        with db.atomic():
            for pk, one in seen:
                search.file(db, pk, marks(one))
        filing = (time.process_time() - started) / len(seen)
        db.execute("pragma wal_checkpoint(truncate)")
        print(f"{given.items:,} items of {given.words} words: {before / given.items:,.0f} bytes each without the index,", end=" ")
        print(f"{(path.stat().st_size - before) / given.items:,.0f} for it; {filing * 1e6:.0f} µs to file one")
        ours = theirs = 0.0
        matches = candidates = 0
        for _ in range(given.topics):
            topic = Topic(slug="t", title="T", query=query(language))
            candidates += len(search.candidates(db, sieve(rule(topic))))
            started = time.process_time()
            found = backfill.find(db, [topic])["t"]
            ours += time.process_time() - started
            started = time.process_time()
            every = backfill.find(db, [topic, Topic(slug="every", title="T", query="-zebra")])["t"]
            theirs += time.process_time() - started
            assert found == every, topic.query
            matches += len(found)
        db.close()
    each = given.topics
    print(f"a topic: {matches / each:,.0f} matches of {candidates / each:,.0f} candidates")
    print(f"through the index {ours / each * 1000:>10,.1f} ms")
    print(f"every item        {theirs / each * 1000:>10,.1f} ms")
    print(f"ratio             {theirs / ours:>10,.1f}")


def _insert(db, number, one):
    dated = NOW - timedelta(minutes=number)
    written = items.Written(
        key=str(number),
        native=str(number),
        item=one,
        substance="",
        rendition="",
        dated=dated,
        revised=dated,
        bumps=0,
        source_updated=None,
    )
    return items.insert(db, "s", written, first_seen=NOW), subject(one, source_id="s", kind="feed", source_title="S")


if __name__ == "__main__":
    main()
