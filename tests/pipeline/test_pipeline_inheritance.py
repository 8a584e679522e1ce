"""A lost store whose feeds are still there: entries and feeds keep the ids under which they went out."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

BLOG = "http://blog.example"


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def configured(url: str, slug: str = "all", more: str = "", formats: str = '["atom", "rss", "json"]') -> str:
    publish = f"[publish]\nformats = {formats}\n"
    return f'{publish}[[source]]\nid = "blog"\nurl = "{url}"\n[[topic]]\nslug = "{slug}"\nstories = false\n{more}'


def post(number: int, guid: str = "{n}", link: str = BLOG + "/{n}", **more: str) -> str:
    return item(number, guid=guid.format(n=number), link=link.format(n=number), **more)


def entries(project, slug: str = "all") -> dict[str, tuple[str, ...]]:
    atom = (project.feeds / f"{slug}.atom").read_text()
    pattern = r"<entry>.*?<id>(.*?)</id>.*?<title>(.*?)</title>.*?</entry>"
    dates = {
        found[0]: tuple(re.findall(r"<(?:published|updated)>(.*?)<", found[0]))
        for found in re.finditer(r"<entry>.*?</entry>", atom, re.S)
    }
    return {found[2]: (found[1], *dates[found[0]]) for found in re.finditer(pattern, atom, re.S)}


def ids(project, slug: str = "all") -> dict[str, str]:
    return {title: told[0] for title, told in entries(project, slug).items()}


@pytest.mark.parametrize("formats", ['["atom"]', '["atom", "rss"]', '["json", "atom"]'])
def test_after_a_migration_a_lost_store_delivers_nothing_twice(project, site: PublisherSite, formats: str) -> None:
    url = site.put("/feed", rss([post(number) for number in range(1, 11)]))
    project.configure(configured(url, formats=formats))
    project.once()
    site.put("/feed", rss([post(number, "x{n}", "https://new.example/{n}") for number in range(1, 11)]))
    project.once()
    before = entries(project)
    project.lose_store()
    site.put("/feed", rss([post(number, "x{n}", "https://new.example/{n}") for number in range(3, 13)]))
    report = project.once()
    assert report.topics[0].entries == 10
    after = entries(project)
    assert {title: told for title, told in after.items() if title in before} == {
        f"Title {n}": before[f"Title {n}"] for n in range(3, 11)
    }
    assert len({told[0] for told in after.values()} | {told[0] for told in before.values()}) == 12


def test_an_entry_without_a_date_keeps_the_one_that_it_was_given(project, site: PublisherSite) -> None:
    undated = [post(number).partition("<pubDate>")[0] + "</item>" for number in (1, 2, 3)]
    with time_machine.travel("2025-09-01T09:00:00Z", tick=True) as clock:
        project.configure(configured(site.put("/feed", rss(undated))))
        project.once()
        before = entries(project)
        project.lose_store()
        clock.shift(timedelta(days=3))
        project.once()
        assert entries(project) == before


def test_a_new_post_with_the_id_of_an_old_one_does_not_get_its_entry(project, site: PublisherSite) -> None:
    project.configure(configured(site.put("/feed", rss([post(1, "same")]))))
    project.once()
    before = ids(project)
    project.lose_store()
    site.put("/feed", rss([post(2, "same")]))
    project.once()
    assert ids(project)["Title 2"] != before["Title 1"]


def test_a_renamed_topic_keeps_its_feed_id_and_its_entries(project, site: PublisherSite) -> None:
    url = site.put("/feed", rss([post(number) for number in range(1, 4)]))
    project.configure(configured(url, "old"))
    project.once()
    project.configure(configured(url, "new", 'was = ["old"]\n'))
    project.once()
    before = (project.feeds / "new.atom").read_bytes()
    project.lose_store()
    project.once()
    assert (project.feeds / "new.atom").read_bytes() == before


def test_what_only_archives_hold_is_known_too(project, site: PublisherSite) -> None:
    url = site.put("/feed", rss([post(number, "0") for number in range(1, 60)]))
    project.configure(configured(url, more="limit = 2\n"))
    project.once()
    archived = "".join(path.read_text() for path in (project.feeds / "all").glob("*.atom"))
    known = set(re.findall(r"urn:uuid:[0-9a-f-]+", archived + (project.feeds / "all.atom").read_text()))
    site.put("/feed", rss([post(number, "1", "https://new.example/{n}") for number in range(1, 60)]))
    project.lose_store()
    project.once()
    again = "".join(path.read_text() for path in [project.feeds / "all.atom", *(project.feeds / "all").glob("*.atom")])
    assert set(re.findall(r"urn:uuid:[0-9a-f-]+", again)) == known


def test_files_that_cannot_be_read_are_no_hindrance(project, site: PublisherSite) -> None:
    url = site.put("/feed", rss([post(1)]))
    project.feeds.mkdir()
    (project.feeds / "all.atom").write_text("not a feed")
    (project.feeds / "all.json").write_text(json.dumps({"items": [{"id": "urn:uuid:1"}]}))
    project.configure(configured(url, formats='["atom", "json"]'))
    report = project.once()
    assert report.topics[0].error is None
    assert len(ids(project)) == 1


def test_the_next_of_a_series_is_news_though_only_one_of_those_before_it_has_not_come_back(project, site: PublisherSite) -> None:
    weeks = [post(number, title="The week in pictures") for number in range(1, 5)]
    project.configure(configured(site.put("/feed", rss(weeks[:3]))))
    project.once()
    before = (project.feeds / "all.json").read_text()
    project.lose_store()
    site.put("/feed", rss(weeks[1:3]))
    project.once()
    site.put("/feed", rss(weeks[1:4]))
    project.once()
    (fourth,) = (entry for entry in json.loads((project.feeds / "all.json").read_text())["items"] if entry["url"] == f"{BLOG}/4")
    assert fourth["id"] not in before


def test_an_id_that_is_repeated_names_an_entry_with_what_else_tells_it_apart(project, site: PublisherSite) -> None:
    project.configure(configured(site.put("/feed", rss([post(number, "0") for number in (1, 2, 3)]))))
    project.once()
    before = ids(project)
    project.lose_store()
    for path in project.feeds.glob("*.*"):
        path.unlink()
    site.put("/feed", rss([post(number, "0") for number in (2, 3, 4)]))
    project.once()
    after = ids(project)
    assert {title: after[title] for title in ("Title 2", "Title 3")} == {title: before[title] for title in ("Title 2", "Title 3")}
    assert after["Title 4"] not in before.values()


def test_an_archived_entry_is_known_by_its_words_when_title_address_and_date_have_changed(project, site: PublisherSite) -> None:
    heron = "Nobody saw the heron that stood on one leg beside the lantern while the council slept through its budget."
    posts = [post(1, text=heron), *(post(number, text=f"The voyage number {number} of many.") for number in range(2, 40))]
    project.configure(configured(site.put("/feed", rss(posts)), more="limit = 2\n"))
    project.once()
    archived = "".join(path.read_text() for path in (project.feeds / "all").glob("*.atom"))
    known = re.search(r"<id>(urn:uuid:[0-9a-f-]+)</id>\s*<title>Title 1</title>", archived)
    assert known is not None
    again = post(1, "z", "https://new.example/z", title="Another title", text=heron.replace("slept", "dozed"))
    site.put("/feed", rss([again.replace("01 Sep 2025 01", "02 Sep 2025 03")]))
    project.lose_store()
    project.once()
    assert ids(project) == {"Another title": known[1]}


def test_an_address_that_hundreds_of_sites_have_hides_nobodys_entry(project, site: PublisherSite) -> None:
    def everywhere(guid: str) -> str:
        return rss([item(1, "Weekly notes", guid=f"{guid}{n}", link=f"http://site{n}.example/?p=1") for n in range(230)])

    def told() -> dict[str, str]:
        documents = [project.feeds / "all.atom", *(project.feeds / "all").glob("*.atom")]
        found = re.findall(r"<entry>.*?<id>(.*?)</id>.*?(http://site\d+).*?</entry>", "".join(map(_text, documents)), re.S)
        return {host: id for id, host in found}

    project.configure(configured(site.put("/feed", everywhere("a"))))
    project.once()
    before = told()
    assert len(set(before.values())) == 230
    project.lose_store()
    site.put("/feed", everywhere("b"))
    project.once()
    assert told() == before


def _text(path: Path) -> str:
    return path.read_text("utf-8")
