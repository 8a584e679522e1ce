"""The pages of a topic's archive: whatever changed on whichever days, those that are written leave what writing all would."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer
from selectolax.lexbor import LexborHTMLParser

from aggregator.pipeline.publishing import listed, months
from aggregator.pipeline.publishing.months import Plan, beside, month_of, plan
from aggregator.store import database

DAYS = [f"2026-{month:02}-{day:02}" for month in (1, 2, 4, 9) for day in (1, 2, 15, 28)]
NOTHING = Plan(months={}, days={}, write=(), remove=())
World = dict[str, tuple[int, int]]
"""Day → how many stories, and how often they changed."""


def _shown(made: Plan, world: World) -> dict[str, object]:
    """What each of the pages that are to be written shows."""
    shown: dict[str, object] = {}
    for name in made.write:
        content = made.days[name] if name in made.days else [world[day] for day in sorted(world) if day.startswith(name)]
        shown[name] = content, made.around(name)
    return shown


def _counted(world: World, wanted: set[str]) -> dict[str, dict[str, int]]:
    return {month: {day: count for day, (count, _) in world.items() if month_of(day) == month} for month in wanted}


@settings(max_examples=200, deadline=None)
@given(steps=st.lists(st.dictionaries(st.sampled_from(DAYS), st.integers(0, 6), min_size=1, max_size=5), max_size=12))
def test_what_is_written_step_by_step_is_what_would_be_written_at_once(steps: list[dict[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as small:
        small.setattr(months, "MANY", 7)
        world: World = {}
        noted, pages = NOTHING, dict[str, object]()
        for number, step in enumerate(steps):
            world.update((day, (count, number)) for day, count in step.items())
            counted: dict[str, dict[str, int]] = {}
            for month in map(month_of, step):
                told = _counted(world, {month})[month]
                before = noted.days.get(month)  # of a divided month, only the days that changed are counted
                counted[month] = told if before is None else {**before, **{day: told[day] for day in step if day in told}}
            noted = plan(noted.months, noted.days, counted, step, afresh=False)
            pages |= _shown(noted, {day: one for day, one in world.items() if one[0]})
            for name in noted.remove:
                pages.pop(name, None)
        standing = {day: one for day, one in world.items() if one[0]}
        whole = plan({}, {}, _counted(standing, set(map(month_of, standing))), (), afresh=True)
        assert pages == _shown(whole, standing)
        assert (noted.months, noted.days) == (whole.months, whole.days)


def test_pages_are_written_before_those_that_lead_to_them() -> None:
    with pytest.MonkeyPatch.context() as small:
        small.setattr(months, "MANY", 1)
        made = plan({}, {}, {"2026-11": {"2026-11-02": 1, "2026-11-01": 1}, "2026-10": {"2026-10-03": 1}}, (), afresh=True)
    assert made.write == ("2026-11-01", "2026-11-02", "2026-10", "2026-11")
    assert dict(made.months) == {"2026-10": 1, "2026-11": 2}
    assert beside(["2026-10"], ["2026-09", "2026-10", "2026-12"]) == {"2026-09", "2026-12"}


def _entries(*days: int) -> list[str]:
    """An item on each of these days of March 2024, in the order in which they are said; its number says when."""
    made = []
    for number, day in enumerate(days):
        head = item(number, f"Title {number}").replace("</item>", "").rpartition("<pubDate>")[0]
        made.append(f"{head}<pubDate>{day:02} Mar 2024 12:00:{number:02} GMT</pubDate></item>")
    return made


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def test_a_full_month_has_a_page_for_each_day_and_news_writes_its_own_alone(
    project, site: PublisherSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "MANY", 3)
    monkeypatch.setattr(listed, "AT_ONCE", 2)
    url = site.put("/feed", rss(_entries(1, 1, 4)))
    project.configure(f'[[source]]\nid = "blog"\nurl = "{url}"\n[[topic]]\nslug = "all"\n')

    def pages() -> dict[str, bytes]:
        return {name: body for name, body in project.published().items() if name.startswith("all/") and name.endswith(".html")}

    project.once()
    assert set(pages()) == {"all/2024-03.html"}
    site.put("/feed", rss(_entries(1, 1, 4, 9)))
    project.once()
    divided = pages()
    assert set(divided) == {"all/2024-03.html", "all/2024-03-01.html", "all/2024-03-04.html", "all/2024-03-09.html"}
    month = LexborHTMLParser(divided["all/2024-03.html"].decode())
    assert [(a.attributes["href"], a.text()) for a in month.css("ul.days a")] == [
        ("2024-03-09.html", "9 March 2024"), ("2024-03-04.html", "4 March 2024"), ("2024-03-01.html", "1 March 2024")
    ]  # fmt: skip
    assert "4 stories" in month.css_first("p.facts").text()
    day = LexborHTMLParser(divided["all/2024-03-04.html"].decode())
    assert [a.text() for a in day.css(".day li > a")] == ["Title 2"]
    assert [a.attributes["href"] for a in day.css("p.trail a, nav.pages a")] == [
        "../all.html", "2024-03.html", "2024-03-01.html", "2024-03-09.html"
    ]  # fmt: skip
    before = project.stats()
    site.put("/feed", rss(_entries(1, 1, 4, 9, 4)))
    project.once()
    after = project.stats()
    assert {name for name in after if name.endswith(".html") and after[name] != before.get(name)} == {
        "index.html", "all.html", "all/2024-03.html", "all/2024-03-04.html"
    }  # fmt: skip
    whole = project.published()
    for path in (project.feeds / "all").glob("*.html"):
        path.unlink()
    project.once()
    assert project.published() == whole


def test_a_month_that_is_not_full_any_more_is_one_page_again(
    project, site: PublisherSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(months, "MANY", 3)
    url = site.put("/feed", rss(_entries(1, 2, 3, 4)))
    source = f'[[source]]\nid = "blog"\nurl = "{url}"\n'
    project.configure(source + '[[topic]]\nslug = "all"\n')
    project.once()
    assert len(list((project.feeds / "all").glob("2024-03*.html"))) == 5
    project.configure(source + '[[topic]]\nslug = "all"\nquery = "-title:2"\n')
    project.once()
    (page,) = (project.feeds / "all").glob("2024-03*.html")
    assert [a.text() for a in LexborHTMLParser(page.read_text()).css(".day li > a")] == ["Title 3", "Title 1", "Title 0"]


def test_pages_that_nobody_noted_go_when_pages_are_written_anew(project, site: PublisherSite) -> None:
    url = site.put("/feed", rss(_entries(1)))
    project.configure(f'[[source]]\nid = "blog"\nurl = "{url}"\n[[topic]]\nslug = "all"\n')
    project.once()
    for name in ("2024-02.html", "2024-03-09.html", "notes.html"):
        (project.feeds / "all" / name).write_text("left behind")
    (project.feeds / "all" / "2024-03.html").unlink()
    project.once()
    assert {path.name for path in (project.feeds / "all").glob("*.html")} == {"2024-03.html", "notes.html"}


def test_a_store_that_knew_months_alone_goes_on_and_writes_every_page_anew(project, site: PublisherSite) -> None:
    url = site.put("/feed", rss(_entries(1, 2)))
    project.configure(f'[[source]]\nid = "blog"\nurl = "{url}"\n[[topic]]\nslug = "all"\n')
    project.once()
    before = project.published()
    with database.visit(project.root / "aggregator.db") as db:
        old = "create table page_stale (topic text, month text, changes integer default 1, primary key (topic, month))"
        for sql in ("drop table page_stale", old, "insert into page_stale (topic, month) values ('all', '2024-03')"):
            db.execute(sql)
        db.execute("delete from _sqlite_migrations where name like 'm002%'")
    (project.feeds / "all" / "2024-03.html").write_text("of another version")
    project.once()
    assert project.published() == before
    site.put("/feed", rss(_entries(1, 2, 3)))
    project.once()
    assert b"Title 2" in project.published()["all/2024-03.html"]


def test_a_topic_that_goes_when_the_store_is_brought_along_takes_its_pages_with_it(project, site: PublisherSite) -> None:
    source = f'[[source]]\nid = "blog"\nurl = "{site.put("/feed", rss(_entries(1, 2)))}"\n[[topic]]\nslug = "all"\n'
    project.configure(source + '[[topic]]\nslug = "gone"\n')
    project.once()
    assert "gone/2024-03.html" in project.published()
    with database.visit(project.root / "aggregator.db") as db:
        db.execute("drop table page_stale")
        db.execute("create table page_stale (topic text, month text, changes integer default 1, primary key (topic, month))")
        db.execute("delete from _sqlite_migrations where name like 'm002%'")
    project.configure(source)
    project.once()
    assert not [name for name in project.published() if name.startswith("gone") and name.endswith(".html")]
