"""How common is a word before we have seen any item? wordfreq's lists, wrapped here and nowhere else, and loaded when asked for.

The chance that a text of `length` words holds a word of frequency f is 1 - (1 - f)^length; that of `PSEUDO` texts counts as seen.
"""

from collections.abc import Mapping
from functools import lru_cache

from wordfreq import available_languages, get_frequency_dict

from aggregator.stories.words import words

PSEUDO = 50_000.0
"""Texts of general language that the prior stands for (measured: a cold start then costs nothing)."""
_LANGUAGES = 12
"""Word lists held at once: 3 to 5 MB each."""
_BIGRAMS = frozenset({"zh", "ja", "ko"})


@lru_cache(_LANGUAGES)
def frequencies(language: str) -> Mapping[str, float]:
    """Word → its share of all words of the language; for scripts without spaces, bigram → its share. Empty without a list."""
    known = available_languages("small")
    language = {"no": "nb", "nn": "nb", "sr": "sh", "hr": "sh", "bs": "sh", "tl": "fil"}.get(language, language)
    if language not in known:
        return {}
    listed = get_frequency_dict(language, "small")
    if language not in _BIGRAMS:
        return listed
    shares: dict[str, float] = {}
    for word, share in listed.items():
        for bigram in words(word):
            shares[bigram] = shares.get(bigram, 0.0) + share
    return shares


def pseudo_count(frequency: float, length: int) -> float:
    """How many of the prior's texts of `length` words hold a word of this frequency."""
    return PSEUDO * (1.0 - (1.0 - min(frequency, 1.0)) ** length)
