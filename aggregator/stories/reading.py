"""An item's text, read once: its terms with their counts, its 4-grams, its title.

    Told ─read→ Reading ─weigh→ vector: log tf × idf of title twice + 120 words, the 60 heaviest, length one

The idf counts live items over so many texts of general language (the prior); what topics' queries name is background. Figures:
docs/stories.md.
"""

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b
from math import log, sqrt

from aggregator.stories.language import language
from aggregator.stories.lexicon import Known, Lexicon
from aggregator.stories.shingles import shingles
from aggregator.stories.telling import Told
from aggregator.stories.titles import clean, series
from aggregator.stories.trace import pack
from aggregator.stories.words import fold, words

UNIT = 32768
"""The length of a vector, whose weights are whole numbers."""
HEADLINE_WORDS = 12
"""A text of fewer words is no text: the item is its headline."""
_LEADING_WORDS = 120
"""100 lose an article of the labelled half that nothing was chosen on; 150 gain none (docs/benchmarks.md)."""
_TERMS = 60
_BODY_WORDS = 2500
_CHARACTERS = 20_000
_TITLE_CHARACTERS = 500
_TITLE_WORDS = 4
"""A title of fewer words identifies nothing."""
TEXT_PRIOR, HEADLINE_PRIOR = 3_000.0, 50_000.0
"""Texts of general language that the prior stands for: what a planet is always about ("RSS") fades once it was seen, but the few
names of a headline must not fade because many report them."""


class Reading:
    """A text, read."""

    __slots__ = ("_title", "_vocabulary", "chances", "counts", "forms", "headline", "language", "shingles", "told")

    def __init__(self, told: Told, lexicon: Lexicon) -> None:
        self.told = told
        heading = words(fold(told.title[:_TITLE_CHARACTERS]))
        body = words(fold(told.text[:_CHARACTERS]))[:_BODY_WORDS]
        leading = heading + body[:_LEADING_WORDS]
        self.headline = len(body) < HEADLINE_WORDS
        self.shingles = shingles(body)
        self.language = language(told.language, told.text or told.title, leading)
        self._title = clean(told.title)
        self._vocabulary = lexicon.of(self.language)
        self.counts: dict[int, int] = {}
        self.chances: dict[int, float] = {}
        """Term → the chance that a text of this length in general language holds it."""
        self.forms: dict[int, str] = {}
        """Term → a word that stands for it."""
        self._count(Counter(heading + leading), self._vocabulary.at(len(leading)))

    def _count(self, found: Mapping[str, int], known: Known) -> None:
        counts, chances, forms = self.counts, self.chances, self.forms
        for (word, count), entry in zip(found.items(), map(known.__getitem__, found), strict=True):
            if entry is None:
                continue
            term, chance = entry
            if term not in counts:
                counts[term] = count
                chances[term] = chance
                forms[term] = word
            else:  # another form of the same word: the commoner one says how common it is
                counts[term] += count
                if chance > chances[term]:
                    chances[term] = chance

    def name(self, term: int) -> str:
        """What a term is called: the stem."""
        return self._vocabulary.stem(self.forms[term])

    def weigh(self, seen: Mapping[int, int], total: int) -> dict[int, int]:
        """Term → weight, heaviest first. `seen` says how many of the `total` live items hold a term, this one included."""
        prior = HEADLINE_PRIOR if self.headline else TEXT_PRIOR
        most = log(prior + total + 1)
        counts = self.counts
        rows = zip(counts, counts.values(), self.chances.values(), map(seen.__getitem__, counts), strict=True)
        weighed = [
            ((log(prior * chance + held + 1) - most) * (log(count) + 1 if count > 1 else 1.0), term)
            for term, count, chance, held in rows
        ]
        weighed.sort()  # what weighs most is most negative
        del weighed[_TERMS:]
        norm = sqrt(sum([weight * weight for weight, _ in weighed]))
        return {term: round(-weight / norm * UNIT) for weight, term in weighed if weight < 0}

    def trace(self, vector: Mapping[int, int]) -> bytes:
        """What is stored of it."""
        told_series = series(self._title)
        return pack(
            language=self.language,
            headline=self.headline,
            title=digest(self._title) if self._title.count(" ") >= _TITLE_WORDS - 1 else 0,
            series=digest(told_series) if told_series else 0,
            terms=tuple(vector),
            weights=tuple(vector.values()),
            shingles=self.shingles,
        )


def digest(text: str) -> int:
    """64 bits of a text, never 0."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big") or 1
