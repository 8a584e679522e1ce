"""Owning and opening the store, and what happens when it cannot be opened."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.errors import StoreBusy, StoreError, StoreTooNew
from aggregator.store import database
from aggregator.store.database import Ownership
from aggregator.store.store import Store


def test_a_store_has_one_owner_and_the_second_is_told_the_first_ones_pid(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    first = Ownership(path, "daemon")
    with pytest.raises(StoreBusy) as busy:
        Ownership(path, "command")
    assert busy.value.pid == os.getpid()
    assert str(os.getpid()) in str(busy.value)
    assert database.role(path) == "daemon"
    first.release()
    assert database.owner(path) is None
    Ownership(path, "command").release()


def test_a_killed_owner_leaves_no_stale_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    script = f"from aggregator.store.database import Ownership; from pathlib import Path; import os, signal\n\
Ownership(Path({str(path)!r}), 'daemon'); os.kill(os.getpid(), signal.SIGKILL)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert database.lock_path(path).read_text().strip() != ""
    assert database.owner(path) is None
    Ownership(path, "command").release()


def test_a_file_that_is_not_a_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("these are my notes\n" * 100)
    with pytest.raises(StoreError, match="is not a database"):
        database.connect(path)
    assert path.read_text().startswith("these are my notes")


def test_a_store_written_by_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    db = database.connect(path)
    db.table("_sqlite_migrations").insert({"migration_set": "aggregator", "name": "m999_the_future", "applied_at": "2099"})
    db.close()
    with pytest.raises(StoreTooNew, match="m999_the_future"):
        database.connect(path)


def test_a_store_of_an_older_version_is_brought_along_and_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "a.db"
    with closing(database.connect(path)) as db:
        db.execute("create table archive_alone as select *, x'' as frame, x'' as entries from archive_file")
        db.execute("drop table archive_file")
        db.execute("drop table archive_bytes")
        db.execute("alter table archive_alone rename to archive_file")
        db.execute("delete from _sqlite_migrations where name = 'm003_archives_together'")
    assert caplog.text == ""
    database.connect(path).close()
    assert "m003_archives_together" in caplog.text
    caplog.clear()
    database.connect(path).close()
    assert caplog.text == ""


def test_a_store_that_does_not_exist_can_neither_be_viewed_nor_visited(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="aggregator once"):
        database.view(tmp_path / "none.db")
    with pytest.raises(StoreError, match="aggregator once"), database.visit(tmp_path / "none.db"):
        pass
    assert not (tmp_path / "none.db").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="permissions"):
        Ownership(tmp_path / "a.db", "command")


def test_a_path_whose_folder_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write beside the store"):
        Ownership(tmp_path / "file" / "a.db", "command")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (sqlite3.SQLITE_FULL, "disk is full"),
        (sqlite3.SQLITE_CORRUPT, "is damaged"),
        (sqlite3.SQLITE_READONLY, "permissions"),
        (sqlite3.SQLITE_BUSY, "is locked"),
        (sqlite3.SQLITE_IOERR, "check the disk"),
        (sqlite3.SQLITE_TOOBIG, "cannot be used"),
    ],
)
def test_sqlites_errors_become_sentences(tmp_path: Path, code: int, words: str) -> None:
    error = sqlite3.OperationalError("it says")
    error.sqlite_errorcode = code
    with pytest.raises(StoreError, match=words), database.sentences(tmp_path / "a.db"):
        raise error


def test_a_full_disk_is_a_sentence_and_what_was_committed_stays(tmp_path: Path) -> None:
    """A store that may not grow any more (PRAGMA max_page_count) fails exactly as on a full disk: SQLITE_FULL."""
    path = tmp_path / "a.db"
    db = database.connect(path)
    db.execute("insert into alias (slug, topic) values ('kept', 'x')")
    pages = db.execute("pragma page_count").fetchone()[0]
    db.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"), database.sentences(path):
        db.conn.executemany("insert into alias (slug, topic) values (?, ?)", [(f"{n}" * 50, "y" * 500) for n in range(10_000)])
    db.close()
    assert database.view(path).execute("select topic from alias where slug = 'kept'").fetchone() == ("x",)


async def test_one_failing_piece_of_work_does_not_take_the_others_of_its_group_with_it(tmp_path: Path) -> None:
    import asyncio

    def fail(db: object) -> None:
        raise ValueError("mine alone")

    async with Store(tmp_path / "a.db", "command") as store:
        insert = [
            store.write(lambda db, n=n: db.execute("insert into alias (slug, topic) values (?, 'x')", [str(n)]))
            for n in range(20)
        ]
        results = await asyncio.gather(*insert[:10], store.write(fail), *insert[10:], return_exceptions=True)
        assert [type(result) for result in results if isinstance(result, Exception)] == [ValueError]
        assert await store.read(lambda db: db.execute("select count(*) from alias").fetchone()[0]) == 20


async def test_a_failing_piece_of_work_leaves_nothing_of_itself(tmp_path: Path) -> None:
    def half(db) -> None:  # type: ignore[no-untyped-def]
        db.execute("insert into alias (slug, topic) values ('half', 'x')")
        raise ValueError

    async with Store(tmp_path / "a.db", "command") as store:
        with pytest.raises(ValueError):
            await store.write(half)
        assert await store.read(lambda db: db.execute("select count(*) from alias").fetchone()[0]) == 0


async def test_a_store_that_cannot_be_opened_is_given_up_again(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_bytes(b"x" * 5000)
    with pytest.raises(StoreError):
        Store(path, "command")
    assert database.owner(path) is None


def test_an_interrupt_while_the_store_is_opened_ends_the_program_once_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    script = f"""if True:
        import os, signal, time
        from pathlib import Path
        from aggregator.store import store

        def slowly(path, connect=store.connect):
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
            return connect(path)

        store.connect = slowly
        store.Store(Path({str(path)!r}), "command")
    """
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=20)
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")
    assert database.lock_path(path).read_text() == ""
    database.view(path).close()
