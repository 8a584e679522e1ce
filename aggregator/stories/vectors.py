"""An item's text as weights of terms: title twice and the first 150 words, log tf × idf, the 60 heaviest, of length one.

The idf counts live items over the prior of general language; what topics' queries name counts as background.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from math import log, sqrt
from zlib import crc32

from aggregator.stories.language import language
from aggregator.stories.prior import PSEUDO, frequencies, pseudo_count
from aggregator.stories.stems import stemmer
from aggregator.stories.telling import Told
from aggregator.stories.words import fold, words

_WORDS = 150
_TERMS = 60
_CHARACTERS = 12_000
_UNIT = 32768
_BACKGROUND = 0.3
"""The share of texts that are taken to hold a word that topics' queries name."""
_CACHED = 200_000
_HEADLINE_WORDS = 12

Counts = Mapping[int, int]


class Reading:
    """A text, read: its terms with their counts, and what they are called."""

    __slots__ = ("body", "counts", "headline", "language", "length", "names", "prior")

    def __init__(self, told: Told, lexicon: "Lexicon") -> None:
        title, text = fold(told.title[:500]), fold(told.text[:_CHARACTERS])
        heading, self.body = words(title), words(text)
        self.headline = len(self.body) < _HEADLINE_WORDS
        told_words = heading + self.body[:_WORDS]
        self.length = max(len(told_words), 1)
        self.language = language(told.language, told.text[:400] or told.title, told_words)
        self.counts: Counter[int] = Counter()
        self.names: dict[int, str] = {}
        self.prior: dict[int, float] = {}
        vocabulary = lexicon.of(self.language)
        for word, count in Counter(heading + told_words).items():
            term, name, frequency = vocabulary(word)
            self.counts[term] += count
            self.names[term] = name
            self.prior[term] = max(frequency, self.prior.get(term, 0.0))


class Lexicon:
    """What each word of each language is: (hash of its stem, stem, frequency). Bounded memory."""

    def __init__(self, background: frozenset[str]) -> None:
        self._background = background
        self._known: dict[tuple[str, str], tuple[int, str, float]] = {}
        self._stemmers: dict[str, Callable[[str], str]] = {}

    def of(self, language: str) -> Callable[[str], tuple[int, str, float]]:
        """The vocabulary of a language."""
        stem = self._stemmers.setdefault(language, stemmer(language))
        listed = frequencies(language)
        background = {stem(word) for entry in self._background for word in words(fold(entry))}
        known = self._known

        def look_up(word: str) -> tuple[int, str, float]:
            entry = known.get((language, word))
            if entry is None:
                if len(known) > _CACHED:
                    known.clear()
                root = stem(word)
                share = -1.0 if root in background else listed.get(word, 0.0)
                entry = known[language, word] = (crc32(f"{language} {root}".encode("utf-8", "replace")), root, share)
            return entry

        return look_up


def vector(reading: Reading, seen: Callable[[int], int], total: int) -> "tuple[array[int], array[int]]":
    """The terms and weights of a reading. `seen` says how many of the `total` live items hold a term."""
    weighed: list[tuple[float, int]] = []
    texts = PSEUDO + total
    for term, count in reading.counts.items():
        frequency = reading.prior[term]
        before = PSEUDO * _BACKGROUND if frequency < 0 else pseudo_count(frequency, reading.length)
        weight = (1 + log(count)) * log((texts + 1) / (before + seen(term) + 1))
        if weight > 0:
            weighed.append((weight, term))
    weighed.sort(key=lambda pair: (-pair[0], pair[1]))
    del weighed[_TERMS:]
    norm = sqrt(sum(weight * weight for weight, _ in weighed)) or 1.0
    kept = sorted((term, round(weight / norm * _UNIT)) for weight, term in weighed)
    return array("I", [term for term, _ in kept]), array("H", [weight for _, weight in kept])


def dot(first: Mapping[int, int], terms: Sequence[int], weights: Sequence[int]) -> int:
    """The product of two vectors."""
    return sum(first.get(term, 0) * weight for term, weight in zip(terms, weights, strict=True))
