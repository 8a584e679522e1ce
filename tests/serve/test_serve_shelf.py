"""What of feeds/ is served, and when it changes."""

import gzip
import os
from pathlib import Path

import pytest
import structlog
from serve_files import ATOM, MTIME, put

from aggregator.serve.shelf import Shelf


def test_every_published_file_is_on_the_shelf(shelf: Shelf) -> None:
    assert set(shelf.resources) == {"ai.atom", "ai.rss", "ai.json", "topics.opml", "index.html", "style.css"}
    assert shelf.archive("ai/3.atom") is not None


def test_an_archive_is_read_when_it_is_asked_for_and_only_an_archive(shelf: Shelf) -> None:
    first = shelf.archive("ai/3.atom")
    assert shelf.archive("ai/3.atom") is first
    assert first is not None
    assert (b"cache-control", b"public, max-age=604800, immutable") in first.identity.ok
    path = shelf.directory / "ai" / "3.atom"
    path.write_bytes(b"<other/>")
    changed = shelf.archive("ai/3.atom")
    assert changed is not None
    assert changed.identity.body == b"<other/>"
    path.unlink()
    assert [shelf.archive(name) for name in ("ai/3.atom", "ai.atom", "../ai/3.atom", "ai/3.exe", "a\0/1.atom", ".ai/1.atom")] == [
        None
    ] * 6


def test_only_so_many_archives_stay_in_memory(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.serve.shelf.KEPT", 3_000)
    for number in range(1, 6):
        (shelf.directory / "ai" / f"{number}.atom").write_bytes(os.urandom(1_000))
    read = [shelf.archive(f"ai/{number}.atom") for number in range(1, 6)]
    assert shelf.archive("ai/5.atom") is read[4]
    assert shelf.archive("ai/1.atom") is not read[0]


def test_bytes_are_kept_as_they_are_and_gzipped_once_when_that_is_asked_for(shelf: Shelf) -> None:
    resource = shelf.resources["ai.atom"]
    assert resource.identity.body == ATOM
    assert resource.gzip is not None
    assert (resource.identity.is_made, resource.gzip.is_made) == (True, False)
    assert resource.gzip.body is resource.gzip.body
    assert resource.gzip.is_made
    assert gzip.decompress(resource.gzip.body) == ATOM
    assert shelf.resources["ai.rss"].gzip is None


def test_etags_come_from_the_bytes_alone(shelf: Shelf, feeds: Path) -> None:
    before = shelf.resources["ai.atom"]
    assert len(set(before.etags)) == 2
    put(feeds, "ai.atom", ATOM, mtime=MTIME + 60)
    shelf.load()
    after = shelf.resources["ai.atom"]
    assert after.etags == before.etags
    assert after.last_modified > before.last_modified
    again = Shelf(feeds)
    again.load()
    assert again.resources["ai.atom"].etags == after.etags
    assert again.resources["ai.atom"].identity.make() == after.identity.make()
    put(feeds, "ai.atom", ATOM + b" ")
    shelf.load()
    assert not set(shelf.resources["ai.atom"].etags) & set(before.etags)


def test_a_file_that_did_not_change_is_not_read_again(shelf: Shelf) -> None:
    before = dict(shelf.resources)
    shelf.load()
    assert all(shelf.resources[name] is before[name] for name in before)


def test_loading_again_takes_new_files_drops_removed_ones_and_leaves_the_rest(shelf: Shelf, feeds: Path) -> None:
    before = shelf.resources
    put(feeds, "new.rss", b"<rss>new</rss>")
    (feeds / "ai.json").unlink()
    shelf.load()
    assert shelf.resources["new.rss"].identity.body == b"<rss>new</rss>"
    assert "ai.json" not in shelf.resources
    assert shelf.resources["ai.atom"] is before["ai.atom"]
    assert "ai.json" in before, "a request that began before that sees the old state"


def test_hidden_temporary_and_unknown_files_are_never_served(feeds: Path) -> None:
    for name in (".ai.atom", ".gitignore", "ai.atom.tmp", "ai.atom~", "store.db", ".git/x.atom", "ai/.x.rss", "secret"):
        put(feeds, name, b"secret")
    shelf = Shelf(feeds)
    shelf.load()
    assert all(b"secret" not in resource.identity.body for resource in shelf.resources.values())


def test_nothing_outside_is_ever_served(feeds: Path) -> None:
    outside = feeds.parent / "outside"
    put(outside, "x.atom", b"secret")
    (feeds / "link.atom").symlink_to(outside / "x.atom")
    (feeds / "linked").symlink_to(outside)
    shelf = Shelf(feeds)
    shelf.load()
    assert all(b"secret" not in resource.identity.body for resource in shelf.resources.values())


def test_a_pipe_with_the_name_of_a_feed_blocks_nobody(feeds: Path) -> None:
    os.mkfifo(feeds / "pipe.atom")
    shelf = Shelf(feeds)
    shelf.load()
    assert "pipe.atom" not in shelf.resources


def test_a_folder_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "never")
    shelf.load()
    assert shelf.resources == {}


def test_an_archive_of_a_name_that_no_file_can_have_is_no_trouble(shelf: Shelf) -> None:
    with structlog.testing.capture_logs() as logs:
        assert shelf.archive("a" * 300 + "/1.atom") is None
        assert shelf.archive("ai/" + "1" * 300 + ".atom") is None
    assert logs == []


def test_a_file_that_cannot_be_read_stays_as_it_was_served(shelf: Shelf, feeds: Path) -> None:
    (feeds / "ai.rss").unlink()
    (feeds / "ai.rss").symlink_to("ai.rss")  # opening a link to itself fails for everybody, root included
    before = shelf.resources["ai.rss"]
    shelf.load()
    assert shelf.resources["ai.rss"] is before


def test_a_renamed_topic_has_a_successor_in_every_format_that_exists(shelf: Shelf) -> None:
    shelf.moved = {"older": "old", "old": "ai", "a": "b", "b": "a", "lost": "never"}
    assert shelf.successor("old.atom") == "ai.atom"
    assert shelf.successor("older.rss") == "ai.rss"
    assert shelf.successor("old/3.atom") == "ai/3.atom"
    assert shelf.successor("old/4.atom") is None
    assert shelf.successor("a.atom") is None
    assert shelf.successor("lost.atom") is None
    assert shelf.successor("ai.atom") is None


def test_a_removed_topic_is_known_by_all_its_addresses(shelf: Shelf) -> None:
    shelf.gone = {"dead"}
    assert all(shelf.removed(name) for name in ("dead.atom", "dead.json", "dead/1.rss", "dead"))
    assert not any(shelf.removed(name) for name in ("deadly.atom", "x/dead.atom", "", ".dead"))


def test_two_publications_in_one_second_have_different_dates(shelf: Shelf, feeds: Path) -> None:
    before = shelf.resources["ai.atom"].last_modified
    put(feeds, "ai.atom", b"<feed>second</feed>")
    shelf.load()
    second = shelf.resources["ai.atom"].last_modified
    put(feeds, "ai.atom", b"<feed>third</feed>", mtime=MTIME - 50)
    shelf.load()
    assert before < second < shelf.resources["ai.atom"].last_modified


def test_a_topic_is_fresh_as_long_as_its_rhythm_tells(shelf: Shelf) -> None:
    def told(name: str) -> bytes:
        return dict(shelf.resources[name].identity.not_modified)[b"cache-control"]

    before = shelf.resources["ai.rss"]
    assert told("ai.atom") == b"public, max-age=300"
    shelf.ages = {"ai": 1800}
    shelf.load()
    assert told("ai.atom") == told("ai.rss") == b"public, max-age=1800"
    assert told("style.css") == b"public, max-age=300"
    assert shelf.resources["ai.rss"].last_modified == before.last_modified, "a header is no news"
    again = shelf.resources["ai.rss"]
    shelf.load()
    assert shelf.resources["ai.rss"] is again
