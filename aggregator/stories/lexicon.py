"""What a word is to the engine: the hash of its stem, and how common the general language makes it. Bounded memory."""

from collections.abc import Mapping
from math import log1p
from zlib import crc32

from aggregator.stories.prior import frequencies
from aggregator.stories.stems import stemmer
from aggregator.stories.words import fold, words

BACKGROUND = 1.0
"""The rate of a word that topics' queries name."""
_WORDS = 40_000
"""Words known at once, of all languages: 11 MB."""

Entry = tuple[int, float, str]
"""Hash of the stem, rate, stem. The rate r gives the chance 1 - exp(r · length) that a text of so many words holds the word."""


class Vocabulary:
    """The words of one language, learned as they come."""

    def __init__(self, language: str, background: frozenset[str]) -> None:
        self.language = language
        self.known: dict[str, Entry] = {}
        self._stem = stemmer(language)
        self._listed: Mapping[str, float] = frequencies(language)
        self._background = {self._stem(word) for name in background for word in words(fold(name))}

    def learn(self, word: str) -> Entry:
        """Look a word up that is not `known` yet."""
        stem = self._stem(word)
        rate = BACKGROUND if stem in self._background else log1p(-min(self._listed.get(word, 0.0), 0.5))
        entry = self.known[word] = (crc32(f"{self.language} {stem}".encode("utf-8", "replace")), rate, stem)
        return entry


class Lexicon:
    """The vocabularies of all languages that came up."""

    def __init__(self, background: frozenset[str]) -> None:
        self._background = background
        self._vocabularies: dict[str, Vocabulary] = {}

    def of(self, language: str) -> Vocabulary:
        """The vocabulary of a language; what it gives is the same before and after it was forgotten."""
        if sum(len(vocabulary.known) for vocabulary in self._vocabularies.values()) > _WORDS:
            for vocabulary in self._vocabularies.values():
                vocabulary.known.clear()
        found = self._vocabularies.get(language)
        if found is None:
            found = self._vocabularies[language] = Vocabulary(language, self._background)
        return found
