"""Random queries and items for the tests of this folder, and an evaluator that knows nothing of the fast one.

`naive` follows docs/query-language.md word by word: lists of tokens, windows over them, Python's re.
"""

import re

from hypothesis import strategies as st

from aggregator.curate.clauses import And, Anything, Not, Or, Query, Regex, Words, all_of, any_of, negate
from aggregator.curate.tokens import fold, words
from aggregator.model import Attribution, Category, Item, Person, Plain, Url

VOCABULARY = [
    "ai",
    "china",
    "Chinese",
    "OpenAI",
    "gpt-4",
    "c++",
    "C",
    "c#",
    "U.S.",
    "人工智能",
    "人工",
    "or",
    "not",
    "straße",
    "İstanbul",
]
TOKENS = [
    ["ai"],
    ["china"],
    ["chin"],
    ["openai"],
    ["gpt", "4"],
    ["c++"],
    ["c"],
    ["人"],
    ["人", "工"],
    ["or"],
    ["strasse"],
    ["the", "ai"],
]
HOSTS = ["example.org", "news.example.org", "example.co.uk", "xn--mnchen-3ya.de"]
PATTERNS = ["gpt-?[45]", "^open", "chin(a|ese)$", r"\bai\b", "c\\+\\+", "人工", r"\d"]
LANGUAGES = ["en", "en-gb", "de", "zh-hans-cn"]
SOURCES = ["one", "two", "the-three"]

sentences = st.lists(st.sampled_from([*VOCABULARY, "the", "and", "\n", "-", "news"]), max_size=12).map(" ".join)

items = st.builds(
    lambda title, text, host, language, author, category, inner: Item(
        native_id=None,
        link=Url(f"https://{host}/{category}/gpt-4?c=1") if host else None,
        title=Plain(title or "-"),
        text=text,
        language=language,
        authors=(Person(name=author), Person(email="c@example.org")) if author else (),
        categories=(Category(term=category, label="the news"),) if category else (),
        source=Attribution(title=Plain(inner)) if inner else None,
    ),
    sentences,
    sentences,
    st.sampled_from([*HOSTS, ""]),
    st.sampled_from([*LANGUAGES, None]),
    sentences,
    sentences,
    sentences,
)

_word_fields = st.sampled_from([None, None, None, "title", "text", "url", "source", "author", "category"])
_words = st.builds(
    lambda tokens, prefix, field: Words(tuple(tokens), prefix, field), st.sampled_from(TOKENS), st.booleans(), _word_fields
)
_values = st.one_of(
    st.builds(Words, st.sampled_from([("example.org",), ("org",), ("uk",), ("münchen.de",)]), st.booleans(), st.just("site")),
    st.builds(Words, st.sampled_from([("en",), ("en-gb",), ("zh-hans",), ("or",)]), st.booleans(), st.just("lang")),
    st.builds(Words, st.sampled_from([("feed",), ("fold",)]), st.booleans(), st.just("kind")),
)
_regexes = st.builds(
    Regex, st.sampled_from(PATTERNS), st.sampled_from([None, "title", "url", "category", "site", "lang", "kind"])
)
_anything = st.builds(Anything, st.sampled_from([None, "author", "category", "lang", "site", "kind", "source"]))
_leaves = st.one_of(_words, _words, _words, _values, _regexes, _anything)

queries: st.SearchStrategy[Query] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(all_of),
        st.lists(inner, min_size=1, max_size=4).map(any_of),
        inner.map(negate),
    ),
    max_leaves=12,
)


def naive(query: Query, item: Item, source_id: str, kind: str, source_title: str) -> bool:
    """Whether the query matches, by the book."""
    inner = item.source.title if item.source and item.source.title else ""
    fields = {
        None: [item.title, item.text],
        "title": [item.title],
        "text": [item.text],
        "url": [item.link or ""],
        "source": [source_id, source_title, inner],
        "author": [person.name or person.email or "" for person in item.authors],
        "category": [name for category in item.categories for name in (category.term, category.label or "")],
        "site": [item.link.split("/")[2]] if item.link else [],
        "lang": [item.language or ""],
        "kind": [kind],
    }
    return _holds(query, fields)


def _holds(query, fields):
    if isinstance(query, Not):
        return not _holds(query.clause, fields)
    if isinstance(query, And):
        return all(_holds(part, fields) for part in query.clauses)
    if isinstance(query, Or):
        return any(_holds(part, fields) for part in query.clauses)
    if isinstance(query, Anything):
        return query.field is None or any(fields[query.field])
    if isinstance(query, Regex):
        return any(re.search(query.pattern, value, re.IGNORECASE) for value in fields[query.field])
    one = _named if query.field in {"site", "lang", "kind"} else _found
    return any(one(query, value) for value in filter(None, fields[query.field]))


def _named(clause, value):
    """Whether a whole value, or what it stands for, is the one sought."""
    whole = fold(value).replace("xn--mnchen-3ya", "münchen")
    parts = whole.split({"site": ".", "lang": "-"}.get(clause.field, " "))
    if clause.field == "site":
        known = [".".join(parts[start:]) for start in range(len(parts))]
    else:
        known = ["-".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return any(one.startswith(clause.words[0]) if clause.prefix else one == clause.words[0] for one in known)


def _found(clause, value):
    """Whether the tokens stand in the value, one after the other."""
    *before, last = clause.words
    tokens = words(value)
    for start in range(len(tokens) - len(before)):
        window = tokens[start : start + len(clause.words)]
        ends = window[-1].startswith(last) if clause.prefix else window[-1] == last
        if window[:-1] == before and ends:
            return True
    return False
