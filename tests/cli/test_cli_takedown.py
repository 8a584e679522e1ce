"""`aggregator takedown` as a user calls it."""

import json
from pathlib import Path

import pytest
from called import enter, run

from aggregator.cli.takedown import show
from aggregator.pipeline.report import TakedownReport, TakenEntry, TopicReport

ONE = "https://x.example/1"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "clips").mkdir()
    for number in range(1, 13):
        text = f"---\ntitle: Clip {number}\nurl: https://x.example/{number}\ndate: 2026-01-02\n---\n\nText of {number}.\n"
        (tmp_path / "clips" / f"{number}.md").write_text(text)
    config = '[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\nstories = false\n'
    enter(tmp_path, monkeypatch, config)
    return tmp_path


def test_it_says_what_went_and_lists_what_is_out(home: Path) -> None:
    run("once")
    result = run("takedown", f"{ONE}?utm_source=x", "--comment", "Its author asked", "--yes")
    assert result.exit_code == 0, result.output
    assert f"{ONE} is taken down: 1 item emptied, 1 entry removed. It is blocked for ever." in result.stdout
    assert "all: all.atom, all.rss, all.json" in result.stdout
    assert "Text of 1." not in (home / "feeds" / "all.atom").read_text()
    rows = run("takedown", "--list").stdout.splitlines()
    assert rows[0].split() == ["SINCE", "WHAT", "ITEMS", "COMMENT"]
    assert rows[1].split()[3:] == [ONE, "1", "Its", "author", "asked"]
    listed = json.loads(run("takedown", "--list", "--json").stdout)["takedowns"]
    assert [(one["kind"], one["said"], one["items"], one["comment"]) for one in listed] == [
        ("address", ONE, 1, "Its author asked")
    ]


def test_undo_brings_it_back_with_the_next_poll(home: Path) -> None:
    run("once")
    run("takedown", ONE, "--yes")
    result = run("takedown", "--undo", ONE)
    assert result.exit_code == 0, result.output
    assert "is not taken down any more. It held 1 item, which come again" in result.stdout
    assert run("takedown", "--list").stdout == "Nothing is taken down.\n"
    run("once")
    assert "Text of 1." in (home / "feeds" / "all.atom").read_text()
    again = run("takedown", "--undo", ONE)
    assert again.exit_code == 2
    assert "is not taken down: `aggregator takedown --list` shows what is" in again.stderr
    run("takedown", "https://x.example/never", "--yes")
    assert run("takedown", "--undo", "https://x.example/never").stdout == "https://x.example/never is not taken down any more.\n"


def test_json_is_one_document(home: Path) -> None:
    run("once")
    document = json.loads(run("takedown", "clips", "--yes", "--json").stdout)
    assert (document["kind"], document["said"], document["items"], len(document["entries"])) == ("source", "clips", 12, 12)
    assert document["entries"][0]["topic"] == "all"
    assert document["topics"][0]["entries"] == 0


def test_without_yes_it_shows_what_would_go_and_takes_nothing(home: Path) -> None:
    run("once")
    result = run("takedown", "clips")
    assert result.exit_code == 2
    assert "nobody is there to agree to it: say --yes" in result.stderr
    assert "source clips: 12 stored items." in result.stderr
    assert "    clips: Clip 1\n" in result.stderr
    assert "    … and 2 more" in result.stderr
    assert run("takedown", "--list").stdout == "Nothing is taken down.\n"


@pytest.mark.parametrize(("typed", "code"), [("n\n", 1), ("y\n", 0)])
def test_on_a_terminal_it_asks(home: Path, monkeypatch: pytest.MonkeyPatch, typed: str, code: int) -> None:
    run("once")
    monkeypatch.setattr("aggregator.cli.takedown.interactive", lambda: True)
    result = run("takedown", ONE, typed=typed)
    assert result.exit_code == code
    assert "Take it down? [y/N]:" in result.stderr
    assert ("Text of 1." in (home / "feeds" / "all.atom").read_text()) is (code == 1)
    if code == 0:
        assert "It is blocked already." in run("takedown", ONE).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "say what to take down"),
        (["--list", ONE], "--list stands alone"),
        (["--undo", ONE, "--comment", "x"], "--comment does not go with --undo"),
        (["nobody"], "'nobody' is neither an address"),
    ],
)
def test_what_makes_no_sense_is_refused(home: Path, words: list[str], said: str) -> None:
    result = run("takedown", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_story_that_stays_and_a_feed_that_cannot_be_written_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    entries = (TakenEntry(topic="a", id="urn:1", remains=True), TakenEntry(topic="b", id="urn:2", remains=False))
    topics = (TopicReport(slug="a", files=("a.atom",)), TopicReport(slug="b", error="the disk is full"))
    show(TakedownReport(kind="address", said=ONE, items=2, entries=entries, topics=topics))
    assert capsys.readouterr().out.splitlines() == [
        f"{ONE} is taken down: 2 items emptied, 1 entry removed. It is blocked for ever.",
        "1 entry stays, because other sources tell the story, too; nothing of it is left there.",
        "    a: a.atom",
        "b was not published: the disk is full",
    ]
