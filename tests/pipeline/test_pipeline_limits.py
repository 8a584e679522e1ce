"""What a topic takes: how far back, of whom, how many, in which language."""

import json

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.store import database

SOURCE = '[[source]]\nid = "{id}"\nurl = "{url}"\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def topic(slug: str, **keys: object) -> str:
    return f'[[topic]]\nslug = "{slug}"\nstories = false\n' + "".join(
        f"{key} = {json.dumps(value)}\n" for key, value in keys.items()
    )


def titles(project, slug: str) -> list[str]:
    return [entry["title"] for entry in json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]]


def shelved(project, slug: str) -> dict[str, list[str]]:
    """Reason → titles, in the order of delivery."""
    found: dict[str, list[str]] = {}
    db = database.view(project.root / "aggregator.db")
    for reason, title in db.execute(
        "select coalesce(left_reason, ''), data ->> 'title' from publication join item on item.pk = lead where topic = ? order by position",
        [slug],
    ):
        found.setdefault(reason, []).append(title)
    db.close()
    return found


def test_what_a_back_fill_reaches_past_the_head_is_in_the_archives(project, site) -> None:
    source = SOURCE.format(id="one", url=site.put("/feed", rss([item(n) for n in range(1, 21)])))
    project.configure(source)
    project.once()
    project.configure(source + topic("new", limit=4, backfill="last 16"))
    project.once()
    assert titles(project, "new") == [f"Title {number}" for number in (20, 19, 18, 17)]
    archived = [
        entry["title"]
        for path in sorted((project.feeds / "new").glob("*.json"), key=lambda path: int(path.stem))
        for entry in reversed(json.loads(path.read_bytes())["items"])
    ]
    assert archived == [f"Title {number}" for number in range(5, 5 + len(archived))]
    assert len(archived) >= 10


@pytest.mark.parametrize(
    ("policy", "head", "past"),
    [
        (None, [8, 7, 6], []),
        ("none", [], []),
        ("last 1", [8], []),
        ("last 5", [8, 7, 6], [4, 5]),
        ("since 2025-09-02", [], []),
        ("since 2025-09-01", [8, 7, 6], [1, 2, 3, 4, 5]),
        ("since 100w", [8, 7, 6], [1, 2, 3, 4, 5]),
        ("since 1h", [], []),
    ],
)
def test_a_new_topic_takes_what_its_back_fill_reaches_and_the_head_stays_within_its_limit(
    project, site, policy, head, past
) -> None:
    source = SOURCE.format(id="one", url=site.put("/feed", rss([item(n) for n in range(1, 9)])))
    project.configure(source)
    project.once()
    keys = {"limit": 3} | ({"backfill": policy} if policy else {})
    project.configure(source + topic("new", **keys))
    project.once()
    assert titles(project, "new") == [f"Title {number}" for number in head]
    assert shelved(project, "new").get("backfill", []) == [f"Title {number}" for number in past]
    site.put("/feed", rss([item(n) for n in range(1, 10)]))
    project.once()
    assert titles(project, "new") == [f"Title {number}" for number in [9, *head][:3]]


def test_a_widened_topic_is_not_flooded_by_what_it_reaches(project, site) -> None:
    source = SOURCE.format(id="one", url=site.put("/feed", rss([item(n, "Cats" if n > 4 else "Dogs") for n in range(1, 9)])))
    project.configure(source + topic("pets", query="cats", limit=4, backfill="last 100"))
    project.once()
    before = json.loads((project.feeds / "pets.json").read_bytes())["items"]
    project.configure(source + topic("pets", query="cats OR dogs", limit=4, backfill="last 100"))
    report = project.once()
    assert json.loads((project.feeds / "pets.json").read_bytes())["items"] == before
    assert shelved(project, "pets") == {"": ["Cats"] * 4, "backfill": ["Dogs"] * 4}
    assert report.topics[0].entries == 4


def test_what_was_shelved_does_not_come_back_as_news_when_the_query_changes_to_and_fro(project, site) -> None:
    source = SOURCE.format(id="one", url=site.put("/feed", rss([item(n) for n in range(1, 9)])))
    project.configure(source)
    project.once()
    for query in ("text", "title:9", "text", "number"):
        project.configure(source + topic("new", query=query, limit=3, backfill="last 100"))
        project.once()
        assert titles(project, "new") == ([] if query == "title:9" else ["Title 8", "Title 7", "Title 6"])


def test_a_quota_lets_in_so_many_of_a_source_and_day_and_shelves_the_rest(project, site) -> None:
    one = SOURCE.format(id="one", url=site.put("/one", rss([item(n, f"One {n}") for n in (1, 2, 3, 25)])))
    two = SOURCE.format(id="two", url=site.put("/two", rss([item(n, f"Two {n}") for n in (4, 5)])))
    project.configure(one + two + topic("all", quota=2))
    project.once()
    assert titles(project, "all") == ["One 25", "Two 5", "Two 4", "One 2", "One 1"]
    assert shelved(project, "all")["quota"] == ["One 3"]
    site.put("/two", rss([item(n, f"Two {n}") for n in (4, 5, 6, 30)]))
    project.once()
    assert titles(project, "all") == ["Two 30", "One 25", "Two 5", "Two 4", "One 2", "One 1"]
    assert shelved(project, "all")["quota"] == ["One 3", "Two 6"]
    project.configure(one + two + topic("all"))
    project.once()
    assert len(titles(project, "all")) == 6


def test_a_topic_takes_its_languages_and_what_declares_none(project, site) -> None:
    def declared(language: str) -> str:
        return rss([item(1, f"In {language or 'none'}", guid=language)]).replace(
            "<description>", f"<language>{language}</language><description>", 1
        )

    sources = "".join(
        SOURCE.format(id=f"s{place}", url=site.put(f"/{place}", declared(one))) for place, one in enumerate(["en-GB", "de", ""])
    )
    project.configure(sources + topic("english", languages=["en"]) + topic("declared", languages=["en"], query="lang:*"))
    project.once()
    assert sorted(titles(project, "english")) == ["In en-GB", "In none"]
    assert titles(project, "declared") == ["In en-GB"]
    project.configure(sources + topic("english", languages=["de"]))
    project.once()
    assert sorted(titles(project, "english")) == ["In de", "In none"]
