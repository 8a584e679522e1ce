"""Random queries and items for the tests of this folder, and an evaluator that knows nothing of the fast one.

`naive` follows docs/query-language.md word by word: lists of tokens, windows over them, Python's re.
"""

import re

from hypothesis import strategies as st

from aggregator.curate.clauses import And, Anything, Not, Or, Query, Regex, Words, all_of, any_of, negate
from aggregator.curate.tokens import fold, words
from aggregator.model import Attribution, Category, Item, Person, Plain, Url

VOCABULARY = ["ai", "china", "Chinese", "OpenAI", "gpt-4", "c++", "C", "c#", "U.S.", "人工智能", "人工", "or", "not", "straße", "İstanbul"]
TOKENS = [["ai"], ["china"], ["chin"], ["openai"], ["gpt", "4"], ["c++"], ["c"], ["人"], ["人", "工"], ["or"], ["strasse"], ["the", "ai"]]
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
_regexes = st.builds(Regex, st.sampled_from(PATTERNS), st.sampled_from([None, "title", "url", "category", "site", "lang", "kind"]))
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

    def seen(field):
        inner = item.source.title if item.source and item.source.title else ""
        return {
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
        }[field]

    def named(value, field, prefix):
        for whole in filter(None, seen(field)):
            whole = fold(whole).replace("xn--mnchen-3ya", "münchen")
            parts = whole.split({"site": ".", "lang": "-"}.get(field, " "))
            if field == "site":
                known = [".".join(parts[start:]) for start in range(len(parts))]
            else:
                known = ["-".join(parts[:end]) for end in range(1, len(parts) + 1)]
            if any(one.startswith(value) if prefix else one == value for one in known):
                return True
        return False

    def found(clause):
        *before, last = clause.words
        for value in seen(clause.field):
            tokens = words(value)
            for start in range(len(tokens) - len(before)):
                window = tokens[start : start + len(clause.words)]
                ends = window[-1].startswith(last) if clause.prefix else window[-1] == last
                if window[:-1] == before and ends:
                    return True
        return False

    match query:
        case Not():
            return not naive(query.clause, item, source_id, kind, source_title)
        case And():
            return all(naive(part, item, source_id, kind, source_title) for part in query.clauses)
        case Or():
            return any(naive(part, item, source_id, kind, source_title) for part in query.clauses)
        case Anything(field=None):
            return True
        case Anything(field=field):
            return any(seen(field))
        case Regex(pattern=pattern, field=field):
            return any(re.search(pattern, value, re.IGNORECASE) for value in seen(field))
        case Words(field="site" | "lang" | "kind" as field):
            return named(query.words[0], field, query.prefix)
        case Words():
            return found(query)
