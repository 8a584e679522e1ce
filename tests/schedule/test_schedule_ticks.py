"""The tick: never beside itself, never left out, never lost in silence."""

import asyncio
import time

import pytest
from structlog.testing import capture_logs

from aggregator.schedule import Schedule


async def until(holds: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]  # any callable
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.01)


async def test_ticks_come_at_their_interval_until_the_schedule_stops() -> None:
    ticks: list[float] = []

    async def tick() -> None:
        ticks.append(time.monotonic())

    schedule = Schedule(tick, seconds=0.1)
    schedule.start()
    await until(lambda: len(ticks) >= 4)
    await schedule.stop()
    count = len(ticks)
    await asyncio.sleep(0.3)
    assert len(ticks) == count
    assert ticks[3] - ticks[0] > 0.2


async def test_a_slow_tick_never_runs_beside_itself_and_the_next_one_comes_after_it() -> None:
    running = most = done = 0

    async def tick() -> None:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.25)
        running -= 1
        done += 1

    schedule = Schedule(tick, seconds=0.05)
    schedule.start()
    await until(lambda: done >= 3)
    await schedule.stop()
    assert most == 1


async def test_a_tick_that_is_late_because_the_loop_was_busy_is_not_left_out() -> None:
    ticks: list[float] = []

    async def tick() -> None:
        ticks.append(time.monotonic())

    schedule = Schedule(tick, seconds=0.2)
    schedule.start()
    time.sleep(1.5)
    blocked_until = time.monotonic()
    await until(lambda: ticks)
    assert ticks[0] - blocked_until < 0.15
    await schedule.stop()


async def test_what_a_tick_raises_is_logged_and_the_next_one_comes() -> None:
    count = 0

    async def tick() -> None:
        nonlocal count
        count += 1
        raise ValueError("the disk is full")

    with capture_logs() as logs:
        schedule = Schedule(tick, seconds=0.05)
        schedule.start()
        await until(lambda: count >= 2 and len(logs) >= 2)
        await schedule.stop()
    assert logs[0]["event"] == "job failed"
    assert logs[0]["log_level"] == "error"
    assert str(logs[0]["exc_info"]) == "the disk is full"


async def test_stopping_lets_the_tick_under_way_finish() -> None:
    began, finished = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        began.set()
        await asyncio.sleep(0.4)
        finished.set()

    schedule = Schedule(tick, seconds=0.05)
    schedule.start()
    await began.wait()
    await schedule.stop()
    assert finished.is_set()


async def test_stopping_cancels_a_tick_that_outlives_its_grace() -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    schedule = Schedule(tick, seconds=0.05)
    schedule.start()
    await began.wait()
    started = time.monotonic()
    with capture_logs():
        await schedule.stop(grace=0.2)
    assert cancelled.is_set()
    assert time.monotonic() - started < 2


async def test_stopping_what_never_started_is_harmless() -> None:
    async def tick() -> None:
        pytest.fail("never started")

    await Schedule(tick).stop()
