"""Feeds put together from the ledger and the store."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.curate.compose import attribute, entry, feed
from aggregator.model import (
    Attribution,
    Category,
    Enclosure,
    Html,
    Item,
    Link,
    Person,
    Plain,
    Publication,
    Site,
    Source,
    StoredItem,
    Topic,
    Url,
)

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SITE = Site(title="Ours", base_url="https://planet.example/")
TOPIC = Topic(slug="ai", title="AI", subtitle="What happens")


def publication(position, *, days=0, left=None):
    at = NOW - timedelta(days=days)
    return Publication(
        topic="ai", story=position, entry_id=f"urn:uuid:{position}", position=position, published=at, updated=at, left=left
    )


def stored(**facts):
    item = Item(native_id="1", link=Url("https://example.org/1"), title=Plain("One"), **facts)
    return StoredItem(pk=1, source_id="src", key="1", item=item, first_seen=NOW, dated=NOW, revised=NOW)


def test_the_updated_of_a_feed_is_the_newest_of_its_entries():
    entries = [
        entry(replace(publication(number), updated=NOW + timedelta(hours=hours)), stored(), attribute(None, None, "src"))
        for number, hours in [(3, 1), (2, 5), (1, 0)]
    ]
    made = feed(SITE, TOPIC, "urn:uuid:feed", NOW, entries)
    assert made.updated == NOW + timedelta(hours=5)
    assert [one.id for one in made.entries] == ["urn:uuid:3", "urn:uuid:2", "urn:uuid:1"]
    assert (made.slug, made.id, made.title, made.subtitle) == ("ai", "urn:uuid:feed", "AI", "What happens")


def test_the_updated_of_an_empty_feed_is_when_it_was_created():
    made = feed(SITE, Topic(slug="ai", title=" A\x00I\n "), "urn:uuid:feed", NOW, [])
    assert (made.updated, made.entries, made.title, made.subtitle) == (NOW, (), "A I", None)


def test_an_entry_carries_everything_of_its_item_and_the_ledger_has_the_dates():
    facts = {
        "summary": Html("<p>s</p>"),
        "content": Html("<p>c</p>"),
        "text": "c",
        "authors": (Person(name="A"),),
        "contributors": (Person(name="B"),),
        "categories": (Category(term="x"),),
        "enclosures": (Enclosure(href="https://example.org/a.mp3"),),
        "links": (Link(href="https://example.org/r", rel="related"),),
        "image": Url("https://example.org/i.png"),
        "language": "de",
        "rights": Plain("mine"),
        "comments": Url("https://example.org/1#c"),
        "extra": {"itunes:duration": "1"},
    }
    line = replace(publication(1, days=4), updated=NOW)
    made = entry(line, stored(**facts, published=NOW, updated=NOW), attribute(None, None, "src"))
    assert {name: getattr(made, name) for name in facts} == facts
    assert (made.id, made.title, made.link) == ("urn:uuid:1", "One", "https://example.org/1")
    assert (made.published, made.updated) == (NOW - timedelta(days=4), NOW)


SAID = Attribution(
    id=Plain("tag:example.org,2020:feed"),
    title=Plain("What it calls itself"),
    link=Url("https://example.org/"),
    self_link=Url("https://example.org/feed.xml"),
    updated=NOW,
)


def test_a_sources_attribution_is_carried_and_the_users_title_wins():
    named = Source(id="src", kind="feed", url="https://example.org/feed.xml", title="What the user calls it")
    assert entry(publication(1), stored(), attribute(SAID, named, "src")).source == replace(
        SAID, title=Plain("What the user calls it")
    )
    assert entry(publication(1), stored(), attribute(SAID, replace(named, title=None), "src")).source == SAID
    assert entry(publication(1), stored(), attribute(SAID, None, "src")).source == SAID


def test_an_items_own_source_is_kept_instead():
    inner = Attribution(id=Plain("urn:x"), title=Plain("Where it came from"))
    outer = attribute(SAID, Source(id="src", kind="feed", title="Ours"), "src")
    assert entry(publication(1), stored(source=inner), outer).source == inner


def test_a_source_that_says_nothing_is_called_by_its_id_and_known_by_its_address():
    made = attribute(None, Source(id="src", kind="feed", url="https://example.org/feed.xml"), "src")
    assert made == Attribution(
        id=Plain("https://example.org/feed.xml"), title=Plain("src"), self_link=Url("https://example.org/feed.xml")
    )
    assert attribute(None, None, "src") == Attribution(title=Plain("src"))
    assert attribute(None, Source(id="src", kind="folder", path="/home/me"), "src") == Attribution(title=Plain("src"))


SECRET = "https://example.org/feed/8f27e0b7bc8865828f27e0b7bc886582?token=hunter2"


@pytest.mark.parametrize("inner", [False, True])
def test_a_secret_address_is_never_published_and_the_sites_stands_for_it(inner):
    said = replace(SAID, id=Plain(SECRET), self_link=Url(SECRET), image=Url("https://u:p@example.org/i.png"))
    source = Source(id="src", kind="feed", url=SECRET)
    outer = attribute(None if inner else said, source, "src")
    made = entry(publication(1), stored(source=said) if inner else stored(), outer).source
    assert (made.id, made.link, made.self_link, made.image) == ("https://example.org/", "https://example.org/", None, None)
    assert "hunter2" not in repr(made)


def test_a_secret_configured_address_is_not_published_where_the_source_says_nothing():
    assert attribute(None, Source(id="src", kind="feed", url=SECRET), "src") == Attribution(title=Plain("src"))
    assert (
        attribute(replace(SAID, link=Url(SECRET), self_link=None), Source(id="src", kind="feed", url=SECRET), "src").link is None
    )
