"""Text as a query sees it: folded, then cut into whole tokens.

    "OpenAI’s GPT-4 beats C++ in 北京"  ─words→  openai s gpt 4 beats c++ in 北 京

A token is a run of letters, marks and digits; whatever else stands between is a gap. A term that holds a gap (`gpt-4`, `U.S.`,
`AT&T`) is a phrase of its tokens, so that it is found however the gap is written. Scripts that set no spaces between words (Han,
kana, Hangul, Thai, Lao, Khmer, Myanmar) give a token per character: a term is then found anywhere in a run. `c++`, `c#` and their
like (one letter, then ++ or #) are the only tokens that keep a sign.
"""

import re
from unicodedata import category

from aggregator.compatible import compatible

_PLUS, _SHARP = "\ufdd0", "\ufdd1"
"""Noncharacters that carry the signs of c++ and c# through the table; dropped where a text brings its own."""

_SIGNED = re.compile(r"(?<![^\W_])([a-z])(?:(\+\+)|#)")

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul Jamo
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x2FDF),  # CJK radicals
    (0x3005, 0x3007),
    (0x3021, 0x30FF),  # Hiragana, Katakana
    (0x3100, 0x318F),  # Bopomofo, Hangul Compatibility Jamo
    (0x31A0, 0x31FF),
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0x9FFF),  # Han
    (0xA960, 0xA97F),  # Hangul Jamo, extended
    (0xAC00, 0xD7FF),  # Hangul
    (0xF900, 0xFAFF),  # Han, compatibility
    (0x1B000, 0x1B16F),  # Kana supplements
    (0x20000, 0x323AF),  # Han, further extensions
)
_IGNORED = frozenset("\u00ad\u200c\u200d\u2060\ufeff")
"""Soft hyphen, joiners and the byte order mark: they show nothing and part no word."""


class _Table(dict[int, str]):
    """What str.translate makes of a character, learned as characters come (at most one entry per code point)."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char in _IGNORED:
            made = ""
        elif category(char)[0] not in "LMN":
            made = " "
        elif any(first <= code <= last for first, last in _UNSPACED):
            made = f" {char} "
        else:
            made = char
        self[code] = made
        return made


_TABLE = _Table({ord(_PLUS): "+", ord(_SHARP): "#"})


def fold(text: str) -> str:
    """The text without differences of case or compatibility form (NFKC, casefold); fold(fold(x)) == fold(x)."""
    if text.isascii():
        return text.lower()
    folded = compatible(compatible(text).casefold())
    # The dotted capital I of Turkish folds to i and a combining dot, which nobody types.
    return compatible(folded.replace("i\u0307", "i"))


def words(text: str) -> list[str]:
    """The tokens of a text, in order: words(" ".join(words(x))) == words(x)."""
    folded = fold(text)
    if not folded.isascii() and (_PLUS in folded or _SHARP in folded):
        folded = folded.replace(_PLUS, " ").replace(_SHARP, " ")
    if "++" in folded or "#" in folded:
        folded = _SIGNED.sub(_sign, folded)
    return folded.translate(_TABLE).split()


def _sign(found: re.Match[str]) -> str:
    return f"{found[1]}{_PLUS * 2 if found[2] else _SHARP} "
