"""Politeness by registrable domain: how many at a time, how far apart, and who is exempt."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network
from itertools import pairwise

import pytest

from aggregator.errors import FetchError
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.gate import Gate, Resting, registrable_domain
from aggregator.fetch.limits import Limits
from aggregator.model import Request

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("feeds.example.co.uk", "example.co.uk"),
        ("EXAMPLE.org.", "example.org"),
        ("a.b.c.example.com", "example.com"),
        ("me.github.io", "me.github.io"),
        ("github.io", "github.io"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("2130706433", "2130706433"),
        ("127.1", "127.1"),
        ("0x7f.0.0.1.", "0x7f.0.0.1"),
        ("", ""),
    ],
)
def test_a_registrable_domain_is_what_one_operator_answers_for(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


async def test_starts_on_one_domain_are_a_gap_apart_and_in_the_order_of_asking() -> None:
    gate = Gate(parallel=1, gap=0.05)
    loop = asyncio.get_running_loop()
    starts: list[tuple[int, float]] = []

    async def visit(number: int) -> None:
        async with gate.turn(f"{number}.example.org"):
            starts.append((number, loop.time()))

    await asyncio.gather(*(visit(number) for number in range(6)))
    assert [number for number, _ in starts] == list(range(6))
    assert all(later - sooner >= 0.049 for (_, sooner), (_, later) in pairwise(starts))


async def test_the_next_begins_a_gap_after_the_end_of_one_that_took_its_time() -> None:
    gate = Gate(parallel=1, gap=0.05)
    loop = asyncio.get_running_loop()
    ended = [float("-inf")]

    async def visit(number: int) -> None:
        async with gate.turn("example.org"):
            assert loop.time() - ended[-1] >= 0.049
            await asyncio.sleep(0.08)
            ended.append(loop.time())
            if number == 1:
                raise ConnectionResetError

    await asyncio.gather(*(visit(number) for number in range(3)), return_exceptions=True)
    assert len(ended) == 4


async def test_no_more_than_parallel_hold_a_turn_at_once_and_other_domains_do_not_wait() -> None:
    gate = Gate(parallel=2, gap=0)
    running: dict[str, int] = {}
    most: dict[str, int] = {}

    async def visit(host: str) -> None:
        async with gate.turn(host):
            running[host] = running.get(host, 0) + 1
            most[host] = max(most.get(host, 0), running[host])
            await asyncio.sleep(0.01)
            running[host] -= 1

    await asyncio.gather(*(visit(host) for host in ("a.org", "b.org") for _ in range(7)))
    assert most == {"a.org": 2, "b.org": 2}


async def test_a_turn_is_given_back_by_whoever_fails_or_gives_up_waiting() -> None:
    gate = Gate(parallel=1, gap=0)
    with pytest.raises(ZeroDivisionError):
        async with gate.turn("a.org"):
            raise ZeroDivisionError

    async def wait() -> None:
        async with gate.turn("a.org"):
            pytest.fail("the turn was taken")

    async with gate.turn("a.org"):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(1), gate.turn("a.org"):
        pass


async def test_a_gate_forgets_domains_that_it_need_not_remember() -> None:
    now = 0.0
    gate = Gate(parallel=1, gap=1.0, clock=lambda: now)
    for number in range(1024):
        async with gate.turn(f"{number}.org"):
            pass
    now = 10.0
    async with gate.turn("held.org"), gate.turn("last.org"):
        assert set(gate._lanes) == {"held.org", "last.org"}


async def starts(server, count: int, hosts: Sequence[str] = ("127.0.0.1",), **more: object) -> list[float]:
    """Gaps between arrivals at the server when `count` requests are made at once."""
    server.answer["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    before = len(server.times)

    async def ask(number: int) -> None:
        request = Request(url=server.url("/", hosts[number % len(hosts)]), allow_private=LOOPBACK)
        answers = [answer async for answer in fetcher.fetch(request)]
        assert not isinstance(answers[0], FetchError), answers

    async with Fetcher(user_agent="t/1", limits=Limits(total=1), **more) as fetcher:
        await asyncio.gather(*(ask(number) for number in range(count)))
    return [later - sooner for sooner, later in pairwise(server.times[before:])]


async def test_private_hosts_have_no_budget_unless_one_is_written(server) -> None:
    assert sum(await starts(server, 5)) < 0.5
    assert min(await starts(server, 5, host_gap=0.1)) >= 0.07


async def test_a_private_name_has_no_budget_either(server) -> None:
    async def private(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    assert sum(await starts(server, 4, ("home.example",), lookup=private)) < 0.5


async def test_waiting_for_a_turn_does_not_use_up_the_fetchs_own_time(server) -> None:
    gaps = await starts(server, 5, host_gap=0.35)
    assert sum(gaps) > 1.3  # longer than the total of 1 s that each fetch has


async def test_each_hop_of_a_redirect_waits_its_turn_and_two_that_cross_do_not_block_each_other(server, second) -> None:
    for one, other in ((server, second), (second, server)):
        host = "127.0.0.3" if other is second else "127.0.0.1"
        one.answer["/go"] = f"HTTP/1.1 302 Found\r\nLocation: {other.url('/end', host)}\r\nContent-Length: 0\r\n\r\n".encode()
        one.answer["/end"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with Fetcher(user_agent="t/1", host_gap=0.1, limits=Limits(total=2)) as fetcher:

        async def ask(url: str) -> object:
            (answer,) = [answer async for answer in fetcher.fetch(Request(url=url, allow_private=LOOPBACK))]
            return answer

        async with asyncio.timeout(5):
            answers = await asyncio.gather(
                *(ask(url) for url in (server.url("/go"), second.url("/go", "127.0.0.3")) for _ in range(3))
            )
    assert [answer.status for answer in answers] == [200] * 6
    for visited in (server, second):
        gaps = [later - sooner for sooner, later in pairwise(visited.times)]
        assert min(gaps) >= 0.07  # as they arrive: a new connection takes longer than a kept one


async def test_twenty_that_wait_are_served_in_the_order_of_asking_however_long_the_first_takes() -> None:
    gate = Gate(parallel=1, gap=0.005)
    served: list[int] = []

    async def visit(number: int) -> None:
        async with gate.turn("a.org"):
            served.append(number)
            await asyncio.sleep(0.05 if number == 0 else 0)

    async with asyncio.timeout(5):
        await asyncio.gather(*(visit(number) for number in range(20)))
    assert served == list(range(20))


async def test_who_waits_when_a_host_asks_for_rest_is_turned_away_and_who_comes_later_is_not() -> None:
    now = 0.0
    gate = Gate(parallel=1, gap=0, clock=lambda: now)

    async def visit(begun: float | None = None) -> str:
        try:
            async with gate.turn("b.a.org", begun):
                return "served"
        except Resting:
            return "turned away"

    async with gate.turn("a.org"):
        waiting = [asyncio.create_task(visit()) for _ in range(3)]
        await asyncio.sleep(0)
        gate.close("c.a.org")
    assert await asyncio.gather(*waiting) == ["turned away"] * 3
    now = 0.05
    assert await visit() == "turned away"  # it may not have heard of it
    now = 1.0
    assert await visit(begun=0.0) == "turned away"
    assert await visit() == "served"


@pytest.mark.parametrize("status", ["429 Too Many", "503 Busy"])
async def test_nobody_who_waits_is_let_through_after_429_or_503(status: str, server) -> None:
    server.answer["/"] = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()
    async with Fetcher(user_agent="t/1", limits=Limits(total=2), host_gap=0.01) as fetcher:

        async def ask() -> str:
            (answer,) = [answer async for answer in fetcher.fetch(Request(url=server.url(), allow_private=LOOPBACK))]
            return answer.reason

        reasons = await asyncio.gather(*(ask() for _ in range(5)))
        assert sorted(reasons) == sorted([f"http-{status[:3]}", *["host-rests"] * 4])
        await asyncio.sleep(0.11)
        assert await ask() == f"http-{status[:3]}"
    assert len(server.heads) == 2


async def test_whoever_learns_otherwise_that_a_host_wants_rest_can_say_so(server) -> None:
    server.answer["/"] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    async with Fetcher(user_agent="t/1", limits=Limits(total=2), host_gap=0.3) as fetcher:

        async def ask() -> object:
            (answer,) = [answer async for answer in fetcher.fetch(Request(url=server.url(), allow_private=LOOPBACK))]
            return getattr(answer, "reason", answer.status if not isinstance(answer, FetchError) else None)

        first = asyncio.create_task(ask())
        second = asyncio.create_task(ask())
        await first
        fetcher.rest("127.0.0.1")
        assert await second == "host-rests"
