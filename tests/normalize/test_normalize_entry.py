"""Entries become items, whatever is in them."""

import math
from dataclasses import fields
from datetime import UTC, datetime
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import Category, Enclosure, Entry, FeedHeader, Item, Link, Person, Text
from aggregator.normalize import constructs
from aggregator.normalize.entry import normalize
from aggregator.normalize.header import attribute

BASE = "https://h.example/feed"
STRING = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    [
        "http://[::1",
        "javascript:alert(1)",
        "https://h.example/a?utm_source=x",
        "<script>x</script>",
        "2024-06-29",
        "\ud800",
        "a@b.example (Jo)",
        "x" * 5000,
    ]
)
MAYBE = st.none() | STRING
TEXT = st.builds(Text, value=STRING, type=st.sampled_from(["text", "html"]), language=MAYBE, base=MAYBE)
PERSON = st.builds(Person, name=MAYBE, uri=MAYBE, email=MAYBE)
HEADER = st.builds(
    FeedHeader, id=MAYBE, title=st.none() | TEXT, link=MAYBE, self_link=MAYBE, updated=MAYBE, language=MAYBE, rights=st.none() | TEXT,
    license=MAYBE, authors=st.tuples(PERSON), image=MAYBE, base=MAYBE,
)  # fmt: skip
NUMBER = st.none() | st.integers() | st.floats()
ENTRY = st.builds(
    Entry, id=MAYBE, link=MAYBE, title=st.none() | TEXT, summary=st.none() | TEXT, content=st.none() | TEXT, published=MAYBE, updated=MAYBE,
    authors=st.tuples(PERSON, PERSON), categories=st.lists(st.builds(Category, term=STRING, scheme=MAYBE, label=MAYBE), max_size=3).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, href=STRING, type=MAYBE, length=NUMBER, duration=NUMBER, medium=MAYBE, width=NUMBER), max_size=3).map(tuple),
    links=st.lists(st.builds(Link, href=STRING, rel=STRING, type=MAYBE, hreflang=MAYBE), max_size=3).map(tuple), image=MAYBE, language=MAYBE,
    rights=st.none() | TEXT, source=st.none() | HEADER, comments=MAYBE, base=MAYBE,
    extra=st.dictionaries(STRING | st.just("itunes:duration"), STRING, max_size=3),
)  # fmt: skip


def item(**given_: object) -> Item:
    return normalize(Entry(**given_), base=BASE, language=None, zone=UTC)  # type: ignore[arg-type]  # each test gives what Entry takes


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for pair in value.items() for text in pair]
    if isinstance(value, tuple):
        return [text for part in value for text in strings(part)]
    if hasattr(value, "__dataclass_fields__"):
        return [text for field in fields(value) for text in strings(getattr(value, field.name))]  # type: ignore[arg-type]  # it is one
    return []


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(ENTRY)
def test_any_entry_becomes_an_item_that_stands_in_xml(entry: Entry) -> None:
    made = normalize(entry, base=BASE, language="en", zone=UTC)
    assert made.title.strip()
    for text in strings(made):
        element = etree.Element("a")
        element.text = text
        etree.tostring(element)
    for url in (
        made.link,
        made.image,
        made.comments,
        *(link.href for link in made.links),
        *(media.href for media in made.enclosures),
    ):
        assert url is None or url.startswith(("http://", "https://"))
    assert (made.link is None) == (made.link_key is None)
    for moment in (made.published, made.updated):
        assert moment is None or moment.tzinfo is UTC
    for number in (*(media.length for media in made.enclosures), *(media.duration for media in made.enclosures)):
        assert number is None or (math.isfinite(number) and number >= 0)


def test_an_ordinary_entry_keeps_all_that_it_says() -> None:
    made = item(
        id=" tag:h.example,2024:1 ",
        link="/a?utm_source=rss&p=1",
        title=Text(value="A &amp; <b>B</b>", type="html"),
        summary=Text(value="short"),
        content=Text(value="<p><a href='x'>long</a></p>", type="html", base="/deep/", language="de"),
        published="Sat, 29 Jun 2024 19:28:00 GMT",
        updated="June 30, 2024",
        authors=(Person(name="Jo", uri="/jo", email="mailto:jo@h.example"),),
        categories=(Category(term="News"), Category(term="news"), Category(term="", label="Only a label"), Category(term=" ")),
        enclosures=(Enclosure(href="/a.mp3?x=1&utm_source=y", type="Audio/MPEG; q=1", length=12, duration=3.5, medium="audio"),),
        links=(
            Link(href="/via", rel="VIA", type="text/html", hreflang="en_US"),
            Link(href="/hub", rel="hub"),
            Link(href="x:y", rel="via"),
        ),
        image="/i.png",
        rights=Text(value="&copy; us", type="html"),
        source=FeedHeader(
            id="urn:x", title=Text(value="Other"), link="https://o.example/", updated="2024-01-01", self_link="/f?token=1"
        ),
        comments="#comments",
        base="/base/",
        extra={"itunes:duration": "1:00", "podcast:transcript": "javascript:x", "media:x": "y", "itunes:subtitle": " "},
    )
    assert made.native_id == "tag:h.example,2024:1"
    assert made.link == "https://h.example/a?p=1"
    assert made.link_key == "h.example/a?p=1"
    assert (made.title, made.untitled) == ("A & B", False)
    assert made.summary == "short"
    assert made.content == '<p><a href="https://h.example/deep/x" rel="noopener noreferrer">long</a></p>'
    assert made.text == "long"
    assert made.published == datetime(2024, 6, 29, 19, 28, tzinfo=UTC)
    assert (made.updated, made.guessed) == (datetime(2024, 6, 30, tzinfo=UTC), True)
    assert made.authors == (Person(name="Jo", uri="https://h.example/jo", email="jo@h.example"),)
    assert made.categories == (Category(term="News"), Category(term="Only a label", label="Only a label"))
    assert made.enclosures == (
        Enclosure(href="https://h.example/a.mp3?x=1&utm_source=y", type="audio/mpeg", length=12, duration=3.5, medium="audio"),
    )
    assert made.links == (Link(href="https://h.example/via", rel="via", type="text/html", hreflang="en-us"),)
    assert made.image == "https://h.example/i.png"
    assert made.language == "de"
    assert made.rights == "© us"
    assert made.source is not None
    assert (made.source.id, made.source.title, made.source.updated) == ("urn:x", "Other", datetime(2024, 1, 1, tzinfo=UTC))
    assert made.comments == "https://h.example/base/#comments"
    assert made.extra == {"itunes:duration": "1:00"}


def test_an_empty_entry_is_still_an_item() -> None:
    made = item()
    assert (made.title, made.untitled, made.native_id, made.link, made.text) == ("Untitled", True, None, None, "")


def test_an_entry_without_a_title_is_called_by_its_text() -> None:
    made = item(summary=Text(value="<p>Some words.</p>", type="html"), title=Text(value=" "))
    assert (made.title, made.untitled) == ("Some words.", True)


def test_a_summary_that_repeats_the_content_is_left_out() -> None:
    made = item(summary=Text(value="x"), content=Text(value="x", type="html"))
    assert (made.summary, made.content) == (None, "x")


def test_an_inner_source_that_says_nothing_is_none() -> None:
    assert item(source=FeedHeader(link="javascript:x")).source is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("g" * 1_000_000 + "1", "g" * 1_000_000 + "2"),
        ("caf\u00e9", "cafe\u0301"),
        ("a\x01", "a"),
        ("a\u202e", "a"),
        ("a\ud800", "a\ud801"),
        ("A", "a"),
        ("a b", "a  b"),
    ],
)
def test_distinct_ids_stay_distinct(one: str, other: str) -> None:
    first, second = item(id=one).native_id, item(id=other).native_id
    assert first != second
    assert first is not None
    assert len(first) <= 1000


def test_an_id_is_trimmed_and_an_empty_one_is_none() -> None:
    assert item(id=" x\n").native_id == "x"
    assert item(id=" \n").native_id is None


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Person(name="jo@h.example (Jo Doe)"), Person(name="Jo Doe", email="jo@h.example")),
        (Person(name="Jo Doe <jo@h.example>"), Person(name="Jo Doe", email="jo@h.example")),
        (Person(name="jo@h.example"), Person(email="jo@h.example")),
        (Person(name="<jo@h.example>"), Person(email="jo@h.example")),
        (Person(name="Jo", uri="javascript:x", email="no mail"), Person(name="Jo")),
        (Person(name="Jo", email="x" * 400), Person(name="Jo")),
    ],
)
def test_a_mail_address_is_taken_out_of_a_name(person: Person, expected: Person) -> None:
    assert constructs.persons((person,), BASE) == (expected,)


def test_lists_are_capped_and_without_doubles() -> None:
    assert len(constructs.categories(Category(term=f"c{n}") for n in range(100_000))) == constructs.MOST
    assert len(constructs.persons((Person(name="Jo"), Person(name=" Jo "), Person()), BASE)) == 1
    assert len(constructs.enclosures((Enclosure(href="/a"), Enclosure(href="/a", type="x/y")), BASE)) == 1
    assert len(constructs.links((Link(href="/a", rel="via"),) * 3, BASE)) == 1


@pytest.mark.parametrize(
    ("tag", "expected"), [("de_AT", "de-at"), (" EN ", "en"), ("x" * 60, None), ("english", None), ("", None), ("e n", None)]
)
def test_a_language_is_a_tag_in_lower_case(tag: str, expected: str | None) -> None:
    assert constructs.language(None, tag) == expected
    assert constructs.language("", tag, "fr") == (expected or "fr")


@pytest.mark.parametrize("value", ["text", "a/b c", "x" * 400 + "/y", None, "", "/"])
def test_what_is_no_media_type_is_none(value: str | None) -> None:
    assert constructs.media_type(value) is None


def test_a_header_becomes_an_attribution() -> None:
    made = attribute(
        FeedHeader(
            id="x" * 2000,
            title=Text(value="<i>T</i>", type="html"),
            link="/",
            license="/by",
            language="EN",
            base="/deep/",
            image="i.png",
        ),
        base=BASE,
        zone=UTC,
    )
    assert (made.id, made.title, made.link, made.license) == (None, "T", "https://h.example/", "https://h.example/by")
    assert (made.language, made.image) == ("en", "https://h.example/deep/i.png")


def test_the_cost_of_an_entry_is_bounded() -> None:
    start = process_time()
    big = "<p>&amp; é " * 300_000
    made = item(
        id=big, link=big, title=Text(value=big, type="html"), summary=Text(value=big), content=Text(value=big, type="html"), published=big,
        authors=tuple(Person(name=big, email=big, uri=big) for _ in range(200)), categories=tuple(Category(term=big, label=big) for _ in range(200)),
        extra={f"itunes:{'x' * n}": big for n in range(200)},
    )  # fmt: skip
    assert process_time() - start < 8
    assert sum(map(len, strings(made))) < 5_000_000
