"""An item's text, read once: its terms with their counts, its 4-grams, its title.

    Told ─read→ Reading ─weigh→ vector: log tf × idf of title twice + 150 words, the 60 heaviest, length one

The idf counts live items over so many texts of general language (the prior); what topics' queries name is background. Figures:
docs/stories.md.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from math import exp, log, sqrt
from zlib import crc32

from aggregator.stories.language import language
from aggregator.stories.lexicon import BACKGROUND, Lexicon
from aggregator.stories.shingles import shingles
from aggregator.stories.telling import Told
from aggregator.stories.titles import clean, series
from aggregator.stories.trace import pack
from aggregator.stories.words import fold, words

UNIT = 32768
"""The length of a vector, whose weights are whole numbers."""
HEADLINE_WORDS = 12
"""A text of fewer words is no text: the item is its headline."""
_LEADING_WORDS = 150
_TERMS = 60
_BODY_WORDS = 2500
_CHARACTERS = 20_000
_TITLE_CHARACTERS = 500
_BACKGROUND_CHANCE = 0.3
_TITLE_WORDS = 4
"""A title of fewer words identifies nothing."""
TEXT_PRIOR, HEADLINE_PRIOR = 3_000.0, 50_000.0
"""Texts of general language that the prior stands for: what a planet is always about ("RSS") fades once it was seen, but the few
names of a headline must not fade because many report them."""
_COMMON = -0.7
"""Rate × length below which more than half of all texts hold the word: it weighs next to nothing."""


class Reading:
    """A text, read."""

    __slots__ = ("_lexicon", "body", "counts", "headline", "language", "leading", "length", "rates", "title", "told")

    def __init__(self, told: Told, lexicon: Lexicon) -> None:
        self.told = told
        heading = words(fold(told.title[:_TITLE_CHARACTERS]))
        self.body = words(fold(told.text[:_CHARACTERS]))[:_BODY_WORDS]
        self.headline = len(self.body) < HEADLINE_WORDS
        self.leading = heading + self.body[:_LEADING_WORDS]
        self.length = len(self.leading)
        self.language = language(told.language, told.text or told.title, self.leading)
        self.title = clean(told.title)
        self._lexicon = lexicon
        self.counts: dict[int, int] = {}
        self.rates: dict[int, float] = {}
        vocabulary = lexicon.of(self.language)
        known, counts, rates = vocabulary.known, self.counts, self.rates
        for word, count in Counter(heading + self.leading).items():
            term, rate, _ = known.get(word) or vocabulary.learn(word)
            if term in counts:  # another form of the same word: the rarer one says how common it is
                counts[term] += count
                rates[term] = max(rates[term], rate)
            elif rate * self.length > _COMMON:
                counts[term] = count
                rates[term] = rate

    def chance(self, term: int) -> float:
        """The chance that a text of this length in general language holds the term."""
        rate = self.rates[term]
        return _BACKGROUND_CHANCE if rate == BACKGROUND else 1.0 - exp(rate * self.length)

    def names(self) -> dict[int, str]:
        """Term → stem."""
        vocabulary = self._lexicon.of(self.language)
        entries = [vocabulary.known.get(word) or vocabulary.learn(word) for word in set(self.leading)]
        return {term: stem for term, _, stem in entries}

    def weigh(self, seen: Mapping[int, int], total: int) -> dict[int, int]:
        """Term → weight, heaviest first. `seen` says how many of the `total` live items hold a term, this one included."""
        prior = HEADLINE_PRIOR if self.headline else TEXT_PRIOR
        most = log(prior + total + 1)
        weighed = [
            ((1 + log(count)) * (most - log(prior * self.chance(term) + seen.get(term, 1) + 1)), term)
            for term, count in self.counts.items()
        ]
        weighed = sorted([(-weight, term) for weight, term in weighed if weight > 0])[:_TERMS]
        norm = sqrt(sum(weight * weight for weight, _ in weighed))
        return {term: round(-weight / norm * UNIT) for weight, term in weighed}

    def trace(self, vector: Mapping[int, int]) -> bytes:
        """What is stored of it."""
        told_series = series(self.title)
        return pack(
            language=self.language,
            headline=self.headline,
            title=digest(self.title) if self.title.count(" ") >= _TITLE_WORDS - 1 else 0,
            series=digest(f"{self.told.source_id}\n{told_series}") if told_series else 0,
            terms=tuple(vector),
            weights=tuple(vector.values()),
            shingles=shingles([crc32(word.encode("utf-8", "replace")) for word in self.body]),
        )


def digest(text: str) -> int:
    """64 bits of a text, never 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") or 1
