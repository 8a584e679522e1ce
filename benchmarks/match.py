"""How many items a second are matched against 1,000 topics on one core, against trying every topic for every item.

    python benchmarks/match.py [--topics 1000] [--items 2000] [--warm 4000] [--words 50] [--seed 7]

Items and queries are made up: words drawn from a Zipf distribution (exponent 1.05, 30,000 words, as in English news), texts
of `words` words on average with titles of 9; queries as people write them (docs/query-language.md): two to five alternatives, two
groups, phrases, prefixes, fields, exclusions, a regex now and then. The time includes making the Subject and the clause of each
match; `warm` items pass before the clock starts, as in a daemon that has run for an hour. Both sides take turns on the same items
in one run, and must give the same answer.
"""

import argparse
import random
import string
import time
from collections.abc import Sequence
from itertools import accumulate

from aggregator.curate.clauses import OPERATORS
from aggregator.curate.matcher import Match, Matcher, admits
from aggregator.curate.predicates import predicate
from aggregator.curate.query import parse
from aggregator.curate.subject import subject
from aggregator.curate.witness import witness
from aggregator.model import Category, Item, Person, Plain, Topic, Url

VOCABULARY = 30_000
SITES = [f"outlet{number}.example" for number in range(200)]
LANGUAGES = ["en", "en-gb", "en-us", "de", "fr"]


class Language:
    """A made-up language with the frequencies of a real one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        # Frequent words are short, as in every language.
        self.words = sorted({self._word() for _ in range(VOCABULARY * 2)} - OPERATORS, key=lambda word: (len(word) // 2, word))[
            :VOCABULARY
        ]
        self.weights = list(accumulate(1 / rank**1.05 for rank in range(1, len(self.words) + 1)))

    def _word(self) -> str:
        return "".join(self.random.choices(string.ascii_lowercase, k=self.random.randint(2, 11)))

    def text(self, count: int) -> str:
        drawn = self.random.choices(self.words, cum_weights=self.weights, k=count)
        sentences = [" ".join(drawn[start : start + 15]).capitalize() + "." for start in range(0, count, 15)]
        return " ".join(sentences)

    def term(self) -> str:
        """What someone would ask for: neither among the 300 most frequent words nor among the rarest."""
        return self.words[min(int(300 + self.random.expovariate(1 / 3000)), len(self.words) - 1)]


def item(language: Language, words: int) -> Item:
    """An item of about `words` words."""
    chance = language.random
    return Item(
        native_id=None,
        link=Url(f"https://www.{chance.choice(SITES)}/2026/{language.term()}-{language.term()}"),
        title=Plain(language.text(9)),
        text=language.text(max(5, int(chance.gauss(words, words / 3)))),
        language=chance.choice(LANGUAGES),
        authors=(Person(name=f"{language.term()} {language.term()}".title()),),
        categories=(Category(term=language.term()),),
    )


def query(language: Language) -> str:
    """A query as people write them."""
    chance = language.random

    def term() -> str:
        kind = chance.random()
        if kind < 0.15:
            return f'"{language.term()} {language.term()}"'
        return f"{language.term()}*" if kind < 0.20 else language.term()

    def group() -> str:
        return "(" + " OR ".join(term() for _ in range(chance.randint(2, 5))) + ")"

    parts = [group()]
    extras = [
        (0.7, group),
        (0.3, lambda: f"-{term()}"),
        (0.1, lambda: f"-category:{language.term()}"),
        (0.1, lambda: f"title:{term()}"),
        (0.1, lambda: f"lang:{chance.choice(LANGUAGES)}"),
        (0.05, lambda: f"site:{chance.choice(SITES)}"),
        (0.05, lambda: f"title:/{language.term()[:3]}.?[45]/"),
    ]
    parts += [make() for share, make in extras if chance.random() < share]
    return " ".join(parts)


def naive(topics: Sequence[tuple[Topic, object, object]], one: Item) -> tuple[Match, ...]:
    """Every topic tried, with the same predicates."""
    seen = _subject(one)
    return tuple(
        Match(slug=topic.slug, clause=held(seen))
        for topic, holds, held in topics
        if holds(seen) and admits(topic.sources, seen.source_id)
    )


def _subject(one: Item):
    return subject(one, source_id="source", kind="feed", source_title="A source")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--topics", type=int, default=1_000)
    options.add_argument("--items", type=int, default=2_000)
    options.add_argument("--warm", type=int, default=4_000, help="items matched before the clock starts")
    options.add_argument("--words", type=int, default=50, help="average length of a text")
    options.add_argument("--seed", type=int, default=7)
    given = options.parse_args()
    language = Language(given.seed)
    topics = [Topic(slug=f"t{number}", title="T", query=query(language)) for number in range(given.topics)]
    items = [item(language, given.words) for _ in range(given.items)]
    started = time.process_time()
    matcher = Matcher(topics)
    built = time.process_time() - started
    for _ in range(given.warm):
        matcher.match(_subject(item(language, given.words)))
    every = [(topic, predicate(parse(topic.query)), witness(parse(topic.query))) for topic in topics]
    ours = theirs = 0.0
    found = 0
    chunk = 100
    for start in range(0, len(items), chunk):
        part = items[start : start + chunk]
        started = time.process_time()
        matched = [matcher.match(_subject(one)) for one in part]
        ours += time.process_time() - started
        found += sum(map(len, matched))
        few = part[: chunk // 10]
        started = time.process_time()
        expected = [naive(every, one) for one in few]
        theirs += (time.process_time() - started) * len(part) / len(few)
        assert matched[: len(few)] == expected
    print(f"{given.topics:,} topics compiled in {built:.2f} s CPU; {given.items:,} items of {given.words} words on average")
    print(f"{found / len(items):.2f} matches an item")
    print(f"percolator {len(items) / ours:>10,.0f} items/s")
    print(f"every one  {len(items) / theirs:>10,.0f} items/s")
    print(f"ratio      {theirs / ours:>10,.1f}")


if __name__ == "__main__":
    main()
