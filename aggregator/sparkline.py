"""A row of numbers as a picture the height of a line: in characters for a terminal, as bars for a page.

    text([0, 1, 4, None])  →  "▁▃█ "
    bars([0, 1, 4, None])  →  [Bar(0, 11, 1), Bar(1, 9, 3), Bar(2, 0, 12)]      x counts columns, y from the top

None is a day of which nothing is known, and leaves a gap.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

HEIGHT = 12
"""Units of a bar that stands for the largest number."""
_SIGNS = "▁▂▃▄▅▆▇█"


class Bar(NamedTuple):
    x: int
    y: int
    height: int


def text(values: Sequence[float | None]) -> str:
    """One sign for each number. Only zero is the lowest: what is little can still be told from nothing."""
    return "".join(" " if height is None else _SIGNS[height] for height in _scaled(values, len(_SIGNS) - 1))


def bars(values: Sequence[float | None]) -> list[Bar]:
    """One bar for each number that is known; zero is one unit high."""
    heights = _scaled(values, HEIGHT - 1)
    return [Bar(x, HEIGHT - height - 1, height + 1) for x, height in enumerate(heights) if height is not None]


def _scaled(values: Sequence[float | None], most: int) -> list[int | None]:
    """Each number as a part of the largest, from 0 to `most`, rounded up."""
    largest = max((value for value in values if value is not None), default=0.0)
    return [None if value is None else ceil(max(0.0, value) / largest * most) if largest > 0 else 0 for value in values]
