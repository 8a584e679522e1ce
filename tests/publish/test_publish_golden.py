"""Golden pairs: a feed as JSON, and its bytes in every format. `UPDATE_GOLDEN=1 pytest` writes them anew."""

import json
import os

import pytest
from publish_values import CASES, FIXTURES, case

from aggregator.publish.formats import FORMATS


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_a_feed_renders_to_its_golden_bytes(name: str, format: str) -> None:
    rendered = FORMATS[format].render(case(name))
    golden = FIXTURES / f"{name}.golden.{FORMATS[format].SUFFIX}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_bytes(rendered.body)
    assert rendered.body.decode() == golden.read_text("utf-8")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", CASES)
def test_two_renders_of_one_feed_are_byte_equal(name: str, format: str) -> None:
    assert FORMATS[format].render(case(name)) == FORMATS[format].render(case(name))


@pytest.mark.parametrize("format", FORMATS)
def test_an_entry_that_no_document_can_hold_is_left_out_with_a_sentence_and_the_others_stay(format: str) -> None:
    rendered = FORMATS[format].render(case("hostile"))
    assert len(rendered.quarantined) == 1
    assert "U+0007" in rendered.quarantined[0]
    assert "…7a11".removeprefix("…") in rendered.quarantined[0]
    assert b"3f0f7a11" not in rendered.body
    assert b"3f0f7a12" in rendered.body
    assert b"3f0f7a13" in rendered.body


def test_every_case_has_a_golden_file_for_every_format() -> None:
    wanted = {f"{name}.golden.{renderer.SUFFIX}" for name in CASES for renderer in FORMATS.values()}
    assert wanted == {path.name for path in FIXTURES.glob("*.golden.*")}
    assert all(json.loads(FIXTURES.joinpath(f"{name}.json").read_text("utf-8")) for name in CASES)
