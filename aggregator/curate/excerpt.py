"""The start of a text that ends where a sentence does, in any language.

    excerpt(text, width) → whole sentences, at most `width` wide; of a longer first sentence whole words and an ellipsis

Han, kana and hangul count double: they say as much in half the signs.
"""

import re
from itertools import accumulate
from unicodedata import east_asian_width

WIDTH = 300
"""Columns: about fifty words, what WordPress and most readers show as a summary."""

_WIDE = "。！？｡．"
"""Full stops that need no space after them."""
_NARROW = ".!?…؟۔।॥։።፧။។"
_CLOSING = "\"'”’»›)]}」』）】》〉"
_END = re.compile(rf"(?:[{_WIDE}][{_WIDE}{re.escape(_CLOSING)}]*|[{_NARROW}]+[{re.escape(_CLOSING)}]*(?=\s|$))|(?=\n)")
_ABBREVIATED = re.compile(
    r"(?:\b\w|\b(?:mr|mrs|ms|hr|fr|dr|prof|st|no|nr|vs|etc|cf|ca|ed|eds|fig|vol|pp|inc|ltd|co|corp|jr|sr|gen|sen|rep|gov|bzw|usw|evtl"
    r"|ggf|inkl|abs|art|sog|dipl|ing|mme|mlle|sra|dra|approx|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez))\.$",
    re.IGNORECASE,
)
"""A stop that ends a word: an initial or a letter (`U.S.`, `z. B.`), and words that are hardly ever written out."""
_ORDINAL = re.compile(r"(?:^|\s)\d{1,3}\.$")
"""`3. Oktober`: the stop belongs to the number."""


def excerpt(text: str, width: int = WIDTH) -> str:
    """Return the first sentences of `text` that fit into `width` columns, paragraphs kept apart by newlines.

    A text that fits is returned whole. If not even the first sentence fits: its first words and an ellipsis.
    """
    text = "\n".join(filter(None, (" ".join(line.split()) for line in text[: 8 * width].splitlines())))
    room = _room(text, width)
    if room == len(text):
        return text
    ends = [match.end() for match in _END.finditer(text, 0, room + 1) if match.end() <= room and _ends(text, match)]
    if ends and ends[-1]:
        return text[: ends[-1]].strip()
    cut = text[: _room(text, width - 1)]
    words = cut.rpartition(" ")[0]
    # A sentence without spaces (Chinese, Thai, an address) is cut anywhere.
    return f"{(words if 2 * len(words) > len(cut) else cut).rstrip()}…"


def _room(text: str, width: int) -> int:
    """How many characters from the start fit into `width` columns."""
    columns = accumulate(2 if east_asian_width(char) in "WF" else 1 for char in text)
    return next((place for place, reached in enumerate(columns) if reached > width), len(text))


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether a sentence ends here, and not only a word."""
    before, after = text[: match.end()], text[match.end() :].lstrip(" ")
    if match.group().rstrip(_CLOSING) != "." or after.startswith("\n") or not after:
        return True
    if after[0].islower() or after[0] in ",;:":
        return False
    return not (_ABBREVIATED.search(before[-12:]) or _ORDINAL.search(before[-6:]))
