"""`aggregator why` and `aggregator diff` on paper and as JSON."""

import json
from pathlib import Path

import pytest
from called import enter, run

CONFIG = '[[source]]\nid = "notes"\nkind = "folder"\npath = "notes"\n[[topic]]\nslug = "all"\n[[topic]]\nslug = "kernel"\nquery = "kernel -cats"\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "notes").mkdir()
    for name, text in (
        ("kernel", "A new kernel came out"),
        ("cats", "Cats sleep on the kernel"),
        ("\x1b[31mred", "Nothing at all"),
    ):
        (tmp_path / "notes" / f"{ord(name[-1])}.md").write_text(
            f"---\ntitle: {json.dumps(name)}\nurl: https://n.example/{ord(name[-1])}\n---\n{text}\n"
        )
    enter(tmp_path, monkeypatch, CONFIG)
    assert run("once").exit_code == 0
    return tmp_path


def test_why_tells_a_line_for_each_topic(home: Path) -> None:
    said = run("why", "cats").stdout
    assert said.splitlines()[0] == "cats"
    assert "source      notes (notes, folder), polled" in said
    assert "address     https://n.example/115" in said
    assert said.index("\n\nall     in") > said.index("story")
    assert "all     in    shown: in the feed; by *; entry urn:uuid:" in said
    assert "kernel  out   query: the query does not match; -cats; because cats" in said
    told = json.loads(run("why", "https://n.example/115?utm_source=a", "--json").stdout)
    assert [(one["topic"], one["where"], one["reason"]) for one in told["topics"]] == [
        ("all", "in", "shown"),
        ("kernel", "out", "query"),
    ]


def test_why_names_what_else_was_meant_and_no_terminal_is_harmed(home: Path) -> None:
    said = run("why", "*").stdout
    assert "ALSO MEANT" in said
    assert "\x1b" not in said


def test_why_of_what_was_taken_down_begins_with_its_address(home: Path) -> None:
    run("takedown", "https://n.example/115", "--yes")
    said = run("why", "https://n.example/115").stdout
    assert said.splitlines()[0] == "https://n.example/115"
    assert "all     past  takedown: taken down" in said


def test_why_of_nothing_is_a_sentence(home: Path) -> None:
    result = run("why", "absent words")
    assert result.exit_code == 1
    assert "no item is known by 'absent words'" in result.stderr
    assert run("why", "(").exit_code == 2


def test_diff_shows_what_would_come_and_go(home: Path) -> None:
    assert run("diff").stdout.splitlines()[-1] == "0 topics would change, 2 would not"
    (home / "new.toml").write_text(CONFIG.replace("kernel -cats", "cats") + '[[topic]]\nslug = "more"\nquery = "nothing"\n')
    said = run("diff", "--config", "new.toml").stdout
    assert "kernel (changed): +1 -1\n  + cats (notes)\n  - kernel (notes)\n" in said
    assert "more (new): +1 -0\n" in said
    assert said.splitlines()[-1] == "2 topics would change, 1 would not"
    told = json.loads(run("diff", "--config", "new.toml", "--json").stdout)
    assert [(one["topic"], one["state"]) for one in told] == [("all", "same"), ("kernel", "changed"), ("more", "new")]
    assert run("diff").stdout.splitlines()[-1] == "0 topics would change, 2 would not", "nothing was changed by looking"
