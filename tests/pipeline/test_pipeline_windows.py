"""What stands in memory between runs changes no decision, however late items come; and there is an end to what stands there."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.model import Grouping, Item, Plain, Topic, Url
from aggregator.pipeline.publishing import windows
from aggregator.pipeline.publishing.grouping import Grouper
from aggregator.store import items, stories
from aggregator.store.store import Store

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOPICS = [Topic(slug="t", title="T")]
GROUPING = TOPICS[0].grouping
NAMES = "kestrel bridge aldermouth wend lorry cable harbour diver rust walkway tarn bramley orchard cider press quake aceh rescue".split()


def _news(chance: random.Random, number: int, now: datetime) -> tuple[str, Item, datetime]:
    """One of a few events, told by one of a few sources: of these days, of weeks or months ago, at a border of a cell."""
    event = chance.randrange(4)
    names = [f"{name}{'aeio'[event]}" for name in NAMES]
    reach = windows.span(GROUPING)
    ago = chance.choice([timedelta(0), timedelta(days=8), reach, 2 * reach, timedelta(days=100), timedelta(days=101)])
    dated = min(now, now - ago + timedelta(hours=chance.uniform(-30, 30))).replace(microsecond=0)
    words = chance.sample(names, 12)
    item = Item(
        native_id=f"n{number}",
        title=Plain(" ".join(words[:5])),
        text=" ".join(words),
        link=Url(f"http://s.example/{number}"),
        link_key=f"s.example/{chance.randrange(number + 1)}",
        published=dated,
    )
    return f"s{chance.randrange(4)}", item, dated


def _insert(db: Database, new: Sequence[tuple[str, Item, datetime]], now: datetime) -> None:
    for source, item, dated in new:
        written = items.Written(
            key=f"id:{item.native_id}", native=f"id:{item.native_id}", item=item, substance="", rendition="", dated=dated,
            revised=dated, bumps=0, source_updated=None,
        )  # fmt: skip
        items.insert(db, source, written, first_seen=now)


async def _told(path: Path, runs: Sequence[tuple[datetime, Sequence[tuple[str, Item, datetime]]]], *, restart: bool) -> object:
    """What was decided after all runs, by one grouper or by one for each run."""
    async with Store(path, "command") as store:
        grouper = Grouper(store=store, topics=TOPICS)
        for now, new in runs:
            await store.write(lambda db, now=now, new=new: _insert(db, new, now))
            await grouper.group(now)
            held = [window for each in grouper._windows.values() for window in each.past.values()]
            assert sum(len(window.index) for window in held) <= windows.KEPT
            if restart:
                grouper = Grouper(store=store, topics=TOPICS)
        sql = "select item, story, kind, nearest, score, gap, terms, reason, trace from told order by item"
        return await store.read(lambda db: db.execute(sql).fetchall())


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    live=st.sampled_from([4, 12, 10**5]),
    past=st.sampled_from([3, 8, 10**5]),
    kept=st.sampled_from([0, 6, 30, 10**5]),
)
def test_a_grouper_that_goes_on_decides_as_one_that_starts_anew(
    tmp_path_factory: pytest.TempPathFactory, seed: int, live: int, past: int, kept: int
) -> None:
    chance = random.Random(seed)
    now, number = START, 0
    runs: list[tuple[datetime, Sequence[tuple[str, Item, datetime]]]] = []
    for _ in range(10):
        now += timedelta(hours=chance.choice([1, 1, 5, 100, 300]))
        new = [_news(chance, number + at, now) for at in range(chance.randrange(1, 9))]
        number += len(new)
        runs.append((now, new))
    folder = tmp_path_factory.mktemp("windows")
    with pytest.MonkeyPatch.context() as small:
        small.setattr(windows, "LIVE", live)
        small.setattr(windows, "PAST", past)
        small.setattr(windows, "KEPT", kept)
        small.setattr(windows, "PIECE", 5)
        going, anew = (asyncio.run(_told(folder / f"{restart}.db", runs, restart=restart)) for restart in (False, True))
    assert going == anew


async def test_a_late_item_reads_no_other_of_its_time_a_second_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    live = stories.live

    def counted(*args: object, **named: object) -> object:
        found = live(*args, **named)
        read.append(len(found))
        return found

    monkeypatch.setattr(stories, "live", counted)
    async with Store(tmp_path / "aggregator.db", "command") as store:
        grouper = Grouper(store=store, topics=TOPICS)
        for number in range(20):
            now = START + timedelta(minutes=number)
            new = [_alone(f"n{number}x{ago}", now - timedelta(days=ago)) for ago in (0, 18, 300)]
            await store.write(lambda db, new=new, now=now: _insert(db, new, now))
            assert await grouper.group(now) == 3
    assert read == [0, 0, 1], "a window for each time, once; the newest reaches back to the second"


def _alone(name: str, dated: datetime) -> tuple[str, Item, datetime]:
    """An item that has nothing to do with any other."""
    text = " ".join(f"{name}{word}" for word in NAMES)
    return "s", Item(native_id=name, title=Plain(text[:60]), text=text, link=None, published=dated), dated


async def test_there_is_an_end_to_what_stands_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "PAST", 10)
    monkeypatch.setattr(windows, "PIECE", 4)
    monkeypatch.setattr(windows, "KEPT", 1_000)
    monkeypatch.setattr(windows, "WINDOWS", 3)
    short = [Topic(slug="t", title="T", grouping=Grouping(window=3600.0, max_age=3600.0))]
    async with Store(tmp_path / "aggregator.db", "command") as store:
        grouper = Grouper(store=store, topics=short)
        for number in range(12):
            now = START + timedelta(hours=5 * number)
            new = [_alone(f"n{number}x{at}", now - timedelta(hours=20, minutes=at)) for at in range(30)]
            await store.write(lambda db, new=new, now=now: _insert(db, new, now))
            await grouper.group(now)
            held = [window for each in grouper._windows.values() for window in each.past.values()]
            assert len(held) <= 3
            assert all(0 < len(window.index) <= 10 + 2 * 4 for window in held)
            assert len({id(window.index.lexicon) for window in held}) == 1
