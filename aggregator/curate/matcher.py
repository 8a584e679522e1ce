"""All topics against one item at once: a percolator.

    Matcher(topics)            parse and compile every query, file it under its anchors
    match(subject) → Match …   collect the topics filed under what the subject holds, try only those

A topic without anchors (`*`, `-sports`, a lone /regex/) is tried for every item. Trying all topics
gives the same answer in more time. benchmarks/match.py measures it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.curate.anchors import PREFIX, Key, anchors
from aggregator.curate.clauses import Query, Words, leaves
from aggregator.curate.predicates import Predicate, predicate
from aggregator.curate.rule import rule
from aggregator.curate.subject import Subject
from aggregator.curate.witness import Witness, witness
from aggregator.model import Topic, list_of


class Match(NamedTuple):
    """An item belongs to a topic."""

    slug: str
    clause: str
    """Canonical text of the narrowest clause that held, for `why`."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A topic, ready to be tried."""

    slug: str
    query: Query
    holds: Predicate
    held: Witness
    sources: tuple[str, ...]


def admits(sources: Sequence[str], source_id: str) -> bool:
    """Whether a topic with these `sources` takes items of this source: all, or those named, without those with a leading `!`.

    A subscription list is named for all that it follows; what is said of one of its feeds comes before what is said of the list.
    """
    for name in _names(source_id):
        if name in sources or f"!{name}" in sources:
            return f"!{name}" not in sources
    return all(source.startswith("!") for source in sources)


def _names(source_id: str) -> tuple[str, ...]:
    """What a topic may call a source: its id, or that of the list that it is followed by."""
    follows = list_of(source_id)
    return (source_id,) if follows is None else (source_id, follows)


class Matcher:
    """The topics, compiled. Immutable: make another when a topic changes. Raises QueryError for a query that cannot be read."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = [_compile(topic) for topic in topics]
        cost = _Cost(topic.query for topic in self._topics)
        self._always: list[int] = []
        self._tokens = _Tokens()
        self._by_value: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, topic in enumerate(self._topics):
            keys = anchors(topic.query, topic.sources, cost)
            if keys is None:
                self._always.append(number)
            for key in keys or ():
                self._file(key, number)
        self._tokens.settle()

    def _file(self, key: Key, number: int) -> None:
        if isinstance(key, str):
            self._tokens.file(key, number)
        elif key[0] == PREFIX:
            self._tokens.file_prefix(key[1], number)
        else:
            field, value = key
            self._by_value[field][value].append(number)

    def match(self, subject: Subject) -> tuple[Match, ...]:
        """The topics that the subject belongs to, in the order in which they were given."""
        numbers = self._tokens.called(subject.tokens)
        numbers.update(self._always)
        for field, by_value in self._by_value.items():
            values = _names(subject.source_id) if field == "source" else subject.keys(field)
            for value in values:
                numbers.update(by_value.get(value, ()))
        topics, source_id = self._topics, subject.source_id
        found = []
        for number in numbers:
            topic = topics[number]
            if topic.holds(subject) and (not topic.sources or admits(topic.sources, source_id)):
                found.append(number)
        found.sort()
        return tuple([Match(topics[number].slug, topics[number].held(subject)) for number in found])


def _compile(topic: Topic) -> _Compiled:
    query = rule(topic)
    return _Compiled(topic.slug, query, predicate(query), witness(query), topic.sources)


class _Tokens:
    """Topics filed under tokens and under starts of tokens.

    Which starts a token has is looked up once and remembered: the tokens of the next item were mostly seen before. What is
    remembered is bounded, and only saves time. Few topics have few tokens, and then those of an item need not be gone through.
    """

    REMEMBERED = 100_000

    def __init__(self) -> None:
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._prefixes: dict[str, list[int]] = defaultdict(list)
        self._named: frozenset[str] = frozenset()
        self._lengths: list[int] = []
        self._heads: frozenset[str] = frozenset()
        self._calls: dict[str, list[int]] = {}
        self._quiet: set[str] = set()

    def file(self, token: str, number: int) -> None:
        self._exact[token].append(number)

    def settle(self) -> None:
        """Everything is filed."""
        self._named = frozenset(self._exact)

    def file_prefix(self, prefix: str, number: int) -> None:
        self._prefixes[prefix].append(number)
        self._lengths = sorted({len(prefix), *self._lengths})
        # The starts of the starts: most tokens are turned away by one look.
        self._heads = frozenset(known[: self._lengths[0]] for known in self._prefixes)

    def called(self, tokens: frozenset[str]) -> set[int]:
        """The topics filed under any of the tokens."""
        if len(self._quiet) > self.REMEMBERED:
            self._quiet = set()
        if len(self._calls) > self.REMEMBERED:
            self._calls = {}
        numbers: set[int] = set()
        for token in self._named & tokens:
            numbers.update(self._exact[token])
        for token in tokens - self._quiet if self._lengths else ():
            try:
                numbers.update(self._calls[token])
            except KeyError:
                numbers.update(self._learn(token))
        return numbers

    def _learn(self, token: str) -> list[int]:
        numbers: list[int] = []
        if token[: self._lengths[0]] in self._heads:
            starts = {token[:length] for length in self._lengths}
            numbers += [number for start in starts for number in self._prefixes.get(start, ())]
        if numbers:
            self._calls[token] = numbers
        else:
            self._quiet.add(token)
        return numbers


class _Cost:
    """How often a key will call a topic: a guess, which moves time but no answer.

    Short words are frequent, and so is what many topics name. A value of a field (a language, a site) stands for many items.
    """

    def __init__(self, queries: Iterable[Query]) -> None:
        self._named = Counter(
            token for query in queries for leaf in leaves(query) if isinstance(leaf, Words) for token in leaf.words
        )

    def __call__(self, key: Key) -> float:
        if isinstance(key, str):
            return (1 + self._named[key]) / min(len(key), 8) ** 2
        field, value = key
        return _VALUE_COST[field] if field != PREFIX else 4 / min(len(value), 8) ** 2


_VALUE_COST = {"source": 0.2, "site": 0.3, "lang": 50.0, "kind": 50.0}
