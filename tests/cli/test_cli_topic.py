"""`aggregator topic try` over a store."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from called import enter, run

from aggregator.cli.trial import bar

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
CONFIG = '[[source]]\nid = "one"\nkind = "folder"\npath = "one"\n[[source]]\nid = "two"\nkind = "folder"\npath = "two"\n[[topic]]\nslug = "none"\nquery = "zebra"\n'


def clip(root: Path, name: str, title: str, text: str, days_ago: int) -> None:
    root.mkdir(exist_ok=True)
    date = (TODAY - timedelta(days=days_ago)).date()
    (root / f"{name}.md").write_text(f'---\ntitle: "{title}"\nurl: https://x.example/{name}\ndate: {date}\n---\n\n{text}\n')


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    clip(tmp_path / "one", "a", "Kernel 6.18", "A long story " * 30 + " about the scheduler, and " + "more of it " * 30, 1)
    clip(tmp_path / "one", "b", "Cats", "They sleep. The kernel does not.", 1)
    clip(tmp_path / "one", "c", "Dogs", "Nothing.", 1)
    clip(tmp_path / "two", "d", "Old kernel", "Scheduler.", 20)
    clip(tmp_path / "two", "e", "Older kernel", "Scheduler.", 200)
    enter(tmp_path, monkeypatch, CONFIG)
    assert run("once").exit_code == 0
    return tmp_path


def test_matches_are_shown_with_what_was_found_and_the_clause_and_a_bar_for_each_day(home: Path) -> None:
    lines = run("topic", "try", "kernel (scheduler OR sleep) -dogs").stdout.splitlines()
    assert lines[0].endswith("one  Cats")
    assert lines[1] == "    … They «sleep». The «kernel» does not. …"
    assert lines[2] == "    by kernel sleep -dogs"
    assert lines[3].endswith("one  «Kernel» 6.18")
    assert "story about the «scheduler», and more" in lines[4]
    assert len(lines[4]) < 250
    assert lines[6].endswith("two  Old «kernel»")
    day = {line[:10]: line[12:] for line in lines if line[4:5] == "-" and "UTC" not in line}
    assert day[f"{TODAY - timedelta(days=1):%Y-%m-%d}"] == "██████████ 2"
    assert day[f"{TODAY:%Y-%m-%d}"] == ""
    assert "            18 days without a match" in lines
    assert (
        lines[-1] == f"3 matches in 4 items since {TODAY - timedelta(days=29):%Y-%m-%d}, for: kernel (scheduler OR sleep) -dogs"
    )


def test_days_and_source_say_what_is_looked_at(home: Path) -> None:
    assert run("topic", "try", "kernel", "--days", "365").stdout.splitlines()[-1].startswith("4 matches in 5 items since")
    assert (
        run("topic", "try", "kernel", "--source", "one").stdout.splitlines()[-1].startswith("2 matches in 3 items of one since")
    )
    assert run("topic", "try", "kernel", "--days", "1").stdout.splitlines()[-1].startswith("0 matches in 0 items since")


def test_json_has_every_day_and_the_places(home: Path) -> None:
    report = json.loads(run("topic", "try", "KERNEL AND scheduler", "--days", "21", "--json").stdout)
    assert report["query"] == "kernel scheduler"
    assert (report["matches"], report["items"], report["source"]) == (2, 4, None)
    assert [day["matches"] for day in report["days"]] == [1, *[0] * 18, 1, 0]
    assert report["days"][0]["day"] == report["since"]
    assert [match["source"] for match in report["newest"]] == ["one", "two"]
    old = report["newest"][1]
    assert old["title"] == {"text": "Old kernel", "places": [[4, 10]]}
    assert old["text"] == {"text": "Scheduler.", "places": [[0, 9]]}
    assert (old["clause"], old["link"]) == ("kernel scheduler", "https://x.example/d")


def test_a_field_that_decides_alone_needs_no_excerpt(home: Path) -> None:
    report = json.loads(run("topic", "try", "site:x.example -kernel", "--json").stdout)
    assert [(match["title"]["text"], match["text"]) for match in report["newest"]] == [("Dogs", None)]


def test_only_the_newest_twenty_are_shown_and_the_rest_counted(home: Path) -> None:
    for number in range(30):
        clip(home / "two", f"m{number}", f"Many {number}", "x", 3)
    run("once", "--force")
    shown = run("topic", "try", "many").stdout
    assert shown.count("by many") == 20
    assert "and 10 older" in shown
    assert "█" * 50 + " 30" in shown


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["openai (china"], 2, "column 8: this parenthesis is never closed\n    openai (china\n           ^\n"),
        (["cats", "--source", "three"], 2, "there is no source 'three' in the store; there are: one, two\n"),
        (["cats", "--days", "0"], 2, "invalid value for '--days': 0 is not in the range 1<=x<=3660"),
        (["site:\udcff"], 0, ""),
    ],
)
def test_mistakes_are_told(home: Path, words: list[str], code: int, said: str) -> None:
    result = run("topic", "try", *words)
    assert result.exit_code == code
    assert said in result.stderr


def test_without_a_store_it_says_what_to_do_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    monkeypatch.chdir(tmp_path)
    result = run("topic", "try", "cats")
    assert result.exit_code == 1
    assert "run `aggregator once` first" in result.stderr


@pytest.mark.parametrize(
    ("count", "most", "drawn"), [(0, 10, ""), (10, 10, "█" * 8), (5, 10, "█" * 4), (1, 1000, "▏"), (9, 16, "████▌"), (1, 16, "▌")]
)
def test_a_bar_is_drawn_to_an_eighth_of_a_column(count: int, most: int, drawn: str) -> None:
    assert bar(count, most, 8) == drawn
