"""`backup` and `restore` as a user calls them, and what `once` says of a store that was mended."""

import json
from pathlib import Path

import pytest
from called import enter, run

from aggregator.store.database import Ownership


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a store of one item; also the current folder."""
    (tmp_path / "clips").mkdir()
    clip(tmp_path, "one")
    enter(tmp_path, monkeypatch, '[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\n')
    assert run("once").exit_code == 0
    return tmp_path


def clip(home: Path, name: str) -> None:
    (home / "clips" / f"{name}.md").write_text(
        f"---\ntitle: {name.title()}\nid: {name}\ndate: 2026-01-02\n---\n\nText of {name}.\n"
    )


def published(home: Path) -> dict[str, str]:
    items = json.loads((home / "feeds" / "all.json").read_text("utf-8"))["items"]
    return {item["title"]: item["id"] for item in items}


def test_a_backup_is_restored_and_what_came_since_gets_the_same_id_again(home: Path) -> None:
    made = run("backup", "b.db")
    assert made.exit_code == 0, made.output
    assert "1 item of 1 source" in made.stdout
    clip(home, "two")
    assert run("once").exit_code == 0
    before = published(home)
    assert set(before) == {"One", "Two"}
    restored = run("restore", "b.db")
    assert restored.exit_code == 0, restored.output
    assert "set aside as" in restored.stdout
    assert run("once").exit_code == 0
    assert published(home) == before


def test_backup_json_is_one_document(home: Path) -> None:
    document = json.loads(run("backup", "--json", "b.db").stdout)
    assert document == {
        "path": str(home / "b.db"),
        "bytes": (home / "b.db").stat().st_size,
        "sources": 1,
        "items": 1,
        "published": 1,
        "newest": document["newest"],
    }


def test_restore_json_is_one_document(home: Path) -> None:
    run("backup", "b.db")
    document = json.loads(run("restore", "--json", "b.db").stdout)
    assert set(document) == {"contents", "source", "aside"}
    assert document["contents"]["path"] == str(home / "aggregator.db")
    assert document["source"] == str(home / "b.db")
    assert Path(document["aside"]).is_file()


def test_a_backup_without_a_name_bears_the_day(home: Path) -> None:
    assert run("backup").exit_code == 0
    assert run("backup").exit_code == 0  # the second one of a day replaces the first
    assert len(list(home.glob("aggregator-20[0-9][0-9]-[0-9][0-9]-[0-9][0-9].db"))) == 1


def test_a_backup_runs_while_somebody_owns_the_store_and_a_restore_does_not(home: Path) -> None:
    ownership = Ownership(home / "aggregator.db", "daemon")
    try:
        assert run("backup", "b.db").exit_code == 0
        refused = run("restore", "b.db")
        assert refused.exit_code == 1
        assert "owns the store" in refused.stderr
    finally:
        ownership.release()
    assert run("restore", "b.db").exit_code == 0


def test_what_is_no_backup_is_a_sentence(home: Path) -> None:
    for words in (["restore", "config.toml"], ["restore", "none.db"], ["backup", "config.toml"], ["backup", "aggregator.db"]):
        result = run(*words)
        assert result.exit_code == 1
        assert result.stderr.startswith("aggregator: ")
        assert "Traceback" not in result.output
    assert (home / "config.toml").read_text().startswith("[[source]]")


def test_once_takes_the_daily_snapshot_and_mends_a_damaged_store_loudly(home: Path) -> None:
    assert len(list((home / "aggregator.db.snapshots").iterdir())) == 1
    with (home / "aggregator.db").open("r+b") as file:
        file.truncate(20_000)
    result = run("once")
    assert result.exit_code == 0, result.output
    assert "Warning: the store" in result.stdout
    assert "was damaged" in result.stdout
    assert set(published(home)) == {"One"}
    assert json.loads(run("once", "--json").stdout)["warnings"] == []


def test_no_snapshots_where_none_are_wanted(home: Path) -> None:
    for file in (home / "aggregator.db.snapshots").iterdir():
        file.unlink()
    (home / "config.toml").write_text("[store]\nsnapshots = 0\n" + (home / "config.toml").read_text())
    assert run("once").exit_code == 0
    assert list((home / "aggregator.db.snapshots").iterdir()) == []
