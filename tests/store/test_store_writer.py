"""The writer thread through what can befall it: a full disk, a lock of somebody else's, callers that go away, a dead connection."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlite_utils import Database
from stores_aside import stores_aside

from aggregator.errors import StoreError
from aggregator.store import database, snapshots
from aggregator.store.store import Store


def note(slug: str, text: str = "x") -> Callable[[Database], None]:
    def work(db: Database) -> None:
        db.execute("insert into alias (slug, topic) values (?, ?)", [slug, text])

    return work


def slugs(db: Database) -> set[str]:
    return {slug for (slug,) in db.execute("select slug from alias")}


async def test_a_full_disk_fails_the_whole_group_with_a_sentence_and_the_store_goes_on_by_itself(tmp_path: Path) -> None:
    """A database that may not grow (PRAGMA max_page_count) answers as a full disk does: SQLITE_FULL, the transaction is gone."""
    async with Store(tmp_path / "a.db", "daemon") as store:
        await store.write(note("before"))
        await store.write(lambda db: db.execute(f"pragma max_page_count = {db.execute('pragma page_count').fetchone()[0]}"))
        works = [store.write(note(str(n), "y" * (100_000 if n == 5 else 1))) for n in range(10)]
        results = await asyncio.gather(*works, return_exceptions=True)
        acknowledged = {str(n) for n, result in enumerate(results) if result is None}
        assert isinstance(results[5], StoreError)
        assert "disk is full" in str(results[5])
        assert await store.read(slugs) == {"before"} | acknowledged
        await store.write(lambda db: db.execute("pragma max_page_count = 1000000"))
        await store.write(note("after", "y" * 100_000))
        assert await store.read(slugs) == {"before", "after"} | acknowledged
        assert store.damage is None


LIMITED = """
import asyncio, resource, signal, sys
from pathlib import Path
from aggregator.errors import StoreError
from aggregator.store.store import Store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

async def main(path):
    acknowledged = set()
    async with Store(path, "daemon") as store:
        async def put(n):
            await store.write(lambda db: db.execute("insert into alias values (?, ?)", [str(n), "y" * 20_000]))
            acknowledged.add(str(n))
        largest = max(file.stat().st_size for file in path.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 200_000, resource.RLIM_INFINITY))
        failures = []
        for n in range(40):
            try:
                await put(n)
            except StoreError as error:
                failures.append(str(error))
        assert failures and acknowledged, (failures, acknowledged)
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        for n in range(100, 110):
            await put(n)
        there = await store.read(lambda db: {slug for (slug,) in db.execute("select slug from alias")})
        assert there == acknowledged, there ^ acknowledged
        assert {str(n) for n in range(100, 110)} <= there
    print(len(failures), failures[0])

asyncio.run(main(Path(sys.argv[1])))
"""


def test_writes_that_the_system_refuses_fail_with_a_sentence_until_it_takes_them_again(tmp_path: Path) -> None:
    """With a real limit (RLIMIT_FSIZE), in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "a.db")], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "reading or writing the store" in run.stdout
    with closing(sqlite3.connect(tmp_path / "a.db")) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


async def test_a_lock_of_another_program_is_waited_for_and_then_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_MS", 300)
    path = tmp_path / "a.db"
    async with Store(path, "daemon") as store:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("begin immediate")
            with pytest.raises(StoreError, match="locked by another program"):
                await store.write(note("refused"))
            waiting = asyncio.create_task(store.write(note("waited")))
            await asyncio.sleep(0.1)
            other.execute("commit")
            await waiting
        await store.write(note("after"))
        assert await store.read(slugs) == {"waited", "after"}


async def test_a_caller_that_went_away_does_not_end_the_writer(tmp_path: Path) -> None:
    async with Store(tmp_path / "a.db", "daemon") as store:
        under_way = asyncio.create_task(store.write(lambda db: db.execute("select 1 from (with recursive n(i) as (select 1"
            " union all select i + 1 from n limit 2000000) select max(i) from n)").fetchall()))  # fmt: skip
        waiting = [asyncio.create_task(store.write(note(str(n)))) for n in range(5)]
        await asyncio.sleep(0.02)
        for task in (under_way, *waiting[:3]):
            task.cancel()
        results = await asyncio.gather(under_way, *waiting, return_exceptions=True)
        assert [isinstance(result, asyncio.CancelledError) for result in results] == [True] * 4 + [False] * 2
        await store.write(note("after"))
        assert {"3", "4", "after"} <= await store.read(slugs)


async def test_pieces_that_are_handed_over_together_share_a_commit_and_fail_alone(tmp_path: Path) -> None:
    def fail(db: Database) -> str:
        db.execute("insert into alias (slug, topic) values ('half', 'x')")
        raise ValueError("half done")

    def changes(db: Database) -> int:
        return int(db.execute("pragma data_version").fetchone()[0])

    async with Store(tmp_path / "a.db", "daemon") as store:
        before = await store.read(changes)
        results = await store.write_all([note("one"), fail, note("two"), lambda db: sorted(slugs(db))])
        assert [results[0], str(results[1]), results[2], results[3]] == [None, "half done", None, ["one", "two"]]
        assert await store.read(changes) == before + 1
        with pytest.raises(ValueError, match="half done"):
            await store.write(fail)
        assert await store.read(slugs) == {"one", "two"}
        assert await store.write_all([]) == []


async def test_what_is_read_at_once_is_read_as_of_one_moment(tmp_path: Path) -> None:
    began, written = threading.Event(), threading.Event()

    def twice(db: Database) -> tuple[set[str], set[str]]:
        first = slugs(db)
        began.set()
        assert written.wait(10)
        return first, slugs(db)

    async with Store(tmp_path / "a.db", "daemon") as store:
        await store.write(note("before"))
        reading = asyncio.create_task(store.read(twice))
        assert await asyncio.to_thread(began.wait, 10)
        await store.write(note("meanwhile"))
        written.set()
        assert await reading == ({"before"}, {"before"})
        assert await store.read(slugs) == {"before", "meanwhile"}


async def test_a_connection_that_died_is_opened_anew(tmp_path: Path) -> None:
    async with Store(tmp_path / "a.db", "daemon") as store:
        await store.write(note("before"))
        with pytest.raises(StoreError):
            await store.write(lambda db: db.conn.close())
        await store.write(note("after"))
        assert await store.read(slugs) == {"before", "after"}


async def test_damage_that_shows_while_the_store_is_open_is_told_and_the_next_start_mends_it(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Store(path, "daemon") as store:
        await store.write(lambda db: [note(f"{n:05}", "y" * 300)(db) for n in range(2000)])
    snapshots.take_if_due(path, 1, datetime(2026, 2, 3, tzinfo=UTC))
    store = Store(path, "daemon")
    try:
        with path.open("r+b") as file:
            file.seek(4096 * 60)
            file.write(b"\xff" * 4096 * 30)
        with pytest.raises(StoreError, match="start it again"):
            await store.write(lambda db: db.execute("select sum(length(topic)) from alias").fetchall())
        assert store.damage is not None
    finally:
        store.close()
    async with Store(path, "daemon") as mended:
        assert mended.notice is not None
        assert len(await mended.read(slugs)) == 2000


@pytest.mark.parametrize("instead", [False, True])
async def test_a_store_that_is_taken_away_while_it_is_open_is_set_aside_and_what_replaced_it_is_left_alone(
    tmp_path: Path, instead: bool
) -> None:
    path, other = tmp_path / "a.db", tmp_path / "b.db"
    async with Store(other, "daemon") as store:
        await store.write(note("other"))
    was = other.read_bytes()
    store = Store(path, "daemon")
    try:
        await store.write(note("before"))
        assert await store.read(slugs) == {"before"}
        if instead:
            other.replace(path)
        else:
            path.unlink()
        with pytest.raises(StoreError, match="taken away or replaced"):
            await store.read(slugs)
        with pytest.raises(StoreError, match="taken away or replaced"):
            await store.write(note("after"))
        assert store.damage is not None
    finally:
        store.close()
    assert path.exists() is instead
    assert not instead or path.read_bytes() == was
    (aside,) = stores_aside(path)
    async with Store(aside, "daemon") as saved:
        assert await saved.read(slugs) == {"before"}
