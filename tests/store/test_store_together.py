"""Work that many ask for at once: one piece, each with its own answer or error."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from threading import Event

import pytest
from sqlite_utils import Database

from aggregator.store.store import Store
from aggregator.store.together import Together


class Notes:
    """Writes down what is asked for, and in which pieces it was."""

    def __init__(self) -> None:
        self.pieces: list[list[str]] = []

    def work(self, db: Database, asks: Sequence[str]) -> list[str]:
        self.pieces.append(list(asks))
        for ask in asks:
            db.execute("insert into alias (slug, topic) values (?, 'x')", [ask])
            if ask.startswith("bad"):
                raise ValueError(ask)
        return [ask.upper() for ask in asks]


def slugs(db: Database) -> set[str]:
    return {slug for (slug,) in db.execute("select slug from alias")}


async def test_what_is_asked_for_at_once_is_one_piece_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    notes = Notes()
    async with Store(tmp_path / "a.db", "command") as store:
        together = Together(store, notes.work)
        answers = await asyncio.gather(*(together.do(f"n{place}") for place in range(20)))
        assert answers == [f"N{place}" for place in range(20)]
        assert await together.do("later") == "LATER"
        assert await store.read(slugs) == {"later", *(f"n{place}" for place in range(20))}
    assert [len(piece) for piece in notes.pieces] == [20, 1]


async def test_what_is_asked_for_meanwhile_shares_the_next_piece(tmp_path: Path) -> None:
    notes = Notes()
    async with Store(tmp_path / "a.db", "command") as store:
        together = Together(store, notes.work)

        async def again(name: str) -> None:
            await together.do(f"{name}1")
            await together.do(f"{name}2")

        await asyncio.gather(*map(again, "abc"))
    assert notes.pieces == [["a1", "b1", "c1"], ["a2", "b2", "c2"]]


async def test_nobody_pays_for_the_error_of_another(tmp_path: Path) -> None:
    notes = Notes()
    async with Store(tmp_path / "a.db", "command") as store:
        together = Together(store, notes.work)
        asked = ("a", "bad1", "b", "bad2", "c")
        answers = await asyncio.gather(*map(together.do, asked), return_exceptions=True)
        assert [str(answer) for answer in answers] == ["A", "bad1", "B", "bad2", "C"]
        assert [isinstance(answer, ValueError) for answer in answers] == [False, True, False, True, False]
        assert await store.read(slugs) == {"a", "b", "c"}
        assert await together.do("after") == "AFTER"


async def test_what_nobody_waits_for_any_more_is_not_done(tmp_path: Path) -> None:
    notes, busy = Notes(), Event()
    async with Store(tmp_path / "a.db", "command") as store:
        together = Together(store, notes.work)
        before = asyncio.create_task(store.write(lambda _: busy.wait(10)))
        asked = [asyncio.create_task(together.do(name)) for name in ("going", "staying")]
        await asyncio.sleep(0.05)
        asked[0].cancel()
        await asyncio.sleep(0)
        busy.set()
        assert await asked[1] == "STAYING"
        assert await before
    assert notes.pieces == [["staying"]]


async def test_who_goes_away_takes_nobody_along(tmp_path: Path) -> None:
    notes = Notes()
    async with Store(tmp_path / "a.db", "command") as store:
        together = Together(store, notes.work)
        going, staying = asyncio.create_task(together.do("going")), asyncio.create_task(together.do("staying"))
        await asyncio.sleep(0)
        going.cancel()
        assert await staying == "STAYING"
        with pytest.raises(asyncio.CancelledError):
            await going
        assert await together.do("after") == "AFTER"
        assert await store.read(slugs) == {"staying", "after"}
