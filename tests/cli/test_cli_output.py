"""What commands print of a report: on a terminal, elsewhere, and as JSON."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aggregator.cli import output
from aggregator.pipeline.report import (
    CheckReport,
    RunReport,
    SourceCheck,
    SourceReport,
    StatusReport,
    TopicReport,
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


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_once_prints_a_line_per_source_and_per_topic(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_run(RUN)
    lines = printed(capsys)
    assert lines[0].split() == ["SOURCE", "RESULT", "NEW", "UPDATED", "UNCHANGED", "NEXT", "POLL"]
    assert lines[1].split("  ")[0] == "lwn"
    assert lines[1].split() == ["a-source-with-a-long-name", "ok", "90m", "5h", "retry-after", "12345", "▁▂▃▃▄▄▅▅▆▆▇▇██", "20m"]
    assert max(map(len, lines)) <= 80
    assert any(line.split() == ["off", "ok", "90m", "disabled", "12345", "▁▁▁▁▁▁▁▁▁▁▁▁▁▁"] for line in lines)
    assert any(line.split() == ["new", "now", "0"] for line in lines)
    assert any(line.split() == ["ai", "7", "9", "12", "3d", "ago"] for line in lines)


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
