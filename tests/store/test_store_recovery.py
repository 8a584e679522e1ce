"""A store that is damaged, gone or empty: set aside, restored, or refused; never replaced by an empty one in silence."""

import os
import random
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stores_aside import stores_aside

from aggregator.errors import StoreError, StoreTooNew
from aggregator.store import database, recovery, snapshots
from aggregator.store.backup import copy, fault, inspect
from aggregator.store.store import Store

NOW = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
ITEMS = 300


def fill(path: Path, items: int = ITEMS) -> None:
    with closing(database.connect(path)) as db:
        db.execute("begin")
        for n in range(items):
            db.execute(
                "insert into item (source_id, key, native, first_seen, dated, revised, substance, rendition, data)"
                " values ('s', ?, ?, 1770000000, 0, 0, 'x', 'y', ?)",
                [f"k{n}", f"n{n}", f'{{"title": "Number {n} {"." * 200}"}}'],
            )
        db.execute("commit")


def count(path: Path) -> int:
    with closing(database.view(path)) as db:
        return int(db.execute("select count(*) from item").fetchone()[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with ITEMS items, and a snapshot of it."""
    path = tmp_path / "aggregator.db"
    fill(path)
    assert snapshots.take_if_due(path, 7, NOW) is not None
    return path


def spoil(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 4))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite_header(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\0" * 100)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def test_what_is_set_aside_while_it_is_open_is_whole_or_not_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Path) -> None:
        raise OSError(28, "No space left on device")

    with closing(database.connect(path)) as db:
        path.unlink()
        monkeypatch.setattr(recovery, "sync", fails)
        with pytest.raises(StoreError, match="No space left"):
            recovery.rescue(db, path)
        assert stores_aside(path) == []
        assert not list(path.parent.glob(".*partial*"))
        monkeypatch.undo()
        aside = recovery.rescue(db, path)
        assert stores_aside(path) == [aside]
        assert inspect(aside).items == 300


@pytest.mark.parametrize("damage", [spoil, truncate, overwrite_header, empty])
def test_a_damaged_store_is_set_aside_and_the_newest_snapshot_takes_its_place(path: Path, damage: Callable[[Path], None]) -> None:
    damage(path)
    was = path.read_bytes()
    store = Store(path, "command")
    store.close()
    assert store.notice is not None
    assert "was damaged" in store.notice
    assert "2026-02-03 04:05 UTC" in store.notice
    (aside,) = stores_aside(path)
    assert str(aside) in store.notice
    assert aside.read_bytes() == was
    assert count(path) == ITEMS
    again = Store(path, "command")
    again.close()
    assert again.notice is None


def test_a_snapshot_that_is_damaged_too_is_passed_over(path: Path) -> None:
    newer = snapshots.take_if_due(path, 7, NOW + timedelta(days=2))
    assert newer is not None
    spoil(newer.path)
    spoil(path)
    store = Store(path, "command")
    store.close()
    assert "2026-02-03 04:05 UTC" in (store.notice or "")
    assert count(path) == ITEMS


@pytest.mark.parametrize("damage", [spoil, truncate, overwrite_header])
def test_without_a_good_snapshot_a_damaged_store_is_refused_and_left_alone(path: Path, damage: Callable[[Path], None]) -> None:
    (snapshot,) = snapshots.listing(path)
    damage(path)
    spoil(snapshot.path)
    was = path.read_bytes()
    for words in ("cannot be used either", "there is no snapshot"):
        with pytest.raises(StoreError, match=words) as refused:
            Store(path, "command")
        assert "aggregator restore FILE" in str(refused.value)
        assert "start anew" in str(refused.value)
        assert path.read_bytes() == was
        shutil.rmtree(snapshots.folder(path), ignore_errors=True)
    assert stores_aside(path) == []


def test_a_store_that_is_gone_while_its_snapshots_are_there_comes_back_from_the_newest(path: Path) -> None:
    path.unlink()
    store = Store(path, "command")
    store.close()
    assert "was gone" in (store.notice or "")
    assert "start anew" in (store.notice or "")
    assert count(path) == ITEMS


def test_a_store_that_is_gone_while_its_journal_is_there_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    journal = tmp_path / "a.db-wal"
    journal.write_bytes(b"frames")
    with pytest.raises(StoreError, match="journal"):
        Store(path, "command")
    assert journal.read_bytes() == b"frames"


def test_a_new_store_needs_no_permission(tmp_path: Path) -> None:
    (tmp_path / "b.db").touch()  # as a kill in the moment of making leaves it
    for name in ("a.db", "b.db"):
        store = Store(tmp_path / name, "command")
        store.close()
        assert store.notice is None


def test_one_byte_changed_anywhere_never_leads_to_an_empty_store_in_silence(path: Path) -> None:
    """Changes that SQLite cannot see are there (it has no checksums): then all items are there, too."""
    chance = random.Random(5)
    whole = path.read_bytes()
    shutil.copytree(snapshots.folder(path), path.with_name("kept"))
    restored = 0
    places = [*range(0, 100, 3), *(chance.randrange(len(whole)) for _ in range(70))]
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        try:
            store = Store(path, "command")
        except StoreError:
            assert path.read_bytes() == changed
            continue
        store.close()
        assert count(path) == ITEMS
        restored += store.notice is not None
    assert restored > 10


def test_a_large_store_is_checked_only_after_an_unclean_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "QUICK", 1000)
    spoil(path)
    assert recovery.prepare(path, unclean=False) is None or stores_aside(path)  # unless the schema itself was hit
    spoil(path)
    assert "was damaged" in (recovery.prepare(path, unclean=True) or "")


def test_a_store_that_met_damage_while_open_is_checked_at_the_next_start(path: Path) -> None:
    store = Store(path, "command")
    assert store.damage is None
    ownership = store._ownership
    store.damage = "damaged"
    store.close()
    assert ownership.path.read_text() != ""
    again = Store(path, "command")
    assert again._ownership.unclean
    again.close()
    assert ownership.path.read_text() == ""


# ── backup and restore ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_copy_is_taken_while_the_store_is_open_and_holds_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Store(path, "daemon") as store:
        await store.write(lambda db: db.execute("insert into alias (slug, topic) values ('a', 'b')"))
        held = copy(path, tmp_path / "b.db")
    assert held.path == str(tmp_path / "b.db")
    assert (held.items, held.newest) == (0, None)
    assert database.view(tmp_path / "b.db").execute("select * from alias").fetchall() == [("a", "b")]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.db", "a.db.lock", "b.db"]


def test_a_restore_sets_the_present_store_aside(path: Path) -> None:
    backup = path.with_name("backup.db")
    copy(path, backup)
    fill_more = database.connect(path)
    fill_more.execute("delete from item where pk > 10")
    fill_more.close()
    done = recovery.restore(path, backup)
    assert done.contents.path == str(path)
    assert done.contents.items == count(path) == ITEMS
    assert done.source == str(backup)
    assert done.aside is not None
    assert count(Path(done.aside)) == 10
    assert count(backup) == ITEMS


def test_a_restore_where_there_was_no_store(path: Path, tmp_path: Path) -> None:
    done = recovery.restore(tmp_path / "new" / "a.db", path)
    assert done.aside is None
    assert count(tmp_path / "new" / "a.db") == ITEMS


def test_two_restores_of_one_second_set_two_stores_aside(path: Path) -> None:
    backup = path.with_name("backup.db")
    copy(path, backup)
    asides = {recovery.restore(path, backup).aside for _ in range(3)}
    assert len(asides) == 3
    assert all(aside and Path(aside).exists() for aside in asides)


def test_a_restore_that_was_killed_is_finished_at_the_next_start(path: Path) -> None:
    copy(path, path.with_name("aggregator.db.restoring"))
    left_over = path.with_name(".aggregator.db.restoring.partial-1")
    left_over.touch()
    with closing(database.connect(path)) as db:
        db.execute("delete from item")
    store = Store(path, "command")
    store.close()
    assert "interrupted is finished now" in (store.notice or "")
    assert count(path) == ITEMS
    assert len(stores_aside(path)) == 1
    assert not left_over.exists()


def test_what_is_no_store_is_not_restored(path: Path, tmp_path: Path) -> None:
    notes, other, newer, damaged = (tmp_path / name for name in ("notes", "other.db", "newer.db", "damaged.db"))
    notes.write_text("my notes\n" * 1000)
    with closing(database.Database(other)) as db:
        db.execute("create table recipe (name text)")
    copy(path, newer)
    with closing(database.connect(newer)) as db:
        db.table("_sqlite_migrations").insert({"migration_set": "aggregator", "name": "m999", "applied_at": "2099"})
    copy(path, damaged)
    spoil(damaged)
    was = path.read_bytes()
    for file, kind, words in [
        (notes, StoreError, "not a database"),
        (other, StoreError, "not a store of aggregator"),
        (newer, StoreTooNew, "m999"),
        (damaged, StoreError, "damaged|malformed"),
        (path, StoreError, "the store itself"),
        (tmp_path / "none", StoreError, "no file"),
        (tmp_path, StoreError, "no file"),
    ]:
        with pytest.raises(kind, match=words):
            recovery.restore(path, file)
    assert path.read_bytes() == was
    assert [file.name for file in tmp_path.iterdir() if "restoring" in file.name or "aside" in file.name] == []


def test_another_programs_database_is_not_made_a_store(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with closing(database.Database(path)) as db:
        db.execute("create table recipe (name text)")
    with pytest.raises(StoreError, match="not a store of aggregator"):
        Store(path, "command")
    assert database.Database(path).table_names() == ["recipe"]


def test_a_backup_replaces_a_former_backup_and_nothing_else(path: Path, tmp_path: Path) -> None:
    former = tmp_path / "former.db"
    copy(path, former)
    assert recovery.writable(path, former) == former
    assert recovery.writable(path, tmp_path / "new.db") == tmp_path / "new.db"
    (tmp_path / "notes").write_text("my notes")
    (tmp_path / "link").symlink_to(path)
    for target, words in [
        (tmp_path / "notes", "no backup"),
        (tmp_path, "is a folder"),
        (path, "the store itself"),
        (tmp_path / "link", "the store itself"),
        (tmp_path / "aggregator.db-wal", "the store itself"),
    ]:
        with pytest.raises(StoreError, match=words):
            recovery.writable(path, target)


def test_a_copy_of_a_damaged_store_is_refused_and_the_former_copy_stays(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    copy(path, target)
    was = target.read_bytes()
    with path.open("r+b") as file:  # a page that holds rows, so that only the check finds it
        file.seek(path.stat().st_size - 4096)
        file.write(b"\xff" * 64)
    assert fault(path) is not None
    with pytest.raises(StoreError, match="damaged"):
        copy(path, target)
    assert target.read_bytes() == was
    assert inspect(target).items == ITEMS


def test_a_copy_into_a_place_that_cannot_be_written_is_a_sentence(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        copy(path, tmp_path / "file" / "b.db")


def test_a_copy_needs_room(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.store.backup.ROOM", 2**62)
    with pytest.raises(StoreError, match="has no room"):
        copy(path, tmp_path / "b.db")
    assert not (tmp_path / "b.db").exists()
