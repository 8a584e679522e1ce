"""No statement of a poll, of a look at what is due or of a publication walks through all that there is, or through all of a topic."""

import asyncio
import re
import sqlite3
from collections.abc import Collection
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from outlets import NOON, Outlet, hours
from sqlite_utils import Database

from aggregator.pipeline.publishing import sitepages
from aggregator.store import forgetting, store, takedowns

LARGE = "item|kept|publication|membership|coverage|sighting|resource|source|told|archive|archive_entry|archive_file|archive_bytes"
WALK = re.compile(
    rf"SCAN (?:{LARGE})\b|SEARCH (?:publication|membership|coverage|archive\w*) USING PRIMARY KEY \(topic=\?\)"
    r"|SEARCH told USING .*\(grouping=\?\)"
)
EXCUSED = re.compile(r"select coalesce\(max\(\w+\), 0\) from|select coalesce\(max\(turn\)|select id, pace, coalesce")
"""What takes the last row of an index is planned as a walk, and is none; the budget is dealt out at most once a minute."""


async def _statements(project, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a poll that brings something, and what follows it, ask the store, in a daemon that published before."""
    asked: set[str] = set()
    listening = False

    def tapped(open_):
        def opened(path):
            db = open_(path)
            db.conn.set_trace_callback(lambda sql: asked.add(sql) if listening else None)
            return db

        return opened

    monkeypatch.setattr(sitepages, "SOURCES_AT_ONCE", 1)  # as with many sources: what takes all of them is done now and then
    monkeypatch.setattr(store, "connect", tapped(store.connect))
    monkeypatch.setattr(store, "view", tapped(store.view))
    outlets = [Outlet(project.root, name) for name in ("herald", "courier")]
    for number in range(12):
        for outlet in outlets:
            outlet.tell(f"k{number}", f"Number {number}", f"What {outlet.name} tells of {number}.", NOON - hours(number))
    told = '[[topic]]\nslug = "each"\nstories = false\nlimit = 4\n[[topic]]\nslug = "tales"\nmax_age = "300d"\n'
    project.configure("".join(outlet.table for outlet in outlets) + told)
    with time_machine.travel(NOON + hours(1), tick=False) as clock:
        async with project.app().engine("daemon") as engine:
            for source in engine.sources.values():
                await engine.fly(source)
            await engine.publish()
            outlets[0].tell("news", "News", "What nobody told before.", NOON, link="http://herald.example/k0")
            clock.shift(timedelta(seconds=5))
            listening = True
            await engine.due()
            await engine.fly(engine.sources["herald"])
            assert sum(report.added for report in await engine.publish()) == 2
    return asked


def _walks(path: Path, asked: Collection[str]) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as db:
        return [
            (step[3], sql)
            for sql in sorted(asked)
            if re.match(r"\s*(?:select|update|delete|insert|with)", sql, re.IGNORECASE)
            and "search" not in sql
            and not EXCUSED.search(sql)
            for step in db.execute(f"explain query plan {sql}")
            if WALK.search(step[3])
        ]


def test_what_is_asked_of_the_store_finds_its_rows_by_an_index(project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.run(_statements(project, monkeypatch))
    assert len(asked) > 60
    assert any("having count(*) > 1" in sql for sql in asked), "an address that its source gave before is asked after"
    assert _walks(project.root / "aggregator.db", asked) == []


def _forgotten(db: Database, now: datetime) -> int:
    seen = forgetting.look(db, now - hours(2))
    assert seen is not None
    forgetting.forget(db, seen, hours(1), now - hours(2))
    return forgetting.forget(db, forgetting.Look([], []), hours(1), now)


@pytest.mark.parametrize("work", ["forget", "take"])
def test_what_is_done_to_each_of_many_items_finds_its_rows_by_an_index(
    project, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    asyncio.run(_statements(project, monkeypatch))
    asked: set[str] = set()
    path, now = project.root / "aggregator.db", NOON + hours(2)
    with closing(store.connect(path)) as db, db.atomic():
        db.execute("update source set active = 0")
        pks = [pk for (pk,) in db.execute("select pk from item")]
        number = takedowns.enter(db, "source", "herald", said="herald", comment=None, now=now)
        db.conn.set_trace_callback(asked.add)
        done = _forgotten(db, now) if work == "forget" else len(takedowns.take(db, pks, number, now))
        db.conn.set_trace_callback(None)
    assert done > 20
    assert _walks(path, {sql for sql in asked if not sql.startswith("select pk from item")}) == []
