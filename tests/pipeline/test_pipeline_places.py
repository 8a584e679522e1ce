"""A domain whose sources wait for their turns takes no places from others."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.model import Source
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.polls.places import ABREAST, Places, Slots, lane
from aggregator.pipeline.report import SourceReport
from aggregator.pipeline.run import CONCURRENT, poll_all
from aggregator.store import sources
from aggregator.store.instants import to_instant

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def source(number: int, host: str) -> Source:
    return Source(id=f"{host}-{number}", kind="feed", url=f"https://{host}/{number}")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.b.example.co.uk/f", "example.co.uk"),
        ("https://user@b.example:8443", "b.example"),
        ("https://me.github.io/f", "me.github.io"),
        ("http://8.8.8.8/f", "8.8.8.8"),
        ("http://127.0.0.1:8080/f", None),
        ("http://localhost/f", None),
        ("file:///x", None),
        (None, None),
    ],
)
def test_a_lane_is_the_domain_in_whose_turns_a_source_is_asked(url: str | None, name: str | None) -> None:
    assert lane(Source(id="a", kind="feed", url=url)) == name


@given(st.lists(st.sampled_from(["a.example", "b.example", "x.a.example", "localhost"]), max_size=40), st.randoms())
def test_each_has_a_place_in_the_end_no_domain_too_many_at_once_and_each_its_order(hosts: list[str], chance) -> None:
    chosen = [source(number, host) for number, host in enumerate(hosts)]
    places, under_way, begun = Places(chosen, 2), [], []
    while True:
        while (one := places.take()) is not None:
            under_way.append(one)
            begun.append(one)
            assert max(Counter(filter(None, map(lane, under_way))).values(), default=0) <= 2
        if not under_way:
            break
        places.done(under_way.pop(chance.randrange(len(under_way))))
    assert sorted(begun, key=chosen.index) == chosen
    for name in {lane(one) for one in chosen}:
        assert [one for one in begun if lane(one) == name] == [one for one in chosen if lane(one) == name]


async def test_others_are_polled_while_a_thousand_feeds_wait_for_a_host_that_never_answers() -> None:
    ever, polled = asyncio.Event(), []

    async def poll(one: Source) -> SourceReport:
        if one.url and "slow" in one.url:
            await ever.wait()
        polled.append(one.id)
        return SourceReport(id=one.id, result="ok")

    chosen = [source(number, "slow.example") for number in range(1000)] + [
        source(number, f"{number}.org") for number in range(200)
    ]
    run = asyncio.create_task(poll_all(chosen, poll))
    while len(polled) < 200:
        await asyncio.sleep(0)
    assert not any("slow" in id for id in polled)
    ever.set()
    assert len(await run) == 1200


def test_sources_without_a_place_try_again_one_after_the_other() -> None:
    slots = Slots()
    assert [slots.next("a", NOW) for _ in range(3)] == [NOW + n * SECOND for n in (1, 2, 3)]
    assert slots.next("b", NOW) == NOW + SECOND
    assert slots.next("a", NOW + SECOND) == NOW + 4 * SECOND
    assert slots.next("a", NOW + 9 * SECOND) == NOW + 10 * SECOND


async def test_the_daemon_finds_what_is_due_behind_thousands_of_one_domain_and_keeps_them_for_later(tmp_path: Path) -> None:
    slow = "".join(f'[[source]]\nid = "s{number}"\nurl = "https://{number}.slow.example/"\n' for number in range(300))
    good = "".join(f'[[source]]\nid = "g{number}"\nurl = "https://{number}.org/"\n' for number in range(40))
    (tmp_path / "config.toml").write_text(slow + good)
    now = [NOW]

    def plan(db: Database) -> None:
        for number in range(40):
            sources.schedule(db, f"g{number}", NOW - number * SECOND, "adaptive")

    async with App(load(tmp_path / "config.toml", {}), now=lambda: now[0]).engine("daemon") as engine:
        await engine.store.write(plan)
        begun = await look(engine)
        assert sum(id.startswith("s") for id in begun) == ABREAST
        assert sum(id.startswith("g") for id in begun) == CONCURRENT // 2
        for _ in range(20):
            now[0] += SECOND
            begun += await look(engine)
        assert {f"g{number}" for number in range(40)} <= set(begun)
        assert sum(id.startswith("s") for id in begun) == ABREAST
        rows = await engine.store.read(lambda db: db.execute("select id, due from source where id glob 's*'").fetchall())
        waiting = sorted(to_instant(due) for id, due in rows if id not in begun)
        assert len(waiting) == len(set(waiting)) == 300 - ABREAST, "one after the other"


async def look(engine: Engine) -> list[str]:
    """Begin with what a tick finds. Nothing of it ends."""
    found = [one.id for one in await engine.due()]
    engine._flying.update({id: None for id in found if id.startswith("s")})  # type: ignore[misc]
    await engine.store.write(lambda db: sources.schedule_all(db, found, NOW + timedelta(days=1), "polling"))
    return found
