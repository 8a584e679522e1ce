"""Faults that an adversarial reading of the program found, each mended and held here."""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.sources.adapter import load


def source(url: str, id: str = "one", **more: str) -> str:
    return f'[[source]]\nid = "{id}"\nurl = "{url}"\n' + "".join(f"{key} = {value}\n" for key, value in more.items())


def folder(**more: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n{lines}'


def topic(slug: str, query: str = "*", **more: str) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f"[[topic]]\nslug = \"{slug}\"\nquery = '{query}'\n{lines}"


def entries(project, slug: str = "all") -> list[dict]:
    return json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]


def titles(project, slug: str = "all") -> list[str]:
    return [entry["title"] for entry in entries(project, slug)]


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def posts(*numbers: int) -> str:
    return json.dumps(
        [
            {
                "id": number,
                "status": "publish",
                "type": "post",
                "guid": {"rendered": f"http://wp.example/?p={number}"},
                "link": f"http://wp.example/{number}",
                "date_gmt": f"2025-09-0{number}T10:00:00",
                "modified_gmt": f"2025-09-0{number}T10:00:00",
                "title": {"rendered": f"Post {number}"},
                "content": {"rendered": f"<p>Text {number}</p>", "protected": False},
            }
            for number in numbers
        ]
    )


def test_a_page_that_failed_once_is_asked_again_although_the_first_page_did_not_change(project, httpserver: HTTPServer) -> None:
    from werkzeug import Request, Response

    broken = True

    def answer(request: Request) -> Response:
        page = request.args.get("page", "1")
        if page == "2" and broken:
            return Response("later", status=500)
        body = posts(4, 3) if page == "1" else posts(2, 1)
        response = Response(body, headers={"X-WP-TotalPages": "2"}, content_type="application/json")
        response.add_etag()
        return response.make_conditional(request)

    httpserver.expect_request("/wp-json/wp/v2/posts").respond_with_handler(answer)
    url = httpserver.url_for("/wp-json/wp/v2/posts")
    project.configure(source(url, kind='"wordpress"', per_page="2") + topic("all"))
    assert project.once().sources[0].result == "failed"
    broken = False
    project.poll("one", force=True)
    assert sorted(titles(project)) == ["Post 1", "Post 2", "Post 3", "Post 4"]


def test_a_topic_that_comes_back_gets_what_came_meanwhile(project, site) -> None:
    url = site.put("/feed", rss([item(1)]))
    project.configure(source(url) + topic("all") + topic("other"))
    project.once()
    project.configure(source(url) + topic("other"))
    site.put("/feed", rss([item(2), item(1)]))
    project.once()
    project.configure(source(url) + topic("all") + topic("other"))
    project.once()
    assert titles(project) == ["Title 2", "Title 1"]


def test_what_left_by_age_does_not_return_to_a_topic_that_no_longer_matches_it(project, site) -> None:
    url = site.put("/feed", rss([item(1, title="Cats one"), item(2, title="Dogs two")]))
    with time_machine.travel("2025-09-01T09:00:00Z", tick=True) as clock:
        project.configure(source(url) + topic("all", max_age='"1d"'))
        project.once()
        clock.shift(timedelta(days=2))
        project.once()
        assert titles(project) == []
        project.configure(source(url) + topic("all", "cats"))
        project.once()
        assert titles(project) == ["Cats one"]


def test_updated_moves_with_a_change_that_was_made_while_the_entry_did_not_match(project, site) -> None:
    url = site.put("/feed", rss([item(1, title="Cats", text="first")]))
    project.configure(source(url) + topic("all", "cats"))
    project.once()
    first = entries(project)[0]
    site.put("/feed", rss([item(1, title="Dogs", text="second")]))
    project.once()
    assert titles(project) == []
    site.put("/feed", rss([item(1, title="Cats", text="third")]))
    project.once()
    third = entries(project)[0]
    assert third["id"] == first["id"]
    assert third["date_modified"] > first["date_modified"]
    site.put("/feed", rss([item(1, title="Cats", text="&lt;b&gt;third&lt;/b&gt;")]))
    project.once()
    assert entries(project)[0]["date_modified"] == third["date_modified"]


def test_narrowing_and_widening_again_brings_back_what_stood_there_and_nothing_older(project, site) -> None:
    url = site.put("/feed", rss([item(number) for number in range(1, 9)]))
    project.configure(source(url) + topic("first"))
    project.once()
    project.configure(source(url) + topic("first") + topic("all", limit="3"))
    project.once()
    before = titles(project)
    assert before == ["Title 8", "Title 7", "Title 6"]
    project.configure(source(url) + topic("first") + topic("all", "nothing", limit="3"))
    project.once()
    project.configure(source(url) + topic("first") + topic("all", limit="3"))
    assert {topic.slug: topic.added for topic in project.once().topics}["all"] == 0
    assert titles(project) == before


def test_a_widened_topic_is_not_filled_with_entries_older_than_those_it_shows(project, site) -> None:
    cats = [item(number, title=f"Cats {number}") for number in range(11, 16)]
    dogs = [item(number, title=f"Dogs {number}") for number in range(1, 6)]
    url = site.put("/feed", rss(cats + dogs))
    project.configure(source(url) + topic("all", "cats", limit="5"))
    project.once()
    before = titles(project)
    project.configure(source(url) + topic("all", "cats OR dogs", limit="5"))
    project.once()
    assert titles(project) == before


def test_a_topic_may_take_the_slug_of_a_removed_one_and_keeps_its_own_history(project, site) -> None:
    url = site.put("/feed", rss([item(1)]))
    project.configure(source(url) + topic("a") + topic("b"))
    project.once()
    ids = {entry["id"] for entry in entries(project, "b")}
    project.configure(source(url) + topic("b"))
    project.once()
    project.configure(source(url) + topic("a", was='["b"]'))
    project.once()
    assert {entry["id"] for entry in entries(project, "a")} == ids


def test_a_source_may_take_the_id_of_a_removed_one_without_delivering_twice(project, site) -> None:
    url = site.put("/feed", rss([item(1)]))
    other = site.put("/other", rss([item(2)]))
    project.configure(source(url, "a") + source(other, "b") + topic("all"))
    project.once()
    before = entries(project)
    project.configure(source(other, "b") + topic("all"))
    project.once()
    project.configure(source(other, "a", was='["b"]') + topic("all"))
    project.once()
    assert {entry["id"] for entry in entries(project)} == {entry["id"] for entry in before}


def test_two_clippings_of_one_address_both_stand_and_again_after_a_rebuild(project) -> None:
    clips = project.root / "clips"
    clips.mkdir()
    for name in ("a", "b"):
        (clips / f"{name}.md").write_text(
            f"---\ntitle: Quote {name}\nsource: http://x.example/page\npublished: 2025-09-01\n---\nText {name}\n"
        )
    project.configure(folder() + topic("all"))
    project.once()
    assert sorted(titles(project)) == ["Quote a", "Quote b"]
    before = project.published()
    os.utime(clips / "a.md")
    project.once()
    assert project.published() == before
    shutil.rmtree(project.feeds)
    project.lose_store()
    project.once()
    assert {name: body for name, body in project.published().items() if name.startswith("all.")} == {
        name: body for name, body in before.items() if name.startswith("all.")
    }


def test_one_entry_in_two_files_is_one_entry_and_does_not_change_in_the_same_run(project) -> None:
    clips = project.root / "clips"
    clips.mkdir()
    (clips / "a.xml").write_text(rss([item(1, text="from a")]))
    (clips / "b.xml").write_text(rss([item(1, text="from b")]))
    project.configure(folder() + topic("all"))
    report = project.once()
    assert (report.sources[0].new, report.sources[0].updated) == (1, 0)
    assert entries(project)[0]["date_modified"] == entries(project)[0]["date_published"]


def test_a_file_that_was_renamed_and_edited_is_taken_as_an_edit(project) -> None:
    clips = project.root / "clips"
    clips.mkdir()
    (clips / "a.md").write_text("---\ntitle: Note\nid: note\n---\nfirst\n")
    project.configure(folder() + topic("all"))
    project.once()
    (clips / "a.md").unlink()
    (clips / "b.md").write_text("---\ntitle: Note\nid: note\n---\nsecond\n")
    assert project.once().sources[0].updated == 1
    assert "second" in entries(project)[0]["content_html"]


@pytest.mark.skipif(os.name != "posix", reason="file names are bytes only there")
def test_file_names_that_are_no_text_stay_apart_and_end_no_run(project) -> None:
    clips = project.root / "clips"
    clips.mkdir()
    for name in (b"\xff.md", b"\xfe.md"):
        (clips / os.fsdecode(name)).write_text(f"Text of {name.hex()}")
    (clips / os.fsdecode(b"\xfd.md")).symlink_to("/etc/hostname")
    project.configure(folder() + topic("all"))
    report = project.once()
    assert report.sources[0].new == 2
    json.dumps([sentence.encode().decode() for sentence in report.sources[0].dropped])


def test_a_fault_in_the_code_of_one_kind_is_an_error_of_its_source(project, site, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a fault")

    monkeypatch.setattr(type(load("wordpress")), "requests", fail)
    url = site.put("/feed", rss([item(1)]))
    project.configure(source(url, "bad", kind='"wordpress"') + source(url, "good") + topic("all"))
    report = project.once()
    assert [(one.id, one.result) for one in report.sources] == [("bad", "failed"), ("good", "ok")]
    assert "a fault" in (report.sources[0].error or "")


def test_a_forgotten_item_keeps_its_identity(project, site) -> None:
    url = site.put("/feed", rss([item(1, guid="x", link="http://s.example/one")]))
    with time_machine.travel("2025-09-01T09:00:00Z", tick=True) as clock:
        project.configure('[store]\nkeep = "2d"\n' + source(url) + topic("all"))
        project.once()
        first = entries(project)[0]["id"]
        site.put("/feed", rss([item(9)]))
        project.once()
        for _ in range(5):
            clock.shift(timedelta(days=1))
            project.once()
        assert titles(project) == ["Title 9"]
        site.put("/feed", rss([item(1, guid="x", link="http://s.example/one"), item(2, guid="x", link="http://s.example/two")]))
        project.once()
        assert {entry["title"]: entry["id"] for entry in entries(project)}.get("Title 1", first) == first
        assert "Title 2" in titles(project)


def test_an_edit_of_an_entry_that_stood_twice_is_taken_once_it_stands_alone(project, site) -> None:
    one, two = item(1, text="one"), item(1, text="two")
    url = site.put("/feed", rss([one, two]))
    project.configure(source(url) + topic("all"))
    project.once()
    edited = item(1, text="edited")
    site.put("/feed", rss([edited, two]))
    project.once()
    site.put("/feed", rss([edited]))
    project.once()
    assert "edited" in json.dumps(entries(project)[0])


def test_insisting_on_a_failing_source_does_not_lengthen_its_backoff(project, site) -> None:
    project.configure(source(site.put("/feed", "down", status=500)) + topic("all"))
    project.once()
    for _ in range(4):
        project.poll("one", force=True)
    due = project.app().status().sources[0].due
    assert due is not None
    assert due - datetime.now(UTC) < timedelta(minutes=35)


def test_a_renamed_source_or_topic_without_was_is_told(project, site) -> None:
    url = site.put("/feed", rss([item(1)]))
    project.configure(source(url, "old") + topic("before"))
    project.once()
    project.configure(source(url, "new") + topic("after"))
    warnings = " ".join(project.once().warnings)
    assert "was = ['old']" in warnings
    assert "was = ['before']" in warnings
    assert project.once().warnings == ()
