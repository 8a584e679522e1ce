"""Our own extension of JSON Feed, read back whatever stands in its place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Category, FeedHeader, Link, Person
from aggregator.sources import jsonextension
from aggregator.sources.jsonextension import Extension
from aggregator.sources.jsonfeed import parse_jsonfeed

ITEM = {
    "id": "1",
    "content_text": "x",
    "authors": [{"name": "Ada", "url": "mailto:ada@example.org"}],
    "tags": ["Herons"],
    "_aggregator": {
        "source": {"id": "tag:example.org,2020:f", "title": "Herons", "authors": [{"name": "Staff"}], "icon": "/i.ico",
                   "categories": [{"term": "birds"}], "contributors": [{"name": "Lou"}], "feed_url": "f.atom"},
        "contributors": [{"name": "Cy"}, {"name": 3}, "no"],
        "categories": [{"term": "ardea", "scheme": "https://example.org/taxa", "label": "Herons"}, {"label": "no term"}],
        "links": [{"rel": "replies", "href": "/c", "type": "text/html"}, {"rel": "via", "href": "https://v.example/"}, {"rel": "x"}],
        "rights": "mine",
    },
}  # fmt: skip


def test_what_json_feed_has_no_key_for_comes_back() -> None:
    (entry,) = parse_jsonfeed(json.dumps({"items": [ITEM]}).encode(), url="https://p.example/a.json").entries
    assert entry.authors == (Person(name="Ada", email="ada@example.org"),)
    assert entry.contributors == (Person(name="Cy"),)
    assert entry.categories == (Category(term="ardea", scheme="https://example.org/taxa", label="Herons"),)
    assert entry.links == (Link(href="https://v.example/", rel="via"),)
    assert entry.comments == "https://p.example/c"
    assert entry.rights is not None
    assert entry.rights.value == "mine"
    assert isinstance(entry.source, FeedHeader)
    assert (entry.source.id, entry.source.icon) == ("tag:example.org,2020:f", "https://p.example/i.ico")
    assert (entry.source.self_link, entry.source.contributors) == ("https://p.example/f.atom", (Person(name="Lou"),))


@pytest.mark.parametrize(
    "value", [None, [], "text", 7, {}, {"source": []}, {"links": {}, "categories": 1, "contributors": [None]}]
)
def test_what_is_not_ours_says_nothing(value: object) -> None:
    assert jsonextension.read(value, "https://p.example/") == Extension()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["source", "links", "href", "rel", "term", "categories", "authors", "name", "url"]), inner
        )
    ),
    max_leaves=12,
)


@given(VALUES)
def test_whatever_stands_there_is_read_without_an_error(value: object) -> None:
    assert isinstance(jsonextension.read(value, "https://p.example/"), Extension)
