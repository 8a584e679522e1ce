"""The index over stored items is in step with them, whoever filed them."""

import json

from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.model import Topic
from aggregator.pipeline import backfill
from aggregator.store import database, items, search


def found(project, query: str) -> list[str]:
    db = database.view(project.root / "aggregator.db")
    try:
        pks = backfill.find(db, [Topic(slug="t", title="T", query=query)])["t"]
        return sorted(one.item.title for one in items.get(db, pks))
    finally:
        db.close()


def test_a_store_that_another_version_filed_is_filed_anew_at_the_start(project, httpserver: HTTPServer) -> None:
    url = PublisherSite(httpserver).put("/feed", rss([item(1, "Cats"), item(2, "Dogs")]))
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\n')
    project.once()
    assert found(project, "cats") == ["Cats"]
    with database.visit(project.root / "aggregator.db") as db:
        db.execute("delete from search")
        project.once(force=False)
        assert found(project, "cats") == [], "the index is used: no item is looked at that it does not name"
        search.made(db, "0")
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\n[[topic]]\nslug = "pets"\nstories = false\nquery = "cats"\n')
    project.once(force=False)
    assert found(project, "cats") == ["Cats"]
    assert [entry["title"] for entry in json.loads((project.feeds / "pets.json").read_bytes())["items"]] == ["Cats"]


def test_an_edited_item_is_found_by_what_it_says_now(project, httpserver: HTTPServer) -> None:
    site = PublisherSite(httpserver)
    project.configure(f'[[source]]\nid = "one"\nurl = "{site.put("/feed", rss([item(1, "Cats")]))}"\n')
    project.once()
    site.put("/feed", rss([item(1, "Dogs")]))
    project.once()
    assert (found(project, "cats"), found(project, "dogs"), found(project, "-zebra")) == ([], ["Dogs"], ["Dogs"])
