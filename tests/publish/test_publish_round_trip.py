"""What feedparser, a parser of thousands of subscribers, reads from our feeds is what we put in."""

import calendar
import io
import json
import xml.sax.saxutils
from datetime import UTC, datetime
from typing import Any

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from publish_values import case, entry, feed

from aggregator.model import Attribution, Category, Enclosure, Feed, FeedEntry, Link, Person
from aggregator.publish.formats import FORMATS
from aggregator.publish.lexical import excerpt, one_line, uri

XML_SAFE = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=40)
ANY_TEXT = st.one_of(
    XML_SAFE, st.text(max_size=40), st.sampled_from(["]]>", "<b>&amp;</b>", "&#0;", "\x00", "\ud800", "a\r\nb\t"])
)
INSTANT = st.datetimes(timezones=st.just(UTC))


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def _entries(text: st.SearchStrategy[str]) -> st.SearchStrategy[FeedEntry]:
    address = _optional(
        text
        | st.builds("https://example.org/{}".format, text)
        | st.builds("http://{}.example.org/?{}#{}".format, text, text, text)
    )
    person = st.builds(Person, name=_optional(text), uri=address, email=_optional(text))
    people = st.lists(person, max_size=2).map(tuple)
    attribution = st.builds(
        Attribution, id=_optional(text), title=_optional(text), link=address, self_link=address, updated=_optional(INSTANT),
        language=_optional(text), rights=_optional(text), license=address, authors=people, image=address,
    )  # fmt: skip
    return st.builds(
        FeedEntry,
        id=st.uuids().map(lambda value: value.urn), title=text, link=address, published=INSTANT, updated=INSTANT,
        summary=_optional(text), content=_optional(text), text=text, authors=people, contributors=people,
        categories=st.lists(st.builds(Category, term=text, scheme=address, label=_optional(text)), max_size=2).map(tuple),
        enclosures=st.lists(
            st.builds(
                Enclosure, href=st.one_of(text, st.just("https://example.org/a.mp3")), type=_optional(text),
                length=_optional(st.integers()), title=_optional(text), medium=_optional(text),
                duration=_optional(st.floats(allow_nan=False, allow_infinity=False)), width=_optional(st.integers()),
            ), max_size=2).map(tuple),
        links=st.lists(st.builds(Link, href=text, rel=st.one_of(text, st.sampled_from(["related", "alternate"])), type=_optional(text), hreflang=_optional(text), title=_optional(text)), max_size=2).map(tuple),
        image=address, language=_optional(text), rights=_optional(text), source=_optional(attribution), comments=address,
        extra=st.dictionaries(st.sampled_from(["itunes:duration", "itunes:image", "podcast:transcript", "itunes:title", "x"]), text, max_size=2),
    )  # fmt: skip


def _feeds(text: st.SearchStrategy[str]) -> st.SearchStrategy[Feed]:
    return st.lists(_entries(text), max_size=2, unique_by=lambda value: value.id).map(lambda entries: feed(*entries))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_feeds(XML_SAFE))
def test_any_clean_feed_renders_whole_and_parses_back(value: Feed) -> None:
    wanted = [entry.id for entry in value.entries]
    for name, renderer in FORMATS.items():
        rendered = renderer.render(value)
        assert rendered.quarantined == ()
        assert _ids(name, rendered.body) == wanted


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(_feeds(ANY_TEXT))
def test_any_hostile_feed_renders_well_formed_and_tells_what_it_left_out(value: Feed) -> None:
    for name, renderer in FORMATS.items():
        rendered = renderer.render(value)
        assert len(_ids(name, rendered.body)) + len(rendered.quarantined) == len(value.entries)


def _ids(format: str, body: bytes) -> list[str]:
    if format == "json":
        return [item["id"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body)
    return [element.text for element in root.iterfind("{*}entry/{*}id" if format == "atom" else "channel/item/guid")]


def _instant(parsed: Any) -> datetime:
    return datetime.fromtimestamp(calendar.timegm(parsed), UTC)


@pytest.mark.parametrize("name", ["full", "podcast", "bare"])
@pytest.mark.parametrize("format", ["atom", "rss"])
def test_feedparser_reads_back_what_was_put_in(name: str, format: str) -> None:
    value = case(name)
    parsed = feedparser.parse(io.BytesIO(FORMATS[format].render(value).body), sanitize_html=False, resolve_relative_uris=False)
    assert not parsed.bozo
    assert parsed.feed.title == value.title
    assert parsed.feed.link == value.site.base_url
    assert _instant(parsed.feed.updated_parsed) == value.updated
    assert len(parsed.entries) == len(value.entries)
    for read, put in zip(parsed.entries, value.entries, strict=True):
        assert read.id == put.id
        assert read.get("link") == (uri(put.link) or (put.id if format == "atom" else None))  # its stand-in for a missing link
        assert _instant(read.published_parsed) == put.published.replace(microsecond=0)
        assert _instant(read.updated_parsed) == put.updated.replace(microsecond=0)
        if put.content and put.content != put.summary:
            assert put.content in [part.value for part in read.content]
        if put.summary and (put.content or format == "rss" or put.link):
            assert put.summary in (read.get("summary"), *[part.value for part in read.get("content", [])])
        _same_people(read, put, format)
        _same_categories(read, put, format)
        _same_enclosures(read, put, format)


def _same_people(read: Any, put: FeedEntry, format: str) -> None:
    if put.authors:
        names = [person.name or person.email for person in put.authors]
        assert [person.get("name") or person.get("email") for person in read.authors] == names
    if put.authors and format == "atom":
        assert [person.get("href") for person in read.authors] == [person.uri for person in put.authors]


def _same_categories(read: Any, put: FeedEntry, format: str) -> None:
    tags = [(tag.term, tag.scheme, tag.label) for tag in read.get("tags", [])]
    if format == "atom":
        assert tags == [(category.term, category.scheme, category.label) for category in put.categories]
    else:
        assert tags == [(category.label or category.term, category.scheme, None) for category in put.categories]


def _same_enclosures(read: Any, put: FeedEntry, format: str) -> None:
    wanted = [enclosure.href for enclosure in put.enclosures]
    found = [link.href for link in read.get("links", []) if link.rel == "enclosure"]
    if format == "atom":
        assert found == wanted
    else:
        others = [content["url"] for content in read.get("media_content", [])]
        assert len(found) <= 1
        assert set(found + others) == set(wanted)


def test_the_sound_is_the_enclosure_of_an_rss_item_and_the_rest_is_media() -> None:
    parsed = feedparser.parse(io.BytesIO(FORMATS["rss"].render(case("podcast")).body))
    assert parsed.entries[0].enclosures[0].type == "audio/mpeg"
    assert parsed.entries[0].enclosures[0].length == "12345678"
    assert parsed.entries[0].itunes_duration == "30:34"
    assert parsed.entries[1].enclosures == []
    assert parsed.entries[1].media_content[0]["url"] == "http://nas/11.mp3"


def test_json_feed_reads_back_what_was_put_in() -> None:
    value = case("full")
    document = json.loads(FORMATS["json"].render(value).body)
    assert next(iter(document)) == "version"
    first, second, third = document["items"]
    assert first["summary"] == "A short answer."
    assert first["tags"] == ["Herons", "legs"]
    assert first["attachments"] == [
        {"url": "https://herons.example.com/leg.jpg", "mime_type": "image/jpeg", "title": "One leg", "size_in_bytes": 34567}
    ]
    assert first["_aggregator"]["source"]["feed_url"] == "https://herons.example.com/feed.atom"
    assert [datetime.fromisoformat(item["date_modified"]) for item in document["items"]] == [
        put.updated.replace(microsecond=0) for put in value.entries
    ]
    assert second["url"] == "https://xn--vgel-5qa.example.de/artikel/eisvogel%20portr%C3%A4t"
    assert third["authors"] == [{"url": "mailto:dee@short.example.com"}]


def test_rss_describes_an_entry_that_has_only_content_by_the_start_of_its_text() -> None:
    text = "word & <word> " * 60
    body = FORMATS["rss"].render(feed(entry(1, content="<p>x</p>", text=text))).body
    item = etree.fromstring(body).find("channel/item")
    assert item.find("description").text == xml.sax.saxutils.escape(excerpt(text) or "")
    assert item.find("description").text.endswith("…")
    assert item.find("{*}encoded").text == "<p>x</p>"


def test_an_entry_title_is_one_line_of_plain_text() -> None:
    for renderer in FORMATS.values():
        assert b"a b" in renderer.render(feed(entry(1, title="a\n\t b"))).body
    assert one_line(" \n ") is None


def test_an_enclosure_whose_address_cannot_be_read_is_left_out_of_every_format() -> None:
    value = feed(entry(1, enclosures=(Enclosure(href="http://[::1/a.mp3"), Enclosure(href="https://example.org/b.unknown"))))
    for renderer in FORMATS.values():
        body = renderer.render(value).body
        assert b"a.mp3" not in body
        assert b"application/octet-stream" in body
