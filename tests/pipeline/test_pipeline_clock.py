"""The clock is set, or stops for a year: no silence for years, and no storm."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.run import CONCURRENT
from aggregator.store import hosts, rates, sources

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
COUNT = 300


class Time:
    """What the program believes."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def engine(tmp_path: Path, time: Callable[[], datetime]) -> AsyncIterator[Engine]:
    """Sources that were polled and are due within the hour; nothing is asked here."""
    text = "".join(f'[[source]]\nid = "s{n}"\nurl = "http://s{n}.example/"\n' for n in range(COUNT))
    (tmp_path / "config.toml").write_text(text)
    async with App(load(tmp_path / "config.toml", {}), now=time).engine("daemon") as engine:
        await engine.store.write(plan)
        yield engine


def plan(db: Database) -> None:
    for number in range(COUNT):
        sources.schedule(db, f"s{number}", NOW + timedelta(seconds=12 * number), "adaptive")


async def dues(engine: Engine) -> list[datetime]:
    found = await engine.store.read(rates.dues)
    return sorted(due for _, due, _ in found if due is not None)


async def test_after_a_jump_back_by_a_year_everybody_is_polled_within_a_day(engine: Engine, time: Time) -> None:
    time.now = NOW - YEAR
    assert await engine.due() == []
    assert await engine.settle(gently=True) == COUNT
    found = await dues(engine)
    assert found[-1] <= time.now + timedelta(days=1)
    assert found[-1] - found[0] > timedelta(hours=12), "all at one time would be a storm"
    assert await engine.settle(gently=True) == 0


async def test_after_a_jump_forward_by_a_year_nobody_storms(engine: Engine, time: Time) -> None:
    time.now = NOW + YEAR
    await engine.settle(gently=True)
    assert len(await engine.due()) <= CONCURRENT
    found = await dues(engine)
    assert sum(due <= time.now for due in found) <= CONCURRENT
    assert found[-1] <= time.now + timedelta(hours=1)
    time.now = NOW
    await engine.settle(gently=True)
    assert (await dues(engine))[-1] <= NOW + timedelta(days=1)


async def test_a_clock_that_did_not_jump_changes_nothing(engine: Engine) -> None:
    before = await dues(engine)
    assert await engine.settle(gently=True) == 0
    assert await dues(engine) == before


async def test_sources_of_a_host_that_rests_do_not_stand_in_the_way_of_others(engine: Engine, time: Time) -> None:
    time.now = NOW + timedelta(days=2)
    until = time.now + timedelta(hours=6)

    def rest(db: Database) -> None:
        for number in range(100):
            hosts.rest(db, f"s{number}.example", until, "retry-after")

    await engine.store.write(rest)
    first = await engine.due()
    assert first == []
    second = {source.id for source in [*await engine.due(), *await engine.due()]}
    assert second
    assert second.isdisjoint({f"s{number}" for number in range(100)})
