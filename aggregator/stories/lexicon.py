"""What a word is to the engine: the hash of its stem, and how common the general language makes it. Bounded memory.

lexicon.of("en") ─at(length of the text)→ {word: (hash of its stem, chance that such a text holds it)}
"""

from collections.abc import Mapping
from math import log2
from zlib import crc32

from aggregator.stories.prior import frequencies
from aggregator.stories.stems import stemmer
from aggregator.stories.words import fold, words

BACKGROUND = 0.3
"""The chance that a text holds a word that topics' queries name (measured: docs/stories.md)."""
_WORDS = 30_000
"""Words known at once, of all languages: 11 MB."""
_STEPS = 5
"""Lengths of texts are told apart in steps of a fifth of an octave (15 %)."""

Entry = tuple[int, float]


class Vocabulary:
    """The words of one language, learned as they come."""

    def __init__(self, language: str, background: frozenset[str]) -> None:
        self._language = language
        self._stem = stemmer(language)
        self._stems: dict[str, str] = {}
        self._tables: dict[int, dict[str, Entry]] = {}
        self._listed: Mapping[str, float] = frequencies(language)
        self._background = {self._stem(word) for name in background for word in words(fold(name))}

    def __len__(self) -> int:
        """How many words are known, each once for each length."""
        return sum(map(len, self._tables.values()))

    def at(self, length: int) -> dict[str, Entry]:
        """The words known from texts of about this many words."""
        return self._tables.setdefault(_step(length), {})

    def learn(self, word: str, length: int) -> Entry:
        """What a word is, that `at` does not know yet."""
        stem = self.stem(word)
        frequency = min(self._listed.get(word, 0.0), 0.5)
        chance = BACKGROUND if stem in self._background else 1.0 - (1.0 - frequency) ** 2 ** (_step(length) / _STEPS)
        entry = self.at(length)[word] = (crc32(f"{self._language} {stem}".encode("utf-8", "replace")), chance)
        return entry

    def stem(self, word: str) -> str:
        """The stem of a word."""
        found = self._stems.get(word)
        if found is None:
            found = self._stems[word] = self._stem(word)
        return found

    def forget(self) -> None:
        """Know no word."""
        self._stems.clear()
        self._tables.clear()


class Lexicon:
    """The vocabularies of all languages that came up."""

    def __init__(self, background: frozenset[str]) -> None:
        self._background = background
        self._vocabularies: dict[str, Vocabulary] = {}

    def of(self, language: str) -> Vocabulary:
        """The vocabulary of a language; what it gives is the same before and after it was forgotten."""
        if sum(map(len, self._vocabularies.values())) > _WORDS:
            for vocabulary in self._vocabularies.values():
                vocabulary.forget()
        found = self._vocabularies.get(language)
        if found is None:
            found = self._vocabularies[language] = Vocabulary(language, self._background)
        return found


def _step(length: int) -> int:
    return round(_STEPS * log2(max(length, 1)))
