"""Numbers as pictures the height of a line."""

from hypothesis import given
from hypothesis import strategies as st

from aggregator.sparkline import HEIGHT, bars, text

NUMBERS = st.lists(st.none() | st.floats(0, 1e9), max_size=40)


def test_the_largest_is_the_highest_and_what_is_unknown_is_a_gap() -> None:
    assert text([0, 1, 4, None]) == "▁▃█ "
    assert [tuple(bar) for bar in bars([0, 1, 4, None])] == [(0, 11, 1), (1, 8, 4), (2, 0, 12)]


def test_nothing_but_zeros_is_a_flat_line_and_little_is_more_than_nothing() -> None:
    assert (text([0, 0]), text([]), text([None])) == ("▁▁", "", " ")
    assert text([0, 0.001, 1000]) == "▁▂█"


@given(NUMBERS)
def test_every_number_has_its_place_and_no_bar_leaves_the_picture(values: list[float | None]) -> None:
    assert len(text(values)) == len(values)
    made = bars(values)
    assert [bar.x for bar in made] == [place for place, value in enumerate(values) if value is not None]
    assert all(bar.y >= 0 and bar.height >= 1 and bar.y + bar.height == HEIGHT for bar in made)
