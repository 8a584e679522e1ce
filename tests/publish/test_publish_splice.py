"""Entries that we write ourselves are, byte for byte, those that feedgen writes."""

from dataclasses import replace
from datetime import UTC

import pytest
from by_feedgen import document
from hypothesis import given
from hypothesis import strategies as st
from publish_values import CASES, case

from aggregator.model import Attribution, Category, Enclosure, FeedEntry, Link, Person
from aggregator.publish import atom, rss


@pytest.mark.parametrize("module", [atom, rss], ids=["atom", "rss"])
@pytest.mark.parametrize("name", CASES)
def test_the_spliced_document_is_the_whole_one(name: str, module: object) -> None:
    value = case(name)
    assert module.render(value).body == document(module, value)


TEXTS = st.text(st.sampled_from("ab <>&\"'\t\n\rä€😀\x00\ud800]\u2028"), max_size=8)
ADDRESSES = st.none() | st.builds("https://example.org/{}".format, TEXTS) | TEXTS
PEOPLE = st.lists(st.builds(Person, name=st.none() | TEXTS, email=st.none() | st.just("a@b.org"), uri=ADDRESSES), max_size=2)
CATEGORIES = st.lists(st.builds(Category, term=TEXTS, scheme=ADDRESSES, label=st.none() | TEXTS), max_size=2)
INSTANTS = st.datetimes(timezones=st.just(UTC))
ENTRIES = st.builds(
    FeedEntry,
    id=st.uuids().map("urn:uuid:{}".format),
    title=TEXTS,
    link=ADDRESSES,
    published=INSTANTS,
    updated=INSTANTS,
    summary=st.none() | TEXTS,
    content=st.none() | TEXTS,
    text=TEXTS,
    authors=PEOPLE.map(tuple),
    contributors=PEOPLE.map(tuple),
    categories=CATEGORIES.map(tuple),
    enclosures=st.lists(
        st.builds(Enclosure, href=ADDRESSES.map(str), type=st.none() | TEXTS, title=st.none() | TEXTS, length=st.none() | st.integers(0, 9)),
        max_size=2,
    ).map(tuple),
    links=st.lists(st.builds(Link, href=ADDRESSES.map(str), rel=st.sampled_from(["via", "self", "license"])), max_size=2).map(tuple),
    image=ADDRESSES,
    language=st.none() | TEXTS | st.just("de"),
    rights=st.none() | TEXTS,
    source=st.none() | st.builds(Attribution, title=st.none() | TEXTS, link=ADDRESSES, authors=PEOPLE.map(tuple), rights=TEXTS),
    comments=ADDRESSES,
    extra=st.dictionaries(st.sampled_from(["itunes:author", "itunes:image", "podcast:transcript"]), TEXTS, max_size=2),
)  # fmt: skip


@given(st.lists(ENTRIES, max_size=2))
def test_whatever_stands_in_entries_they_are_those_of_feedgen(entries: list[FeedEntry]) -> None:
    value = replace(case("empty"), entries=tuple(entries))
    for module in (atom, rss):
        assert module.render(value).body == document(module, value)
