"""Polls that begin together: each is moved forward by itself, and one whose host rests is not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils import Database

from aggregator.model import Source
from aggregator.pipeline.polls.claims import CLAIM, claim
from aggregator.store import documents, hosts, moves, sources
from aggregator.store.documents import Resource
from aggregator.store.moves import Move
from aggregator.store.schema import migrations

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def feed(id: str, url: str) -> Source:
    return Source(id=id, kind="feed", url=url)


def test_each_begins_with_what_is_known_of_it_and_a_resting_host_is_left_alone() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    known = [feed("b", "http://b.example/f"), feed("a", "http://a.example/f"), feed("c", "http://www.rests.example/f")]
    known += [feed("d", "http://www.rests.example/g"), feed("moved", "http://rests.example/h")]
    for source in known:
        sources.enter(db, id=source.id, kind="feed", address=source.url or "", title=None, signature="")
    hosts.rest(db, "rests.example", NOW + timedelta(hours=1), "retry-after")
    documents.answer(db, "a", Resource(url="http://a.example/f", etag='"a"'))
    moves.save(db, "moved", Move(address="http://rests.example/h", overlay="http://new.example/h", taken=NOW))

    begun = claim(db, [(source, source.id == "d") for source in known], NOW)

    assert [one and one.configured.id for one in begun] == ["b", "a", None, "d", "moved"]
    assert begun[1] is not None
    assert begun[1].resources["http://a.example/f"].etag == '"a"'
    assert begun[4] is not None
    assert begun[4].source.url == "http://new.example/h"
    rows = {row.id: (row.due, row.due_reason) for row in sources.load_all(db)}
    claimed = NOW + CLAIM, "polling"
    assert rows == {"a": claimed, "b": claimed, "c": (None, None), "d": claimed, "moved": claimed}


def test_a_source_that_the_store_does_not_know_is_a_fault() -> None:
    db = Database(memory=True)
    migrations.apply(db)
    with pytest.raises(AssertionError, match="never entered"):
        claim(db, [(feed("x", "http://x.example/"), False)], NOW)
