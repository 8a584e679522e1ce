"""What a word is to the engine: the hash of its stem, and how common the general language makes it. Bounded memory.

lexicon.of("en") ─at(length of the text)→ known[word] → (hash of its stem, chance that such a text holds it) | None
"""

from collections.abc import Mapping
from math import log2
from typing import TypeAlias
from zlib import crc32

from aggregator.stories.prior import frequencies
from aggregator.stories.stems import stemmer
from aggregator.stories.words import fold, words

BACKGROUND = 0.3
"""The chance that a text holds a word that topics' queries name (measured: docs/stories.md)."""
_COMMON = 0.2
"""What more texts than that hold tells nothing."""
_WORDS = 30_000
"""Words learned, of all languages, until those are forgotten that were not met since the last time: at most 2 × 8 MB."""
_STEPS = 5
"""Lengths of texts are told apart in steps of a fifth of an octave (15 %)."""

Entry: TypeAlias = tuple[int, float] | None
"""None: the word is too common to tell anything."""


class Known(dict[str, Entry]):
    """Words, as texts of one length have them; what is not there is learned when it is asked for."""

    __slots__ = ("_step", "_vocabulary")

    def __init__(self, vocabulary: "Vocabulary", step: int) -> None:
        super().__init__()
        self._vocabulary, self._step = vocabulary, step

    def __missing__(self, word: str) -> Entry:
        entry = self[word] = self._vocabulary.learn(word, self._step)
        return entry


class Vocabulary:
    """The words of one language, learned as they come."""

    def __init__(self, language: str, background: frozenset[str]) -> None:
        self._language = language
        self._stem = stemmer(language)
        self._stems: dict[str, str] = {}
        self._tables: dict[int, Known] = {}
        self._older: tuple[Mapping[str, str], Mapping[int, Known]] = {}, {}
        """Stems and tables from before the last `forget`: what is met again is taken over."""
        self._listed: Mapping[str, float] = frequencies(language)
        self._background = {self._stem(word) for name in background for word in words(fold(name))}
        self.learned = 0
        """How many words were learned since the last `forget`, each once for each length."""

    def at(self, length: int) -> Known:
        """The words as texts of about this many words have them."""
        step = round(_STEPS * log2(max(length, 1)))
        found = self._tables.get(step)
        if found is None:
            found = self._tables[step] = Known(self, step)
        return found

    def learn(self, word: str, step: int) -> Entry:
        """What a word is, that a table does not know yet."""
        self.learned += 1
        table: Mapping[str, Entry] = self._older[1].get(step, {})
        if word in table:
            return table[word]
        stem = self.stem(word)
        frequency = min(self._listed.get(word, 0.0), 0.5)
        if stem in self._background:
            chance = BACKGROUND
        else:
            chance = 1.0 - (1.0 - frequency) ** 2 ** (step / _STEPS) if frequency else 0.0
            if chance > _COMMON:
                return None
        return crc32(f"{self._language} {stem}".encode("utf-8", "replace")), chance

    def stem(self, word: str) -> str:
        """The stem of a word."""
        found = self._stems.get(word)
        if found is None:
            found = self._older[0].get(word) or self._stem(word)
            self._stems[word] = found = word if found == word else found
        return found

    def forget(self) -> None:
        """Know only what was learned since the last time, and that until the next time if it is not met again."""
        self._older = self._stems, self._tables
        self._stems, self._tables, self.learned = {}, {}, 0


class Lexicon:
    """The vocabularies of all languages that came up."""

    def __init__(self, background: frozenset[str]) -> None:
        self._background = background
        self._vocabularies: dict[str, Vocabulary] = {}

    def of(self, language: str) -> Vocabulary:
        """The vocabulary of a language; what it gives is the same before and after it was forgotten."""
        if sum([vocabulary.learned for vocabulary in self._vocabularies.values()]) > _WORDS:
            for vocabulary in self._vocabularies.values():
                vocabulary.forget()
        found = self._vocabularies.get(language)
        if found is None:
            found = self._vocabularies[language] = Vocabulary(language, self._background)
        return found
