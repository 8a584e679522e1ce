"""Long texts are normalized in pieces, and nobody can tell."""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aggregator.compatible as module
from aggregator.compatible import compatible
from aggregator.curate.tokens import words
from aggregator.dedupe.hashes import substance
from aggregator.dedupe.migration import folded
from aggregator.dedupe.sketch import sketch
from aggregator.model import Item, Plain
from aggregator.stories.words import fold

# Latin and its marks out of order, Hangul in parts, Kannada vowels in three parts, half-width kana, ligatures, Greek, Thai, Tamil.
LETTERS = "ae \u0301\u0323\u0327\u0345ﬁ½é한\u1112\u1161\u11ab\u0cc6\u0cc2\u0cd5ｶﾞﾟがか\u3099ΑΩกำ\u0b95\u0bc6\u0bbe"
ITEM = Item(native_id="1", link=None, title=Plain("A title"))


@given(st.text(LETTERS, max_size=60))
def test_pieces_give_what_the_whole_gives(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE", 3)
        assert compatible(text) == normalize("NFKC", text)


@pytest.mark.parametrize("text", ["Ünï „çodé“ ﬁne ½ ", "日本語のニュースｶﾞ", "한국어\u1112\u1161\u11ab", "\u0cc6\u0cc2\u0cd5"])
@pytest.mark.parametrize("before", range(4))
def test_long_texts_are_what_they_were(text: str, before: int) -> None:
    long = "x" * before + text * 800
    assert compatible(long) == normalize("NFKC", long)


@pytest.mark.parametrize("reads", [words, fold, sketch, folded, lambda text: substance(replace(ITEM, text=text))])
def test_no_reader_of_a_text_normalizes_a_run_of_marks_in_one_piece(reads: Callable[[str], object]) -> None:
    hostile = "a" + "\u0301" * 5_000 + "\u0323" * 5_000  # of 80,000, the interpreter is held for 7 s
    lengths: list[int] = []

    def recorded(form: Literal["NFKC"], text: str) -> str:
        lengths.append(len(text))
        return normalize(form, text)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "normalize", recorded)
        reads(hostile)
    assert sum(lengths) >= len(hostile)
    assert max(lengths) <= module.PIECE + 64
