"""Per source and topic: what an edit does to a published entry, and how much of an item is published."""

import json
import re

import pytest
import time_machine
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.model import Source, Topic
from aggregator.pipeline.policies import Policies, policies

SLUGS = ("plain", "bump", "silent", "ignore")
TOPICS = "".join(
    f'[[topic]]\nslug = "{slug}"\nquery = "word"\n' + (f'updates = "{slug}"\n' if slug != "plain" else "") for slug in SLUGS
)


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def source(url: str, **more: str) -> str:
    return f'[[source]]\nid = "s"\nurl = "{url}"\n' + "".join(f'{key} = "{value}"\n' for key, value in more.items())


def entry(project, slug: str) -> dict[str, str]:
    found = json.loads((project.feeds / f"{slug}.json").read_bytes())["items"]
    return found[0] if found else {}


def edited(project, site: PublisherSite, updates: str = "") -> dict[str, tuple[str, bool]]:
    """Text of each topic's entry after an edit, and whether its `updated` moved."""
    more = {"updates": updates} if updates else {}
    with time_machine.travel("2025-09-02T09:00:00Z", tick=True) as clock:
        project.configure(source(site.put("/feed", rss([item(1, text="first word")])), **more) + TOPICS)
        project.once()
        before = {slug: entry(project, slug) for slug in SLUGS}
        site.put("/feed", rss([item(1, text="second word")]))
        clock.shift(3600)
        project.once()
        after = {slug: entry(project, slug) for slug in SLUGS}
    assert all(after[slug]["id"] == before[slug]["id"] for slug in SLUGS)
    assert all(after[slug]["date_published"] == before[slug]["date_published"] for slug in SLUGS)
    return {
        slug: (after[slug]["content_html"].split()[0], after[slug]["date_modified"] > before[slug]["date_modified"])
        for slug in SLUGS
    }


@pytest.mark.parametrize("of_source", ["", "bump", "silent", "ignore"])
def test_a_topic_s_setting_replaces_its_source_s(project, site: PublisherSite, of_source: str) -> None:
    does = {"bump": ("second", True), "silent": ("second", False), "ignore": ("first", False)}
    found = edited(project, site, of_source)
    assert found == {"plain": does[of_source or "bump"], **does}


def test_what_was_published_stays_in_a_topic_that_ignores_edits_even_if_its_query_no_longer_matches(
    project, site: PublisherSite
) -> None:
    project.configure(source(site.put("/feed", rss([item(1, text="first word")]))) + TOPICS)
    project.once()
    before = (project.feeds / "ignore.atom").read_bytes()
    for text in ("another", "and another"):
        site.put("/feed", rss([item(1, text=text)]))
        project.once()
    assert (project.feeds / "ignore.atom").read_bytes() == before
    assert entry(project, "silent") == {}
    project.configure(
        source(site.put("/feed", rss([item(1, text="last word")]))) + TOPICS.replace('"ignore"\nq', '"new"\nwas = ["ignore"]\nq')
    )
    project.once()
    assert "first word" in entry(project, "new")["content_html"]
    project.configure(project.config.read_text().split("[[source]]")[1].replace("updates", "#").join(["[[source]]", ""]))
    project.once()
    assert "last word" in entry(project, "new")["content_html"]


LONG = "One sentence. " + "More of it, as long as it takes. " * 20 + "The very end."


def fed(project, slug: str) -> str:
    return "".join((project.feeds / f"{slug}.{suffix}").read_text() for suffix in ("atom", "rss", "json"))


def test_how_much_is_published_is_the_topic_s_word_then_the_source_s_then_the_licence_s(project, site: PublisherSite) -> None:
    feed = rss([item(1, text=LONG)]).replace("<description>d<", "<copyright>All rights reserved</copyright><description>d<")
    url = site.put("/feed", feed)
    topics = "".join(
        f'[[topic]]\nslug = "{slug}"\n' + (f'republish = "{slug}"\n' if slug != "plain" else "")
        for slug in ("plain", "full", "excerpt", "title")
    )
    shown = {"full": (True, True), "excerpt": (True, False), "title": (False, False)}
    for setting, plain in (({}, "excerpt"), ({"republish": "full"}, "full"), ({"republish": "title"}, "title")):
        project.configure(source(url, **setting) + topics)
        project.once()
        found = {
            slug: ("One sentence." in fed(project, slug), "The very end." in fed(project, slug)) for slug in ("plain", *shown)
        }
        assert found == {"plain": shown[plain], **shown}
        for slug in found:
            assert "Title 1" in fed(project, slug)
            assert "All rights reserved" in fed(project, slug), "the rights are carried, however much is published"
    assert re.search(r"takes\.</p>", fed(project, "excerpt").replace("&lt;", "<").replace("&gt;", ">"))


def test_a_licence_is_carried_to_every_format(project, site: PublisherSite) -> None:
    by = "https://creativecommons.org/licenses/by-sa/4.0/"
    module = 'xmlns:creativeCommons="http://backend.userland.com/creativeCommonsRssModule"'
    feed = rss([item(1, text=LONG)]).replace("<rss ", f"<rss {module} ")
    feed = feed.replace(
        "<link>http://source.example/</link>",
        f"<link>http://source.example/</link><creativeCommons:license>{by}</creativeCommons:license>",
    )
    project.configure(source(site.put("/feed", feed)) + '[[topic]]\nslug = "all"\n')
    project.once()
    atom, rss_, json_ = ((project.feeds / f"all.{suffix}").read_text() for suffix in ("atom", "rss", "json"))
    assert atom.count(f'<link rel="license" href="{by}"/>') == 2, "of the entry and of its source"
    assert f"<creativeCommons:license>{by}</creativeCommons:license>" in rss_
    assert f'<atom:link rel="license" href="{by}"/>' in rss_
    extension = json.loads(json_)["items"][0]["_aggregator"]
    assert extension["links"] == [{"rel": "license", "href": by}]
    assert extension["source"]["license"] == by
    assert "The very end." in json_


def test_a_source_that_is_no_longer_configured_has_the_defaults() -> None:
    assert Policies().updates("t", "s") == "bump"
    assert Policies().republish("t", "s") is None


def test_only_what_changes_the_look_of_an_entry_changes_the_signature() -> None:
    def signature(**settings: str) -> str:
        return policies(
            [Source(id="s", kind="feed", **settings), Source(id="t", kind="feed")], [Topic(slug="x", title="X")]
        ).signature  # type: ignore[arg-type]  # settings are right

    assert signature() == signature(updates="silent") == Policies().signature
    assert len({signature(), signature(updates="ignore"), signature(republish="title"), signature(republish="full")}) == 4
