"""What a configuration changes in the store, and what it leaves alone."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from aggregator.model import Source
from aggregator.pipeline.membership import compile_rules
from aggregator.pipeline.reconcile import reconcile
from aggregator.store import sources
from aggregator.store.database import connect

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_source_whose_row_another_one_takes_over_is_entered_again(tmp_path: Path) -> None:
    """A list goes on naming a feed that is configured now, at another address, under `was`."""
    one = Source(id="planet/x", kind="feed", url="http://x.example/")
    other = Source(id="b", kind="feed", url="http://b.example/", was=("planet/x",))
    rules = compile_rules([], ())
    with closing(connect(tmp_path / "aggregator.db")) as db:
        reconcile(db, [one], [], rules, NOW)
        reconcile(db, [other, one], [], rules, NOW)
        assert {id: said.address for id, said in sources.entered(db).items()} == {"b": other.url, "planet/x": one.url}


def test_a_source_that_says_what_it_said_is_not_written_and_one_that_does_not_is(tmp_path: Path) -> None:
    rules = compile_rules([], ())
    one, other = (Source(id=id, kind="feed", url=f"http://{id}.example/") for id in "ab")
    with closing(connect(tmp_path / "aggregator.db")) as db:
        reconcile(db, [one, other], [], rules, NOW)
        written = db.conn.total_changes
        reconcile(db, [one, other], [], rules, NOW)
        assert db.conn.total_changes == written
        for changed in ({"url": "http://c.example/"}, {"title": "A"}, {"kind": "wordpress"}, {"timezone": "Europe/Berlin"}):
            before = sources.entered(db)["a"]
            reconcile(db, [Source(**{"id": "a", "kind": "feed", "url": one.url, **changed}), other], [], rules, NOW)
            assert sources.entered(db)["a"] != before
