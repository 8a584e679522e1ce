"""Our own feeds, read back for the ids that went out."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publish_values import CASES, case, entry, feed

from aggregator.model import Coverage, Plain, Url
from aggregator.publish.atom import whole
from aggregator.publish.formats import FORMATS
from aggregator.publish.legacy import Legacy, read
from aggregator.publish.lexical import one_line, uri


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_every_entry_of_every_format_is_read_back(name: str, format: str) -> None:
    made = case(name)
    rendered = FORMATS[format].render(made)
    found = read(rendered.body, format)
    shown = [one for one in made.entries if not any(one.id in sentence for sentence in rendered.quarantined)]
    assert [heir.entry_id for heir in found.heirs] == [one.id for one in shown]
    for heir, one in zip(found.heirs, shown, strict=True):
        assert (heir.published, heir.updated) == (whole(one.published), whole(one.updated))
        assert heir.told[0] == (one_line(one.title) or "Untitled", uri(one.link) or "")
    assert found.feed_id == (None if format == "rss" else made.id)


@pytest.mark.parametrize("format", ["atom", "json"])
def test_what_else_an_entry_told_is_read_too(format: str) -> None:
    other = Coverage(source=Plain("B: C"), title=Plain("Its title"), link=Url("https://b.example/1"))
    body = FORMATS[format].render(feed(replace(entry(), coverage=(other,)))).body
    (heir,) = read(body, format).heirs
    assert heir.told[1][1] == "https://b.example/1"
    assert heir.told[1][0].endswith("Its title")


@pytest.mark.parametrize("format", FORMATS)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_anything_else_says_nothing(format: str, body: bytes) -> None:
    assert read(body, format) == Legacy()


@pytest.mark.parametrize("format", FORMATS)
def test_a_date_that_utc_has_no_room_for_says_nothing(format: str) -> None:
    body = FORMATS[format].render(feed(entry())).body
    for date in re.findall(rb"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]+ \+0000", body):
        body = body.replace(date, b"Mon, 01 Jan 0001 00:00:00 +1400")
    for date in re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+(?:Z|\+00:00)", body):
        body = body.replace(date, b"0001-01-01T00:00:00+14:00")
    assert read(body, format).heirs == ()


@pytest.mark.parametrize("format", FORMATS)
def test_entries_of_others_are_none_of_ours(format: str) -> None:
    body = FORMATS[format].render(feed(entry(), id="https://x.example/")).body.replace(b"urn:uuid:", b"urn:other:")
    assert read(body, format).heirs == ()


@pytest.mark.parametrize(
    "body", [b"[]", b'{"items": 1}', b'{"items": [1]}', b'{"items": [], "_aggregator": 5}', b"{}", b"[" * 9999]
)
def test_json_of_another_shape_says_nothing(body: bytes) -> None:
    assert read(body, "json") == Legacy()
