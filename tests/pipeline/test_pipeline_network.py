"""No network at all is not a source's failure; two dead hosts are not an outage for ever."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer
from sqlite_utils import Database

from aggregator.app import App
from aggregator.config.loading import load
from aggregator.errors import FetchError, HttpStatusError
from aggregator.pipeline.polls.network import Silence, again, is_outage, is_outside, is_witness
from aggregator.pipeline.polls.outage import Outage, loopback_only
from aggregator.store import database, sources

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("domains", "loopback", "outage"),
    [
        (["a.org", "b.org"], False, True),
        (["a.org"], False, False),
        (["a.org", "a.org"], False, False),
        (["a.org"], True, True),
        ([], True, False),
    ],
)
def test_two_domains_or_a_machine_without_interfaces_make_an_outage(domains: list[str], loopback: bool, outage: bool) -> None:
    assert is_outage({*domains}, loopback_only=loopback) is outage


@pytest.mark.parametrize(
    ("domain", "outside"),
    [
        ("example.org", True),
        ("8.8.8.8", True),
        ("localhost", False),
        ("a.localhost", False),
        ("127.0.0.1", False),
        ("fd00::1", False),
        ("", False),
        (None, False),
    ],
)
def test_a_neighbour_says_nothing_about_the_network_at_large(domain: str | None, outside: bool) -> None:
    assert is_outside(domain) is outside


def test_a_source_that_failed_while_others_answered_is_no_witness() -> None:
    silence = Silence("a", "a.org", NOW)
    assert is_witness(silence, None)
    assert is_witness(silence, NOW - MINUTE)
    assert not is_witness(silence, NOW)  # instants are kept as whole seconds
    assert not is_witness(silence, NOW + MINUTE)
    assert not is_witness(Silence("a", "127.0.0.1", NOW), None)


def test_it_is_asked_again_in_minutes_and_more_seldom_as_time_goes_on() -> None:
    silence = Silence("a", "a.org", NOW)
    waits = [(again(silence, now, 0.0) - now) / MINUTE for now in (NOW, NOW + 20 * MINUTE, NOW + 9999 * MINUTE)]
    assert waits == [2, 5, 30]
    assert again(silence, NOW, 0.99) < NOW + 3 * MINUTE


def test_an_interface_that_is_not_its_own_is_a_network(monkeypatch) -> None:
    for names, alone in ((["lo"], True), (["lo", "eth0"], False), ([], False)):
        monkeypatch.setattr("socket.if_nameindex", lambda names=names: list(enumerate(names)))
        assert loopback_only() is alone

    def fails() -> None:
        raise OSError

    monkeypatch.setattr("socket.if_nameindex", fails)
    assert not loopback_only()


class Net:
    """Names that lead to the test's server, or nowhere while the network is down."""

    def __init__(self, project, site: PublisherSite, names: Sequence[str]) -> None:
        self.project, self.names, self.down, self.now = project, set(names), set(names), NOW
        port = site.put("/feed", rss([item(1)])).rpartition(":")[2].partition("/")[0]
        text = "".join(f'[[source]]\nid = "{name[0]}"\nurl = "http://{name}:{port}/feed"\n' for name in names)
        project.configure('[fetch]\nallow_private = ["127.0.0.0/8"]\n' + text, head="")

    async def lookup(self, host: str, port: int) -> Sequence[str]:
        if host in self.down:
            raise OSError(-3, "Temporary failure in name resolution")
        return ["127.0.0.1"]

    def once(self, minutes: float = 0.0):
        self.now += timedelta(minutes=minutes)
        app = App(load(self.project.config, {}), now=lambda: self.now, lookup=self.lookup)
        return {report.id: report for report in asyncio.run(app.once()).sources}

    def rows(self) -> dict[str, sources.SourceRow]:
        return {row.id: row for row in sources.load_all(database.view(self.project.root / "aggregator.db"))}


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def test_without_a_network_nothing_is_counted_and_everything_is_asked_again_in_minutes(project, site) -> None:
    net = Net(project, site, ["a.example", "b.example", "c.example"])
    net.once()
    rows = net.rows()
    assert [row.failures for row in rows.values()] == [0, 0, 0]
    assert {row.reason for row in rows.values()} == {"no-network"}
    assert all(MINUTE <= row.due - net.now <= 4 * MINUTE for row in rows.values())
    net.once(4)
    assert [row.failures for row in net.rows().values()] == [0, 0, 0]
    net.down = set()
    assert [report.result for report in net.once(4).values()] == ["ok", *["ok"] * 2]
    assert [row.error for row in net.rows().values()] == [None] * 3


def test_two_dead_hosts_are_counted_as_soon_as_another_one_answers(project, site) -> None:
    net = Net(project, site, ["a.example", "b.example", "c.example"])
    net.down = {"a.example", "b.example"}
    net.once()
    for _ in range(3):
        net.once(90)
    rows = net.rows()
    assert rows["c"].reason is None
    assert rows["a"].failures >= 2
    assert rows["b"].failures >= 2
    assert rows["a"].reason == "dns"


def test_one_domain_that_cannot_be_reached_is_its_own_failure(project, site) -> None:
    net = Net(project, site, ["a.example"])
    assert net.once()["a"].reason == "dns"
    assert net.rows()["a"].failures == 1


def test_an_answer_of_any_status_shows_that_there_is_a_network(tmp_path) -> None:
    db = database.connect(tmp_path / "a.db")
    outage = Outage()

    dns = FetchError("", url="", reason="dns")
    assert not fails(db, outage, "a", dns)
    assert not fails(db, outage, "b", HttpStatusError("", url="", status=500))
    assert not fails(db, outage, "c", dns)
    assert not fails(db, outage, "d", FetchError("", url="", reason="timeout"))
    assert [sources.load(db, id).failures for id in "abcd"] == [1, 1, 1, 1]
    db.close()


def test_what_the_store_knows_of_answers_is_asked_once_however_many_fail(tmp_path) -> None:
    db = database.connect(tmp_path / "a.db")
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    outage = Outage()
    dues = [fails(db, outage, f"s{number}", FetchError("", url="", reason="dns")) for number in range(50)]
    assert sum("order by last_poll" in sql for sql in asked) == 1
    assert [len(due) for due in dues] == [0, *range(2, 51)]  # none of them was said to be on disk
    outage.excused(dues[-1])
    assert set(fails(db, outage, "s1", FetchError("", url="", reason="dns"))) == {"s1"}
    db.close()


def test_a_clock_that_was_set_back_hides_no_outage(tmp_path) -> None:
    db = database.connect(tmp_path / "a.db")
    outage, dns = Outage(), FetchError("", url="", reason="dns")
    outage.answered("x.example", NOW + 1000 * MINUTE)
    outage.answered("x.example", NOW - MINUTE)
    assert not fails(db, outage, "a", dns)
    assert set(fails(db, outage, "b", dns)) == {"a", "b"}
    db.close()


def test_failures_are_taken_back_again_where_that_itself_was_taken_back(tmp_path) -> None:
    db = database.connect(tmp_path / "a.db")
    outage, dns = Outage(), FetchError("", url="", reason="dns")
    assert not fails(db, outage, "a", dns)
    db.execute("begin")
    assert set(fails(db, outage, "b", dns)) == {"a", "b"}
    db.conn.rollback()
    outage.excused(fails(db, outage, "b", dns))
    assert [sources.load(db, id).failures for id in "ab"] == [0, 0]
    assert set(fails(db, outage, "c", dns)) == {"c"}
    db.close()


def fails(db: Database, outage: Outage, id: str, error: FetchError) -> dict[str, datetime]:
    """A poll of a source that failed like this: whose failures are taken back."""
    sources.enter(db, id=id, kind="feed", address=f"http://{id}.example/", title=None, signature="")
    sources.failed(db, id, now=NOW, error="", reason=error.reason, gone=False, failures=1)
    outage.failed(f"{id}.example", error, NOW)
    return outage.judge(db, id, f"{id}.example", error, NOW)
