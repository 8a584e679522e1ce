"""Sources that moved for good: when a permanent redirect is believed, what is asked then, and how it is undone."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.errors import FetchError, HttpStatusError, NotAFeed
from aggregator.pipeline.polls.moved import asked, asked_back, is_upgrade, is_worth_asking_back, lost, observed, suggestion, taken
from aggregator.store import database, moves, sources
from aggregator.store.moves import Move

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
OLD, NEW, OTHER = "http://old.example/feed", "http://new.example/feed", "http://other.example/feed"
TOPIC = '[[topic]]\nslug = "all"\n'


def seen_for(days: float, *, old: str = OLD, new: str = NEW) -> Move | None:
    """A redirect seen every six hours for so many days."""
    move: Move | None = None
    for step in range(int(days * 4) + 1):
        move = observed(move, old, new, NOW + step * DAY / 4)
    return move


# ── decisions ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("days", "where"), [(0, OLD), (6.75, OLD), (7, NEW), (30, NEW)])
def test_a_target_seen_for_seven_days_is_asked_from_then_on(days: float, where: str) -> None:
    assert asked(seen_for(days), OLD) == where


def test_a_break_starts_the_seven_days_anew() -> None:
    move = seen_for(6)
    later = NOW + 6 * DAY
    assert observed(move, OLD, None, later) is None
    other = observed(move, OLD, OTHER, later)
    assert other is not None
    assert (other.candidate, other.since, other.overlay) == (OTHER, later, None)


def test_a_clock_that_was_set_back_starts_the_seven_days_anew() -> None:
    move = observed(seen_for(6), OLD, NEW, NOW - 365 * DAY)
    assert move is not None
    assert move.since == NOW - 365 * DAY
    assert move.overlay is None


@pytest.mark.parametrize(
    ("old", "new", "upgrade"),
    [
        ("http://a.example/feed", "https://a.example/feed", True),
        ("http://a.example/feed", "https://a.example/feed/", True),
        ("http://A.example:80/feed", "https://a.example:443/feed", True),
        ("http://a.example/feed", "https://www.a.example/feed", False),
        ("http://a.example:8080/feed", "https://a.example/feed", False),
        ("http://a.example/feed", "https://a.example:8443/feed", False),
        ("https://a.example/feed", "http://a.example/feed", False),
        ("https://a.example/feed", "https://a.example/other", False),
        ("http://[::1", "https://a.example/", False),
    ],
)
def test_http_to_https_of_one_host_is_believed_at_once(old: str, new: str, upgrade: bool) -> None:
    assert is_upgrade(old, new) is upgrade
    assert (asked(observed(None, old, new, NOW), old) == new) is upgrade


def status(code: int, url: str = OLD) -> HttpStatusError:
    return HttpStatusError("", url=url, status=code)


@pytest.mark.parametrize("code", [404, 410])
def test_a_target_once_seen_is_taken_at_once_if_the_old_address_is_gone(code: int) -> None:
    move = lost(seen_for(0), OLD, status(code), NOW)
    assert asked(move, OLD) == NEW


@pytest.mark.parametrize(
    "error", [status(500), status(404, NEW), status(403), FetchError("", url=OLD, reason="dns"), NotAFeed("", what="page")]
)
def test_no_other_failure_moves_a_source(error) -> None:
    assert lost(seen_for(1), OLD, error, NOW) is None
    assert lost(None, OLD, status(404), NOW) is None
    assert lost(seen_for(1), OTHER, status(404, OTHER), NOW) is None


def test_an_address_that_moves_on_is_followed_and_one_that_moves_home_is_forgotten() -> None:
    move = seen_for(7)
    for step in range(29):
        move = observed(move, OLD, OTHER, NOW + 10 * DAY + step * DAY / 4)
    assert asked(move, OLD) == OTHER
    for step in range(29):
        move = observed(move, OLD, OLD, NOW + 20 * DAY + step * DAY / 4)
    assert move is None


def test_an_overlay_that_answers_stays_and_another_configured_address_does_not_have_it() -> None:
    move = seen_for(7)
    assert observed(move, OLD, None, NOW + 9 * DAY) == move
    assert observed(move, OLD, NEW, NOW + 9 * DAY) == move
    assert asked(move, OTHER) == OTHER
    assert observed(move, OTHER, None, NOW) is None


def test_when_the_overlay_fails_and_the_old_address_works_the_move_is_undone() -> None:
    move = seen_for(7)
    assert move is not None
    assert asked_back(move, None, NOW + 9 * DAY) is None
    assert asked_back(move, NEW, NOW + 9 * DAY) == move
    assert asked(asked_back(move, OTHER, NOW + 9 * DAY), OLD) == OLD
    assert [is_worth_asking_back(status(code)) for code in (404, 500, 429, 503)] == [True, True, False, False]


def test_nothing_is_taken_without_a_candidate_and_the_suggestion_is_a_line_of_toml() -> None:
    assert taken(Move(address=OLD), NOW) is None
    assert suggestion("one", NEW).endswith('"one" the line: url = "http://new.example/feed"')
    assert suggestion("planet/one", NEW).startswith('in the list "planet", replace its address by http://new.example/feed')


# ── polls ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


@pytest.fixture
def clock():
    with time_machine.travel("2026-03-01T00:00:00Z", tick=True) as clock:
        yield clock


class Moving:
    """A source at /old that redirects to /new."""

    def __init__(self, project, site: PublisherSite, clock, code: int = 301) -> None:
        self.project, self.site, self.clock = project, site, clock
        self.new = site.put("/new", rss([item(1)]))
        self.old = site.put("/old", "", status=code, Location="/new")
        project.configure(f'[[source]]\nid = "one"\nurl = "{self.old}"\n{TOPIC}')

    def poll(self, days: float = 1.0):
        """Poll after so many days; returns the paths asked and the report."""
        before = len(self.site.requests)
        report = self.project.once().sources[0]
        self.clock.shift(timedelta(days=days))
        return [request.path for request in self.site.requests[before:]], report

    def row(self):
        return sources.load(database.view(self.project.root / "aggregator.db"), "one")


@pytest.fixture
def moving(project, site, clock) -> Moving:
    return Moving(project, site, clock)


def test_a_source_that_moved_is_asked_at_its_new_address_after_a_week_and_conditionally(moving) -> None:
    for _ in range(8):
        assert moving.poll()[0] == ["/old", "/new"]
    paths, report = moving.poll()
    assert paths == ["/new"]
    assert report.result == "not-modified"
    assert moving.site.statuses[-1] == 304
    assert moving.row().overlay == moving.new
    assert "/old" in moving.project.config.read_text()
    db = database.view(moving.project.root / "aggregator.db")
    assert moves.taken(db).keys() == {"one"}
    assert moves.taken(db)["one"].taken.date().isoformat() == "2026-03-08"


def test_a_temporary_redirect_is_never_believed(project, site, clock) -> None:
    moving = Moving(project, site, clock, code=302)
    for _ in range(12):
        assert moving.poll()[0] == ["/old", "/new"]
    assert moving.row().overlay is None


def test_a_permanent_redirect_behind_a_temporary_one_does_not_count(moving) -> None:
    moving.site.put("/old", "", status=302, Location="/middle")
    moving.site.put("/middle", "", status=301, Location="/new")
    for _ in range(12):
        assert moving.poll()[0] == ["/old", "/middle", "/new"]


def test_a_redirect_to_a_page_or_to_a_private_address_is_never_believed(project, site, clock) -> None:
    moving = Moving(project, site, clock)
    site.put("/new", "<html><body>gone</body></html>")
    for _ in range(3):
        assert moving.poll(4)[1].result == "failed"
    site.put("/old", "", status=301, Location="http://10.0.0.1/feed")
    for _ in range(3):
        assert moving.poll(4)[1].reason == "private-address"
    assert moves.load(database.view(project.root / "aggregator.db"), "one") is None


def test_an_old_address_that_is_gone_sends_the_poll_to_the_new_one_at_once(moving) -> None:
    moving.poll()
    moving.site.put("/old", "", status=410)
    paths, report = moving.poll(0)
    assert paths == ["/old"]
    assert report.due_reason == "moved"
    before = len(moving.site.requests)
    report = moving.project.once(force=False).sources[0]
    assert [request.path for request in moving.site.requests[before:]] == ["/new"]
    assert report.result == "not-modified"
    assert moving.row().gone_since is None


def test_an_overlay_that_fails_is_undone_if_the_configured_address_works(moving) -> None:
    for _ in range(9):
        moving.poll()
    moving.site.put("/new", "", status=500)
    moving.site.put("/old", rss([item(1), item(2)]))
    paths, report = moving.poll()
    assert paths == ["/new", "/old"]
    assert (report.result, report.new) == ("ok", 1)
    assert moving.row().overlay is None
    assert moving.poll()[0] == ["/old"]
    assert moving.site.statuses[-1] == 304


def test_an_overlay_that_fails_stands_if_the_configured_address_fails_too_or_leads_to_it(moving) -> None:
    for _ in range(9):
        moving.poll()
    moving.site.put("/new", "", status=500)
    paths, report = moving.poll()
    assert paths == ["/new", "/old", "/new"]
    assert report.reason == "http-500"
    assert moving.row().overlay == moving.new
    moving.site.put("/new", rss([item(1)]))
    assert moving.poll()[0] == ["/new"]
    assert moving.site.statuses[-1] == 304


def test_an_overlay_that_asks_for_rest_gets_it(moving) -> None:
    for _ in range(9):
        moving.poll()
    moving.site.put("/new", "", status=429)
    assert moving.poll()[0] == ["/new"]


def test_another_configured_address_ends_the_move_and_the_suggested_one_is_not_polled_early(moving) -> None:
    for _ in range(9):
        moving.poll(1)
    moving.clock.shift(timedelta(days=-1))
    moving.project.configure(f'[[source]]\nid = "one"\nurl = "{moving.new}"\n{TOPIC}')
    assert moving.project.once(force=False).sources[0].result == "not-due"
    assert moving.row().overlay is None
    moving.clock.shift(timedelta(days=1))
    assert moving.poll()[0] == ["/new"]
    assert moving.site.statuses[-1] == 304
    moving.project.configure(f'[[source]]\nid = "one"\nurl = "{moving.site.put("/third", rss([item(3)]))}"\n{TOPIC}')
    assert moving.project.once(force=False).sources[0].new == 1


def test_a_renamed_source_keeps_its_move(moving) -> None:
    for _ in range(9):
        moving.poll()
    moving.project.configure(f'[[source]]\nid = "two"\nwas = ["one"]\nurl = "{moving.old}"\n{TOPIC}')
    assert moving.poll()[0] == ["/new"]
