import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.sources.jsonfeed import parse_jsonfeed

ADDRESS = "https://e.example/feed.json"
FIELDS = ["id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "date_published", "tags"]
FIELDS += ["date_modified", "author", "authors", "attachments", "language", "banner_image"]


def feed(**fields: object) -> bytes:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", **fields}).encode()


@pytest.mark.parametrize(
    "body",
    [b"[]", b"{}", b'{"items": {}}', b'{"items": [{}, 1, null]}', b"{", b"[" * 100_000, b'{"items":' + b"[" * 5_000],
    ids=repr,
)
def test_what_cannot_be_understood_is_a_parse_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        parse_jsonfeed(body, url=ADDRESS)


def test_an_empty_feed_is_a_feed() -> None:
    assert parse_jsonfeed(feed(items=[]), url=ADDRESS).entries == ()


def test_a_number_of_a_million_digits_costs_nothing() -> None:
    body = feed(items=[{"id": "x", "attachments": [{"url": "a", "size_in_bytes": 0}]}]).replace(
        b": 0}", b": " + b"9" * 1_000_000 + b"}"
    )
    assert parse_jsonfeed(body, url=ADDRESS).entries[0].enclosures[0].length is None


def test_lone_surrogates_are_replaced_and_pairs_are_joined() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "\\ud800", "title": "\\ud83d\\ude00"}]}'
    (entry,) = parse_jsonfeed(body, url=ADDRESS).entries
    assert entry.id == "?"
    assert entry.title
    assert entry.title.value == "😀"


@pytest.mark.parametrize(("given", "kept"), [(17, "17"), (1.5, "1.5"), (True, None), ([], None), ("  ", None), (" a ", "a")])
def test_an_id_is_a_string_or_a_number(given: object, kept: str | None) -> None:
    assert parse_jsonfeed(feed(items=[{"id": given, "title": "t"}]), url=ADDRESS).entries[0].id == kept


def test_items_beyond_a_thousand_are_left_out_and_said_to_be() -> None:
    parsed = parse_jsonfeed(feed(items=[{"id": str(number)} for number in range(1_200)]), url=ADDRESS)
    assert len(parsed.entries) == 1_000
    assert parsed.dropped == ("200 items after the first 1,000 were left out",)


def test_an_address_that_cannot_be_resolved_stays_as_it_is() -> None:
    (entry,) = parse_jsonfeed(feed(items=[{"id": "1", "url": "//[bad"}]), url=ADDRESS).entries
    assert entry.link == "//[bad"


def test_nan_and_infinity_are_nothing() -> None:
    body = b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": NaN, "title": "t", "attachments": [{"url": "a", "size_in_bytes": 1e999}]}]}'
    (entry,) = parse_jsonfeed(body, url=ADDRESS).entries
    assert entry.id is None
    assert entry.enclosures[0].length is None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "name", "size_in_bytes", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6) | VALUES, max_size=4))
def test_fields_of_any_type_never_raise_anything_but_a_parse_error(items: list[object]) -> None:
    try:
        parsed = parse_jsonfeed(feed(items=items), url=ADDRESS)
    except ParseError:
        return
    repr(parsed).encode()
