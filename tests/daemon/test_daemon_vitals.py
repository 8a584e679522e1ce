"""When a daemon calls itself ready, and what it counts; over a real engine in this process."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from daemon_folder import Folder, get
from loopback import eventually

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.daemon import vitals as daemon_vitals
from aggregator.daemon.vitals import Vitals
from aggregator.pipeline.engine import Engine


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    (tmp_path / "clips").mkdir()
    (tmp_path / "config.toml").write_text('[[source]]\nid = "a"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\n')
    async with App(load(tmp_path / "config.toml", {})).engine("daemon") as engine:
        yield engine


async def test_it_is_ready_once_it_published_and_ticks(engine: Engine) -> None:
    vitals = Vitals()
    assert await vitals.missing(engine) == "Nothing was published yet."
    vitals.published(0.1)
    assert await vitals.missing(engine) == "The schedule has not started yet."
    vitals.ticked()
    assert await vitals.missing(engine) is None


async def test_it_is_not_ready_where_ticks_stay_away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    vitals = Vitals()
    vitals.published(0.1)
    vitals.ticked()
    monkeypatch.setattr(daemon_vitals, "RECENT", -1.0)
    assert "something hangs" in (await vitals.missing(engine) or "")


async def test_it_is_not_ready_while_the_store_does_not_answer(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    vitals = Vitals()
    vitals.published(0.1)
    vitals.ticked()
    monkeypatch.setattr(daemon_vitals, "ANSWER", 0.05)
    busy = asyncio.create_task(engine.store.read(lambda _: time.sleep(0.5)))
    await asyncio.sleep(0.05)
    assert "does not answer" in (await vitals.missing(engine) or "")
    await busy


async def test_what_is_due_is_counted_when_somebody_looks(engine: Engine) -> None:
    text = (await Vitals().expose(engine)).decode()
    assert "aggregator_due_sources 1.0" in text
    assert "aggregator_sources 1.0" in text


def test_a_running_daemon_is_ready_and_counts_what_it_does(folder: Folder) -> None:
    folder.start()
    eventually(lambda: get(folder.url + "readyz")[0] == 200)
    eventually(lambda: folder.titles() == ["The first clip"])
    text = get(folder.url + "metrics")[2].decode()
    assert 'aggregator_items_total{change="new"} 1.0' in text
    assert 'aggregator_polls_total{result="ok"}' in text
    assert get(folder.url + "metrics", X_Forwarded_For="127.0.0.1")[0] == 403
    assert folder.stop() == 0
