"""How common is a word before we have seen any item? wordfreq's lists, wrapped here and nowhere else, loaded when asked for."""

from collections.abc import Mapping
from functools import lru_cache

from wordfreq import available_languages, get_frequency_dict

from aggregator.stories.words import words

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
