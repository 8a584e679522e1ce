"""Strings that XML, terminals and people can bear."""

import sys
import unicodedata
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.normalize.characters import _UNWANTED, composed, cut, fold, line, safe

ANYTHING = st.text(st.characters(exclude_categories=()))
FORBIDDEN = [0x00, 0x01, 0x08, 0x0B, 0x0C, 0x1F, 0x7F, 0xD800, 0xFDD0, 0xFEFF, 0xFFFE, 0xFFFF, 0x202E, 0x2066, 0x2069, 0x2028]


@given(ANYTHING)
def test_a_safe_string_stands_in_xml(value: str) -> None:
    text = safe(value)
    assert etree.fromstring(f"<a>{text.replace('&', '').replace('<', '').replace('>', '')}</a>".encode()).tag == "a"
    assert safe(text) == text


@pytest.mark.parametrize("code", FORBIDDEN)
def test_what_xml_forbids_or_what_reorders_text_is_gone(code: int) -> None:
    assert chr(code) not in safe(f"a{chr(code)}b")


def test_pairs_of_surrogates_become_the_character_they_mean_and_lone_ones_go() -> None:
    assert safe("a\ud83d\ude00b\ud83d c\ude00") == "a😀b c"


def test_numbers_from_windows_become_the_characters_they_mean() -> None:
    assert safe("it\x92s \x93fine\x94\x81") == "it’s “fine”"


def test_line_ends_are_newlines() -> None:
    assert safe("a\r\nb\rc\x85d") == "a\nb\nc\nd"


@given(ANYTHING, st.integers(5, 60))
def test_a_line_is_one_line_within_its_limit_and_composed(value: str, limit: int) -> None:
    text = line(value, limit)
    assert len(text) <= limit
    assert text == " ".join(text.split())
    assert unicodedata.is_normalized("NFC", text.removesuffix("…"))


def test_cutting_ends_at_a_word_and_does_not_leave_a_comma_behind() -> None:
    assert cut("one two, three four", 12) == "one two…"
    assert cut("one two", 7) == "one two"
    assert cut("one two three", 8) == "one two…"


def test_a_word_without_an_end_is_cut_where_the_limit_is() -> None:
    assert cut("x" * 30, 10) == "x" * 9 + "…"


def test_whitespace_of_every_kind_folds_to_a_space() -> None:
    assert fold("  a \u00a0\u2003\n\tb ") == "a b"


@given(
    st.lists(st.sampled_from([" ", "a", "é", "\n", "\t", "\x1c", "\x85", "\xa0", "\u2028", "\u3000", "\u200b", "\0"])).map(
        "".join
    )
)
def test_folding_is_splitting_and_joining(value: str) -> None:
    assert fold(value) == " ".join(value.split())


def test_what_is_printable_is_wanted_and_the_space_its_only_whitespace() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1) if chr(code).isprintable()]
    assert {character for character in every if character.isspace()} == {" "}
    assert not any(_UNWANTED.match(character) for character in every)


def test_composing_costs_linear_time_however_many_marks_are_stacked() -> None:
    start = process_time()
    composed("e" + "\u0327\u0301" * 500_000)
    assert process_time() - start < 8


def test_what_is_composed_already_is_returned_as_it_is() -> None:
    assert composed("é") == "é"
    assert composed("e\u0301") == "é"
