"""Requests that go wrong are answered all the same, and what runs did is told line by line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.daemon.requests import Requests
from aggregator.daemon.told import tell_run
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import RunReport, SourceReport, TopicReport
from aggregator.store import database, requests


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    (tmp_path / "config.toml").write_text('[[topic]]\nslug = "all"\n')
    async with App(load(tmp_path / "config.toml", {})).engine("daemon") as engine:
        yield engine


async def asked(engine: Engine, command: str, **arguments: object) -> requests.Answer | None:
    """Leave a request and let it be answered."""
    now = engine.now()
    with database.visit(engine.store.path) as db:
        number = requests.ask(db, command, arguments, now)
    served = Requests()
    (found,) = await served.waiting(engine)
    assert await served.waiting(engine) == [], "given out once"
    await served.answer(engine, found, fail if command == "poll" else done)
    return await engine.store.read(lambda db: requests.answered(db, number))


async def done(_: RunReport) -> None:
    """Nothing follows."""


async def fail(_: RunReport) -> None:
    raise ValueError("what nobody expected")


async def test_a_run_is_answered_with_what_it_did(engine: Engine) -> None:
    answer = await asked(engine, "once")
    assert answer is not None
    assert answer.error is None
    assert answer.value["topics"][0]["slug"] == "all"


async def test_a_takedown_is_answered_with_what_went_and_so_is_its_end(engine: Engine) -> None:
    words = "https://x.example/1"
    for undo in (False, True):
        answer = await asked(engine, "takedown", words=words, comment=None, undo=undo)
        assert answer is not None
        assert answer.error is None
        assert (answer.value["said"], answer.value["undone"], answer.value["topics"][0]["slug"]) == (words, undo, "all")


async def test_an_unknown_command_is_answered_with_a_sentence(engine: Engine) -> None:
    answer = await asked(engine, "dance")
    assert answer is not None
    assert "does not know the command 'dance'" in (answer.error or "")


async def test_stories_are_joined_and_split_on_request(engine: Engine) -> None:
    for command, arguments in (("story join", {"one": 1, "other": 2}), ("story split", {"item": 1})):
        answer = await asked(engine, command, **arguments)
        assert answer is not None
        assert "nothing was changed" in (answer.error or "")


async def test_what_was_asked_wrongly_is_answered_with_what_is_right(engine: Engine) -> None:
    answer = await asked(engine, "poll")
    assert answer is not None
    assert "there is no source" in (answer.error or "")


async def test_a_fault_in_the_program_is_answered_and_logged(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "once", lambda *_, **__: fail(RunReport()))
    with capture_logs() as logs:
        answer = await asked(engine, "once")
    assert answer is not None
    assert answer.error == "a fault in the daemon (ValueError): its log shows where; please report it"
    assert logs[0]["event"] == "a fault in the program"


def test_each_source_topic_and_loss_is_a_line() -> None:
    run = RunReport(
        sources=(
            SourceReport(id="a", result="ok", new=2, dropped=("one entry was left out",)),
            SourceReport(id="b", result="failed", reason="http-500", error="b broke"),
            SourceReport(id="c", result="not-due"),
        ),
        topics=(
            TopicReport(slug="t", entries=1, files=("t.atom",), quarantined=("an entry",)),
            TopicReport(slug="u", error="the disk is full"),
            TopicReport(slug="v"),
        ),
    )
    with capture_logs() as logs:
        tell_run(run)
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("source polled", "info"),
        ("left out", "warning"),
        ("source failed", "warning"),
        ("topic published", "info"),
        ("entry not rendered", "warning"),
        ("topic not written", "error"),
    ]
