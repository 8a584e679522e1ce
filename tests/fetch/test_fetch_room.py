"""How much is in memory at once: small answers as they come, large ones a few at a time, and nobody waits for ever."""

import asyncio
from contextlib import aclosing
from ipaddress import ip_network
from pathlib import Path

from aggregator.errors import FetchError
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.limits import Limits
from aggregator.fetch.room import LARGE, SMALL, Room
from aggregator.model import Request


async def test_small_answers_need_no_place_and_large_ones_wait_for_theirs() -> None:
    room = Room(large=2, small=100)
    inside = most = done = 0

    async def answer(size: int) -> None:
        nonlocal inside, most, done
        with room.seat() as seat:
            for held in range(50, size + 1, 50):
                await seat.hold(held)
            inside += size > 100
            most = max(most, inside)
            await asyncio.sleep(0.01)
            inside -= size > 100
        done += 1

    await asyncio.wait_for(asyncio.gather(*(answer(300) for _ in range(10)), *(answer(100) for _ in range(10))), 5)
    assert (most, done) == (2, 20)


async def test_a_place_is_given_back_by_whoever_fails_or_is_cut_off() -> None:
    room = Room(large=1, small=0)

    async def hang() -> None:
        with room.seat() as seat:
            await seat.hold(1)
            await asyncio.sleep(60)

    hanging = asyncio.create_task(hang())
    await asyncio.sleep(0)
    waiting = asyncio.create_task(hang())
    await asyncio.sleep(0)
    waiting.cancel()
    hanging.cancel()
    await asyncio.gather(hanging, waiting, return_exceptions=True)
    with room.seat() as seat:
        await asyncio.wait_for(seat.hold(1), 1)


async def test_so_many_large_bodies_are_held_and_no_more_until_one_is_done_with(server) -> None:
    body = b"x" * (SMALL + 100_000)
    server.answer["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body)
    request = Request(url=server.url(), allow_private=(ip_network("127.0.0.0/8"),))
    release, held = asyncio.Event(), 0

    async def use(fetcher: Fetcher) -> int:
        nonlocal held
        async with aclosing(fetcher.fetch(request)) as answers:
            async for answer in answers:
                assert not isinstance(answer, FetchError), answer
                held += 1
                await release.wait()
        return 1

    async with Fetcher(user_agent="test") as fetcher:
        users = [asyncio.create_task(use(fetcher)) for _ in range(LARGE + 5)]
        for _ in range(100):
            await asyncio.sleep(0.02)
            if held == LARGE:
                break
        await asyncio.sleep(0.2)
        assert held == LARGE
        release.set()
        assert sum(await asyncio.gather(*users)) == LARGE + 5


async def test_waiting_for_room_does_not_use_up_the_fetchs_own_time(server) -> None:
    body = b"x" * (SMALL + 100_000)
    server.answer["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(body), body)
    request = Request(url=server.url(), allow_private=(ip_network("127.0.0.0/8"),))

    async def use(fetcher: Fetcher) -> int:
        async for answer in fetcher.fetch(request):
            assert not isinstance(answer, FetchError), answer
            await asyncio.sleep(0.7)
        return 1

    async with Fetcher(user_agent="test", limits=Limits(total=1.0)) as fetcher:
        assert sum(await asyncio.gather(*(use(fetcher) for _ in range(2 * LARGE + 1)))) == 2 * LARGE + 1


async def test_folders_are_read_a_few_at_a_time_and_all_of_them(tmp_path: Path) -> None:
    for number in range(LARGE + 3):
        (tmp_path / f"{number}").mkdir()
        for name in "ab":
            (tmp_path / f"{number}" / f"{name}.md").write_text("x")

    async def use(fetcher: Fetcher, folder: Path) -> int:
        count = 0
        async for answer in fetcher.fetch(Request(url=folder.as_uri(), patterns=("*.md",))):
            assert not isinstance(answer, FetchError), answer
            count += 1
            await asyncio.sleep(0.01)
        return count

    async with Fetcher(user_agent="test", roots=[tmp_path]) as fetcher:
        counts = await asyncio.wait_for(asyncio.gather(*(use(fetcher, folder) for folder in tmp_path.iterdir())), 10)
    assert counts == [2] * (LARGE + 3)
