"""Who is polled when: the budget over a real store, and what polls teach."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from publisher_site import PublisherSite, item, rss
from sqlite_utils import Database

from aggregator.model import Source
from aggregator.pipeline.polls.budget import SMALL, Budget, Polled
from aggregator.polling.plan import NEVER
from aggregator.polling.rate import from_text
from aggregator.store import hosts, rates, sources
from aggregator.store.database import connect

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    database = connect(tmp_path / "store.db")
    yield database
    database.close()


def made(db: Database, *known: Source) -> list[Source]:
    for source in known:
        sources.enter(db, id=source.id, kind=source.kind, address=source.url or source.path or "", title=None, signature="")
    sources.activate(db, [source.id for source in known])
    return list(known)


def feed(id: str, **more: object) -> Source:
    return Source(id=id, kind="feed", url=f"http://{id}.example/feed", **more)  # type: ignore[arg-type]  # of the test's own making


def plan(budget: Budget, db: Database, source: Source, per_day: float, **more):
    posts = [NOW - DAY / per_day * place for place in range(1, 31)]
    now = more.pop("now", NOW)
    return budget.plan(db, [Polled(source, posts, **more)], now)[0]


def seconds(plan) -> float:
    return (plan.due - NOW).total_seconds()


def test_busy_sources_are_polled_more_often_and_all_together_as_often_as_the_budget_says(db: Database) -> None:
    known = made(db, *(feed(f"s{place}") for place in range(40)))
    budget = Budget(known, 24)
    for source in known:
        plan(budget, db, source, 0.2 * 1.15 ** int(source.id[1:]))
    plans = budget.plan(db, [Polled(source) for source in known], NOW)
    assert {found.reason for found in plans} == {"adaptive"}
    assert plans[39].interval < plans[20].interval < plans[0].interval
    assert sum(86400 / seconds(found) for found in plans) / 40 == pytest.approx(24, rel=0.25)  # at one instant, rhythms differ
    assert all(900 <= found.interval <= 86400 for found in plans)


def test_what_the_user_wrote_comes_first(db: Database) -> None:
    known = made(
        db,
        feed("a", interval=60.0),
        feed("b", cron="0 9 * * *", timezone="Europe/Berlin"),
        feed("c", floor=5 * 3600.0, ceiling=6 * 3600.0),
        feed("d", ceiling=60.0),
        Source(id="e", kind="folder", path="/tmp/clips"),
        feed("f"),
    )
    budget = Budget(known, 24)
    found = {source.id: plan(budget, db, source, 24) for source in known}
    assert {id: found[id].reason for id in found} == {
        "a": "interval", "b": "cron", "c": "adaptive", "d": "adaptive", "e": "interval", "f": "adaptive"
    }  # fmt: skip
    assert found["a"].interval == 60
    assert found["b"].due == datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert 5 * 3600 <= found["c"].interval <= 6 * 3600
    assert found["d"].interval == 60
    assert found["e"].interval == 3600


def test_what_the_source_asks_comes_before_what_we_would_like(db: Database) -> None:
    known = made(db, feed("a"))
    budget = Budget(known, 24)
    asked = plan(budget, db, known[0], 50, freshness=2 * 86400.0)
    assert (asked.reason, asked.interval) == ("max-age", 2 * 86400.0)
    assert [least for id, _, least in rates.paces(db) if id == "a"] == [2 * 86400.0]


def test_what_one_source_does_not_want_goes_to_the_others(db: Database) -> None:
    known = made(db, feed("a"), feed("b"))
    budget = Budget(known, 24)
    plan(budget, db, known[1], 5)
    before = budget.share(db, NOW).k
    plan(budget, db, known[0], 5, freshness=7 * 86400.0)
    assert budget.share(db, NOW).k < before * 0.6


def test_a_resting_host_is_waited_for(db: Database) -> None:
    known = made(db, feed("a", interval=60.0))
    hosts.rest(db, "a.example", NOW + 5 * HOUR, "retry-after")
    found = plan(Budget(known, 24), db, known[0], 5)
    assert (found.due, found.reason) == (NOW + 5 * HOUR, "host-budget")


def test_how_the_budget_is_dealt_out_survives_a_restart_but_not_another_budget(db: Database) -> None:
    known = made(db, *(feed(f"s{place}") for place in range(SMALL + 100)))
    budget = Budget(known, 24)
    for source in known[:20]:
        plan(budget, db, source, 100)
    share = budget.share(db, NOW + 10 * HOUR)
    assert share != Budget(known, 12).share(db, NOW)
    Budget(known, 24).share(db, NOW)
    kept = json.loads(rates.setting(db, "share") or "")
    rates.set_setting(db, "share", json.dumps({**kept, "k": 12345.0}))
    restarted = Budget(known, 24)
    assert restarted.share(db, NOW).k == 12345.0
    plan(restarted, db, known[30], 100)
    assert restarted.share(db, NOW + timedelta(minutes=4)).k == 12345.0
    assert restarted.share(db, NOW + timedelta(minutes=6)).k != 12345.0


def test_many_changes_are_dealt_out_after_a_minute(db: Database) -> None:
    known = made(db, *(feed(f"s{place}") for place in range(SMALL + 100)))
    budget = Budget(known, 24)
    before = budget.share(db, NOW)
    for source in known[:10]:
        plan(budget, db, source, 100)
    assert budget.share(db, NOW + timedelta(seconds=50)) is before
    assert budget.share(db, NOW + timedelta(seconds=70)) is not before


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"budget": 24, "k": "x", "mean": 1}', '{"budget": 24, "k": NaN, "mean": 1}'])
def test_a_share_that_cannot_be_read_is_solved_anew(db: Database, text: str) -> None:
    known = made(db, feed("a"))
    rates.set_setting(db, "share", text)
    assert 0 < Budget(known, 24).share(db, NOW).k < 1e6


def test_after_downtime_the_daemon_spreads_a_backlog_and_a_command_does_not(db: Database) -> None:
    known = made(db, *(feed(f"s{place}") for place in range(200)), Source(id="clips", kind="folder", path="/tmp/clips"))
    for source in known[:-2]:
        sources.schedule(db, source.id, NOW - HOUR, "adaptive")
    sources.schedule(db, "clips", NOW - HOUR, "interval")
    budget = Budget(known, 24)
    assert budget.settle(db, NOW, gently=False) == 0
    assert budget.settle(db, NOW, gently=True) > 100
    rows = {row.id: row for row in sources.load_all(db)}
    assert rows["clips"].due == NOW - HOUR
    assert rows["s199"].due is None
    assert sum(row.due is not None and row.due <= NOW for row in rows.values()) == 65
    assert {row.due_reason for row in rows.values()} == {"adaptive", "backlog", "interval", None}
    assert max(row.due for row in rows.values() if row.due) <= NOW + HOUR


def test_a_clock_that_was_set_back_a_year_silences_nobody(db: Database) -> None:
    known = made(
        db, feed("a"), feed("b", interval=400 * 86400.0), feed("c"), feed("d", cron="0 0 1 1 *"), feed("e", enabled=False)
    )
    for source in known:
        sources.schedule(db, source.id, NOW + 365 * DAY, "adaptive")
    sources.schedule(db, "c", NEVER, "gone")
    sources.schedule(db, "d", NOW + 300 * DAY, "cron")
    hosts.rest(db, "a.example", NOW + 365 * DAY, "retry-after")
    assert Budget(known, 24).settle(db, NOW, gently=False) == 1
    rows = {row.id: row for row in sources.load_all(db)}
    assert NOW <= rows["a"].due <= NOW + DAY
    assert rows["b"].due == NOW + 365 * DAY
    assert rows["c"].due == NEVER
    assert rows["d"].due == NOW + 300 * DAY
    assert hosts.resting(db, NOW) == {}


def test_a_first_poll_learns_from_the_dates_that_a_feed_holds(project, httpserver) -> None:
    site = PublisherSite(httpserver)
    start = datetime.now(UTC)

    def body(ages: list[timedelta]) -> str:
        dated = (re.sub("<pubDate>.*?<", f"<pubDate>{format_datetime(start - age)}<", item(n)) for n, age in enumerate(ages, 1))
        return rss(list(dated))

    def source(id: str, ages: list[timedelta]) -> str:
        return f'[[source]]\nid = "{id}"\nurl = "{site.put("/" + id, body(ages))}"\n'

    busy, slow = [HOUR * n for n in range(1, 40)], [9 * DAY * n for n in range(1, 20)]
    project.configure(source("busy", busy) + source("slow", slow) + '[[topic]]\nslug = "all"\n')
    report = {found.id: found for found in project.once().sources}
    assert {found.due_reason for found in report.values()} == {"adaptive"}
    assert report["busy"].due < report["slow"].due
    learned = Database(Path(project.root) / "aggregator.db")
    found = {id: from_text(text) for id, text in learned.execute("select id, rate from source")}
    learned.close()
    assert found["busy"].posts / found["busy"].days > 15
    assert found["slow"].posts / found["slow"].days < 0.3
