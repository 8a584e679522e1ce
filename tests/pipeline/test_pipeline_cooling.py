"""Hosts that had enough: the whole domain rests, and its sources come back one after the other."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.model import Source
from aggregator.pipeline.polls.cooling import SPAN, Answer, cool, domain_of_url, is_burst, rest, returns, wait
from aggregator.store import database, sources

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def answers(*polls: tuple[str, float, bool]) -> list[Answer]:
    return [Answer(id, NOW - timedelta(minutes=ago), refused) for id, ago, refused in polls]


@pytest.mark.parametrize(
    ("polls", "burst"),
    [
        ([("a", 2, True), ("b", 1, True), ("c", 0, True)], True),
        ([("a", 59, True), ("b", 30, True), ("c", 0, True)], True),
        ([("a", 61, True), ("b", 30, True), ("c", 0, True)], False),
        ([("b", 1, True), ("c", 0, True)], False),
        ([("c", 2, True), ("c", 1, True), ("c", 0, True)], False),
        ([("a", 3, True), ("b", 2, True), ("x", 1, False), ("c", 0, True)], False),
        ([("x", 5, False), ("a", 2, True), ("b", 1, True), ("c", 0, True)], True),
        ([("a", 0, True), ("b", 0, True), ("c", 0, True), ("x", 0, False)], True),
        ([], False),
    ],
)
def test_three_sources_of_a_domain_refused_within_an_hour_and_none_answered_in_between_are_a_burst(polls, burst: bool) -> None:
    assert is_burst(answers(*polls), NOW) is burst


def test_the_rest_doubles_up_to_a_week() -> None:
    assert [rest(failures) / 3600 for failures in (0, 1, 2, 3, 4, 5, 99)] == [6, 6, 12, 24, 48, 96, 168]


@pytest.mark.parametrize("count", [1, 3, 20, 500])
def test_sources_of_a_domain_come_back_one_after_the_other_within_a_bit_more_than_an_hour(count: int) -> None:
    dues = returns(NOW, count, 0.5)
    assert len(dues) == count
    assert all(later > sooner for sooner, later in pairwise([NOW, *dues]))
    assert dues[-1] - NOW <= timedelta(seconds=SPAN * 1.5)


def test_a_domain_is_the_one_that_is_looked_up() -> None:
    assert domain_of_url("https://Feeds.München.example.org/x") == "example.org"
    assert domain_of_url("https://www.bücher.de/") == domain_of_url("https://xn--bcher-kva.de/") == "xn--bcher-kva.de"
    assert [domain_of_url(url) for url in (None, "", "http://[::1", "/a/path")] == [None] * 4


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def twenty(project, site: PublisherSite, *, head: str = 'host_gap = "0.02s"', **answer: object) -> None:
    text = "".join(f'[[source]]\nid = "s{n:02}"\nurl = "{site.put(f"/{n}", rss([item(n)]), **answer)}"\n' for n in range(20))
    project.configure(
        f'[fetch]\nallow_private = ["127.0.0.0/8"]\n{head}\n{text}[[topic]]\nslug = "all"\n', head='[site]\ntitle = "T"\n'
    )


def test_twenty_feeds_of_one_host_all_get_their_turn(project, site) -> None:
    twenty(project, site)
    assert [report.result for report in project.once(force=False).sources] == ["ok"] * 20
    assert len(site.requests) == 20


def test_after_429_nobody_else_of_the_host_is_asked_and_all_come_back_one_by_one(project, site) -> None:
    twenty(project, site, status=429, Retry_After="3600")
    reports = project.once(force=False).sources
    assert len(site.requests) == 1
    assert sorted(report.result for report in reports) == ["failed", *["not-due"] * 19]
    assert {report.due_reason for report in reports} == {"retry-after"}
    assert len({report.due for report in reports}) == 20
    told = next(report for report in reports if report.result == "failed")
    others = sorted(report.due for report in reports if report.result == "not-due")
    assert min(others) - told.due > timedelta(minutes=-7)
    assert others[-1] - others[0] > timedelta(minutes=30)
    rows = sources.load_all(database.view(project.root / "aggregator.db"))
    assert [row.failures for row in rows if row.id != told.id] == [0] * 19
    project.once(force=True)
    assert len(site.requests) == 1
    project.poll(told.id, force=True)
    assert len(site.requests) == 2


def test_a_burst_of_403_cools_the_whole_domain(project, site) -> None:
    twenty(project, site, status=403)
    reports = project.once(force=False).sources
    assert len(site.requests) == 3
    assert [report.result for report in reports].count("failed") == 3
    rows = {row.id: row for row in sources.load_all(database.view(project.root / "aggregator.db"))}
    waits = [rows[report.id].due - datetime.now(UTC) for report in reports if report.result == "not-due"]
    assert all(timedelta(hours=5.9) < wait < timedelta(hours=7.6) for wait in waits)


def test_a_few_sources_that_want_a_password_do_not_stop_their_neighbours(project, site) -> None:
    twenty(project, site)
    for number in (3, 9, 15):
        site.put(f"/{number}", "", status=403)
    reports = project.once(force=False).sources
    assert len(site.requests) == 20
    assert [report.result for report in reports].count("ok") == 17


def test_a_redirect_to_a_host_that_is_busy_makes_that_host_rest(project, site, httpserver) -> None:
    busy = httpserver.url_for("/busy").replace("localhost", "127.0.0.1")
    site.put("/busy", "", status=503)
    url = site.put("/feed", "", status=302, Location=busy)
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\n[[topic]]\nslug = "all"\n')
    assert project.once().sources[0].reason == "http-503"
    with database.view(project.root / "aggregator.db").conn as connection:
        assert connection.execute("select domain from host").fetchall() == [("127.0.0.1",)]


def test_who_is_led_to_a_busy_address_of_another_host_keeps_nobody_from_it(project, site, httpserver) -> None:
    good = site.put("/good", rss([item(1)])).replace("localhost", "127.0.0.1")
    busy = httpserver.url_for("/busy").replace("localhost", "127.0.0.1")
    site.put("/busy", "", status=503, Retry_After="86400")
    led = site.put("/feed", "", status=302, Location=busy)
    project.configure(f'[[source]]\nid = "good"\nurl = "{good}"\n[[topic]]\nslug = "all"\n')
    project.once()
    project.configure(
        f'[[source]]\nid = "good"\nurl = "{good}"\n[[source]]\nid = "led"\nurl = "{led}"\n[[topic]]\nslug = "all"\n'
    )
    for _ in range(2):
        reports = {report.id: report for report in project.once().sources}
    assert reports["good"].result == "not-modified"
    assert (reports["led"].result, reports["led"].due_reason) == ("not-due", "retry-after")
    with database.view(project.root / "aggregator.db").conn as connection:
        assert connection.execute("select domain from host").fetchall() == []


def test_addresses_that_never_gave_anything_do_not_make_those_rest_that_do(project, site) -> None:
    good = [site.put(f"/good{n}", rss([item(n)])) for n in range(2)]
    refused = [site.put(f"/refused{n}", "", status=403) for n in range(5)]

    def configure(urls: list[str]) -> None:
        text = "".join(f'[[source]]\nid = "{url.rpartition("/")[2]}"\nurl = "{url}"\n' for url in urls)
        project.configure(text + '[[topic]]\nslug = "all"\n')

    configure(good)
    project.once()
    configure(refused + good)
    results = [report.result for report in project.once().sources]
    assert sorted(results) == ["failed"] * 5 + ["not-modified"] * 2
    site.put("/good0", "", status=403)
    site.put("/good1", "", status=403)
    project.once()
    with database.view(project.root / "aggregator.db").conn as connection:
        assert len(connection.execute("select domain from host").fetchall()) == 1, "those that gave documents are refused, too"


def test_an_address_in_disguise_fails_its_own_source_only(project, site) -> None:
    good = site.put("/good", rss([item(1)]))
    led = site.put("/led", "", status=302, Location="http://2130706433/")
    text = "".join(
        f'[[source]]\nid = "{id}"\nurl = "{url}"\n' for id, url in (("a", "http://0x7f.1/feed"), ("b", led), ("c", good))
    )
    project.configure(text + '[[topic]]\nslug = "all"\n')
    reports = project.once(force=False).sources
    assert [report.reason for report in reports] == ["private-address", "private-address", None]


def test_a_poll_that_did_not_take_place_waits_for_its_place_after_the_rest(tmp_path) -> None:
    db = database.connect(tmp_path / "a.db")
    one = Source(id="one", kind="feed", url="http://a.example/feed")
    sources.enter(db, id="one", kind="feed", address=one.url, title=None, signature="")
    sources.schedule(db, "one", NOW + timedelta(minutes=15), "polling")
    assert timedelta(minutes=1) < wait(db, one, NOW) - NOW < timedelta(hours=1.2)  # nobody knows yet how long
    until = NOW + timedelta(hours=6)
    cool(db, "http://www.a.example/", until, "retry-after", but="")
    place = sources.load(db, "one").due
    assert until < place <= until + timedelta(minutes=10)
    assert wait(db, one, NOW) == place
    cool(db, "http://[::1", until, "retry-after", but="")
    db.close()
