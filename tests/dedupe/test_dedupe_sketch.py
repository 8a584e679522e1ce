"""Sketches of texts: edits keep half of them, other texts none."""

import random

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.sketch import SAME, SHORTEST, SIZE, sketch

CHANCE = random.Random(1)
WORDS = ["".join(CHANCE.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(5_000)]


def text(count: int = 40) -> list[str]:
    return CHANCE.choices(WORDS, k=count)


def alike(one: str, other: str) -> int:
    return len(set(sketch(one)) & set(sketch(other)))


def test_an_edited_text_is_the_same_and_another_is_not() -> None:
    for _ in range(100):
        words = text()
        edited = words.copy()
        edited[CHANCE.randrange(40)] = "changed"
        edited.insert(CHANCE.randrange(40), "added")
        assert alike(" ".join(words), " ".join(edited)) >= SAME
        assert alike(" ".join(words), " ".join(text())) == 0


def test_case_punctuation_and_spaces_do_not_count() -> None:
    words = text()
    assert sketch(" ".join(words)) == sketch(",\n".join(words).upper())


def test_a_short_text_says_nothing() -> None:
    assert sketch(" ".join(WORDS[: SHORTEST - 1])) == ()
    assert sketch("") == ()
    assert len(sketch(" ".join(WORDS[:SHORTEST]))) == SHORTEST - 2


@given(st.text(max_size=400))
def test_a_sketch_is_a_few_numbers_that_the_store_can_hold(value: str) -> None:
    found = sketch(value)
    assert len(found) <= SIZE
    assert list(found) == sorted(set(found))
    assert all(0 <= number < 2**63 for number in found)
