"""What commands print of a report: on a terminal, elsewhere, and as JSON."""

import json
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from aggregator.cli import data, output, paper
from aggregator.cli.trial import print_trial
from aggregator.pipeline.answers.trial import Day, Excerpt, TrialMatch, TrialReport
from aggregator.pipeline.answers.troubles import troubles
from aggregator.pipeline.report import (
    CheckReport,
    RunReport,
    SourceCheck,
    SourceReport,
    SourceStatus,
    StatusReport,
    StoreStatus,
    TopicReport,
    TopicStatus,
    Trouble,
)

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
LONG = "The server answered 404 Not Found: " + "look whether the feed has moved, " * 10 + "and say so."
HOSTILE = "a\x1b]0;owned\x07b\u202ec\nd [red]e[/red] \x9b31m"

RUN = RunReport(
    sources=(
        SourceReport(
            id="lwn", result="ok", new=12, updated=3, unchanged=5, due=NOW, due_reason="interval", dropped=("entry 4: no",) * 12
        ),
        SourceReport(
            id="heise", result="failed", error=LONG, reason="http-404", due=NOW + timedelta(hours=1), due_reason="backoff"
        ),
        SourceReport(id="slow", result="not-due", due=NOW),
        SourceReport(id="off", result="disabled"),
    ),
    topics=(
        TopicReport(
            slug="ai", entries=50, added=10, revised=2, left=1, files=("ai.atom", "ai.rss"), quarantined=("entry 7: broken",)
        ),
        TopicReport(slug="same", entries=3),
        TopicReport(slug="full", error="the disk is full: free some space"),
    ),
    seconds=1.25,
)


MANY = TopicReport(slug="ai", added=2, archives=3, files=("ai.atom", *(f"ai/{n}.atom" for n in range(1, 4)), "ai/2026-11.html"))


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_once_prints_a_line_per_source_and_per_topic(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_run(RUN)
    lines = printed(capsys)
    assert lines[0].split() == ["SOURCE", "RESULT", "NEW", "UPDATED", "UNCHANGED", "NEXT", "POLL"]
    assert lines[1].split("  ")[0] == "lwn"
    assert lines[1].split() == ["lwn", "ok", "12", "3", "5", "2026-11-22", "01:30", "UTC", "(interval)"]
    assert lines[2].startswith("heise   failed (http-404)    0        0          0  2026-11-22 02:30 UTC (backoff)")
    assert lines[6].split() == ["TOPIC", "ENTRIES", "ADDED", "REVISED", "LEFT", "FILES", "WRITTEN"]
    assert lines[7].split() == ["ai", "50", "10", "2", "1", "ai.atom,", "ai.rss"]
    assert lines[8].endswith("none, nothing changed")
    assert lines[9].endswith("failed")
    assert f"heise failed (http-404): {LONG}" in lines
    assert "full was not published: the disk is full: free some space" in lines
    assert "lwn: 12 left out:" in lines
    assert "    and 2 more, which --json shows" in lines
    assert "ai: 1 could not be rendered:" in lines
    assert lines[-1] == "2 sources polled, 1 failed: 12 new items, 3 updated; 2 files written; 1.2 s."


def test_archives_are_counted_where_feeds_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_run(RunReport(topics=(MANY, replace(MANY, slug="b", files=("b.html",)))))
    assert [line.rsplit("  ", 1)[1] for line in printed(capsys)[1:3]] == ["ai.atom, 4 below ai/", "b.html"]
    output.print_run(replace(RUN, topics=(MANY,)))
    assert "5 files written" in printed(capsys)[-1]


def test_a_topic_published_twice_in_a_run_tells_of_both() -> None:
    both = MANY + TopicReport(slug="ai", entries=9, added=1, archives=1, files=("ai.atom", "ai.rss"))
    assert (both.entries, both.added, both.archives) == (9, 3, 4)
    assert both.files == (*MANY.files, "ai.rss")


def test_elsewhere_than_on_a_terminal_there_is_no_colour_and_no_box(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "")
    output.print_run(RUN)
    text = capsys.readouterr().out
    assert text.isascii()
    assert "\x1b" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch, **env: str) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"TERM": "xterm-256color", "COLUMNS": "60", **env}.items():
        monkeypatch.setenv(name, value)
    return terminal


def test_on_a_terminal_failures_are_red_and_lines_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    output.print_run(RUN)
    text = terminal.getvalue()
    assert "\x1b[31mheise failed (http-404): The server answered 404" in text
    assert "\x1b[1;31mfailed" in text
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    assert all(len(line) <= 60 for line in plain.splitlines())
    assert " ".join(LONG.split()) in " ".join(plain.split())


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch, NO_COLOR="1")
    output.print_run(RUN)
    assert "\x1b[3" not in terminal.getvalue()


def test_a_sentence_beside_its_name_goes_on_below_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch, COLUMNS="40")
    paper.beside(paper.sheet(), "source      ", "dim", "a name that is long enough to be folded \x1b[31m once")
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line).rstrip() for line in terminal.getvalue().splitlines()]
    assert lines == ["source      a name that is long enough", "            to be folded \\x1b[31m once"]
    monkeypatch.setattr(sys, "stdout", plain := StringIO())
    paper.beside(paper.sheet(), "source      ", "dim", "word " * 100)
    assert plain.getvalue() == f"source      {('word ' * 100).rstrip()}\n"


def test_titles_that_match_are_bold_and_their_words_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch, COLUMNS="80")
    title = Excerpt(text="A new kernel", places=((6, 12),))
    match = TrialMatch(source="lwn", dated=NOW, link=None, title=title, text=None, clause="kernel")
    day = Day("2026-11-22", 1)
    print_trial(TrialReport(query="kernel", since="2026-11-22", source=None, items=3, matches=1, newest=(match,), days=(day,)))
    assert "lwn  \x1b[0m\x1b[1mA new \x1b[0m\x1b[1;36mkernel\x1b[0m" in terminal.getvalue()


def test_a_dumb_terminal_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch, TERM="dumb")
    output.print_run(RUN)
    assert "\x1b" not in terminal.getvalue()
    assert f"heise failed (http-404): {LONG}\n" in terminal.getvalue()


def test_a_run_without_sources_says_how_to_get_one(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_run(RunReport())
    assert printed(capsys) == ["No sources yet: add a [[source]] to the configuration."]


def hostile_reports() -> list[object]:
    run = RunReport(
        sources=(
            SourceReport(
                id=HOSTILE, result="failed", error=HOSTILE, reason=HOSTILE, dropped=(HOSTILE,), due=NOW, due_reason=HOSTILE
            ),
        ),
        topics=(TopicReport(slug=HOSTILE, error=HOSTILE, files=(HOSTILE,), quarantined=(HOSTILE,)),),
    )
    check = CheckReport(
        sources=(
            SourceCheck(id=HOSTILE, kind=HOSTILE, address=HOSTILE, title=HOSTILE, format=HOSTILE, error=HOSTILE, reason=HOSTILE),
        )
    )
    status = StatusReport(
        sources=(
            SourceStatus(id=HOSTILE, kind=HOSTILE, address=HOSTILE, enabled=True, items=1, error=HOSTILE, failing_since=NOW),
        ),
        topics=(TopicStatus(slug=HOSTILE, title=HOSTILE, entries=1, published=1, files=(HOSTILE,)),),
        store=StoreStatus(path=HOSTILE, bytes=1, items=1),
        troubles=(
            Trouble(kind="failing", subject=HOSTILE, title=HOSTILE, since=NOW, sentence=HOSTILE, tried=HOSTILE, advice=HOSTILE),
        ),
    )
    return [run, check, status]


@pytest.mark.parametrize("report", hostile_reports(), ids=["run", "check", "status"])
def test_nothing_that_strangers_wrote_acts_on_the_terminal(report: object, capsys: pytest.CaptureFixture[str]) -> None:
    if isinstance(report, RunReport):
        output.print_run(report)
    elif isinstance(report, CheckReport):
        output.print_check(report)
    else:
        assert isinstance(report, StatusReport)
        output.print_status(report, now=NOW)
    text = capsys.readouterr().out
    assert not set(text) & set("\x1b\x07\u202e\x9b")
    assert "a\\x1b]0;owned\\x07b\\u202ec" in text
    assert "[red]e[/red]" in text


@pytest.mark.parametrize("report", hostile_reports(), ids=["run", "check", "status"])
def test_json_keeps_every_character_and_shows_none_that_acts(report: object, capsys: pytest.CaptureFixture[str]) -> None:
    data.print_json(report)
    text = capsys.readouterr().out
    assert not set(text) & set("\x1b\x07\u202e\x9b")
    assert json.loads(text)["sources"][0]["id"] == HOSTILE


def test_json_holds_one_document_with_instants_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    data.print_json(RUN)
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"sources", "topics", "seconds", "warnings"}
    assert document["sources"][0]["due"] == "2026-11-22T01:30:00Z"
    assert document["sources"][3]["due"] is None
    assert document["topics"][0]["files"] == ["ai.atom", "ai.rss"]


def test_a_report_with_a_value_that_json_lacks_is_a_fault() -> None:
    with pytest.raises(TypeError, match="a report holds set"):
        data.print_json({"x": {1}})


def status(**trouble: object) -> StatusReport:
    source = SourceStatus(
        id="lwn", kind="feed", address="https://lwn.net/rss", enabled=True, items=7, last_poll=NOW, last_result="ok", due=NOW
    )
    broken = SourceStatus(
        **{  # type: ignore[arg-type] # the fields are the test's own
            "id": "heise",
            "kind": "feed",
            "address": "https://heise.de/rss",
            "enabled": True,
            "items": 0,
            "last_poll": NOW,
            "last_result": "failed",
            "error": LONG,
            "failing_since": NOW - timedelta(days=3, hours=2),
            "failures": 5,
            "due": NOW + timedelta(hours=8),
            "due_reason": "backoff",
        }
        | trouble
    )
    topic = TopicStatus(slug="ai", title="AI", entries=7, published=9, newest=NOW, files=("ai.atom", "ai.rss"))
    return StatusReport(
        sources=(source, broken),
        topics=(topic,),
        store=StoreStatus(path="/srv/a.db", bytes=2_500_000, items=7, owner=4711 if trouble else None),
        troubles=troubles((source, broken), ("ai",), ()),
    )


def test_status_says_of_each_trouble_since_when_what_was_tried_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_status(status(), now=NOW)
    text = capsys.readouterr().out
    assert "lwn     feed      7  2026-11-22 01:30 UTC  ok      2026-11-22 01:30 UTC\n" in text
    assert "ai     AI           7          9  2026-11-22 01:30 UTC  ai.atom, ai.rss\n" in text
    assert "Store: /srv/a.db, 7 items, 2.5 MB; no daemon is running.\n" in text
    assert (
        f"heise is failing since 2026-11-18 23:30 UTC (3 days): {LONG}\n"
        "    Tried: 5 polls failed in a row, the last at 2026-11-22 01:30 UTC; it is asked again at 2026-11-22 09:30 UTC.\n"
        "    What to do: Open https://heise.de/rss in a browser" in text
    )
    assert "`aggregator poll heise --force`" in text


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ({"failing_since": NOW - timedelta(minutes=1), "failures": 1}, "(1 minute): "),
        ({"failing_since": NOW - timedelta(minutes=1), "failures": 1}, "Tried: 1 poll failed, the last at "),
        ({"failing_since": NOW - timedelta(hours=47)}, "(47 hours): "),
        ({"failing_since": NOW + timedelta(hours=1)}, "(just now): "),
        ({"address": "/srv/clips"}, "Look whether /srv/clips is there and may be read"),
        ({"moved_to": "https://new.example/rss"}, "Open https://new.example/rss in a browser"),
        ({"advice": "Do this."}, "    What to do: Do this.\n"),
        ({"enabled": False}, "heise   feed      0  2026-11-22 01:30 UTC  failed  disabled"),
        ({"enabled": False}, "No trouble.\n"),
        ({"failing_since": None, "due": None}, f"heise is failing: {LONG}\n"),
        ({"last_poll": None, "due": None}, "Tried: 5 polls failed in a row; it is asked again at once.\n"),
        ({"error": None, "due": None}, "(3 days): no reason is known\n"),
        ({"due_reason": "gone"}, "heise is gone since "),
        ({"due_reason": "gone"}, "; it is not asked any more.\n"),
        ({"incidents": ("page",)}, "heise answers with a page instead of a feed since "),
        ({"reason": "no-network"}, "There is no network since 2026-11-18 23:30 UTC (3 days): 1 source could not be asked"),
        ({"reason": "no-network", "last_poll": None, "due": None}, "it is not counted against them\n    What to do: "),
        ({"id": "x"}, "process 4711 owns it"),
    ],
)
def test_status_fits_the_trouble(trouble: dict[str, object], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    output.print_status(status(**trouble), now=NOW)
    assert says in capsys.readouterr().out


def busy() -> StatusReport:
    one = SourceStatus(
        id="some-source-of-ours", kind="wordpress", address="https://a.example/", enabled=True, items=12345,
        last_poll=NOW - timedelta(minutes=90), last_result="not-modified", due=NOW + timedelta(hours=5), due_reason="retry-after",
        days=(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), delays=(*[None] * 12, 600.0, 1800.0),
    )  # fmt: skip
    off = replace(one, id="off", enabled=False, days=(0,) * 14, delays=(None,) * 14)
    new = SourceStatus(id="new", kind="feed", address="", enabled=True, items=0)
    topic = TopicStatus(
        slug="ai", title="AI", entries=7, published=9, matched=12, newest=NOW - timedelta(days=3), files=("ai.atom",)
    )
    return StatusReport(sources=(one, off, new), topics=(topic,), store=StoreStatus(path="/srv/a.db", bytes=1, items=7))


def test_on_80_columns_no_line_of_the_status_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch, COLUMNS="80", NO_COLOR="1")
    output.print_status(busy(), now=NOW)
    lines = re.sub(r"\x1b\[[\d;]*m", "", terminal.getvalue()).splitlines()
    assert lines[1].split() == ["some-source-of-ours", "ok", "90m", "5h", "retry-after", "12345", "▁▂▃▃▄▄▅▅▆▆▇▇██", "20m"]
    assert max(map(len, lines)) <= 80
    assert ["off", "ok", "90m", "disabled", "12345", "▁▁▁▁▁▁▁▁▁▁▁▁▁▁"] in [line.split() for line in lines]
    assert ["new", "now", "0"] in [line.split() for line in lines]
    assert ["ai", "7", "9", "12", "3d", "ago"] in [line.split() for line in lines]


def test_elsewhere_the_status_has_every_column_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_status(busy(), now=NOW)
    text = capsys.readouterr().out
    assert "PER DAY         DELAY\n" in text
    assert "2026-11-22 06:30 UTC (retry-after)  ▁▂▃▃▄▄▅▅▆▆▇▇██  20m\n" in text


def test_status_without_trouble_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    healthy = status()
    output.print_status(StatusReport(sources=healthy.sources[:1], topics=(), store=healthy.store), now=NOW)
    assert printed(capsys)[-1] == "No trouble."
    output.print_status(StatusReport(sources=(), topics=(), store=healthy.store), now=NOW)
    assert printed(capsys)[-1] == "No sources yet: add a [[source]] to the configuration."


def test_check_shows_what_each_source_answered(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_config(Path("config.toml"), 2, 1)
    output.print_check(
        CheckReport(
            sources=(
                SourceCheck(
                    id="lwn", kind="feed", address="https://lwn.net/rss", entries=20, format="rss20", title="LWN", newest=NOW
                ),
                SourceCheck(
                    id="heise", kind="feed", address="https://heise.de", error=LONG, reason="not-a-feed", dropped=("entry 1: no",)
                ),
            )
        )
    )
    lines = printed(capsys)
    assert lines[0] == "config.toml is right: 2 sources, 1 topic."
    assert lines[2].split() == ["lwn", "feed", "20", "rss20", "2026-11-22", "01:30", "UTC", "LWN"]
    assert lines[3].split() == ["heise", "feed", "failed"]
    assert f"heise failed (not-a-feed): {LONG}" in lines
    assert "    asked: https://heise.de" in lines
    assert "heise: 1 would be left out:" in lines
    assert lines[-1] == "2 sources asked, 1 failed. Nothing was stored or published."
