"""What docs/query-language.md says, done word by word and shared with nothing of the program but the tree of a query.

cut(text)                    the tokens of a text
holds(query, seen)           whether a query matches what `seen` shows of an item
query(chance, vocabulary)    a query as nobody would write it, of words that stand in the items
"""

import re
import unicodedata
from functools import lru_cache

from aggregator.curate.clauses import And, Anything, Not, Or, Regex, Words, all_of, any_of, negate

UNSPACED = ("CJK", "KANGXI", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "THAI", "LAO", "KHMER", "MYANMAR", "IDEOGRAPHIC")
INVISIBLE = "\u00ad\u200c\u200d\u2060\ufeff"


def folded(text):
    """Without case and compatibility forms."""
    for _ in range(3):
        text = unicodedata.normalize("NFKC", text.casefold())
    return unicodedata.normalize("NFKC", text.replace("i\u0307", "i"))


@lru_cache(maxsize=100_000)
def cut(text):
    """Runs of letters, marks and digits; single characters of scripts without blanks; c++ and c#."""
    text = "".join(char for char in folded(text) if char not in INVISIBLE or char in "+#")
    tokens, run, place = [], "", 0
    while place < len(text):
        char = text[place]
        sign = next((sign for sign in ("++", "#") if text.startswith(sign, place + 1)), "")
        if "a" <= char <= "z" and sign and not (place and text[place - 1].isalnum()):
            tokens += [run] if run else []
            tokens.append(char + sign)
            run, place = "", place + 1 + len(sign)
            continue
        if unicodedata.category(char)[0] not in "LMN" or unicodedata.name(char, "").startswith(UNSPACED):
            tokens += [run] if run else []
            tokens += [char] if unicodedata.category(char)[0] in "LMN" else []
            run = ""
        else:
            run += char
        place += 1
    return tuple([*tokens, run] if run else tokens)


def show(item, source_id, kind, source_title):
    """What the fields of a query see of an item: field → values."""
    inner = item.source.title if item.source and item.source.title else ""
    link = item.link or ""
    host = re.sub(r"^.*@|:\d*$|\.$", "", re.split(r"[/?#]", link.partition("://")[2])[0])
    return {
        "title": [item.title[:2000]],
        "text": [item.text[:100_000]],
        "url": [_unescaped(link[:2000])],
        "source": [source_id, source_title, inner],
        "author": [person.name or person.email or person.uri or "" for person in item.authors[:200]],
        "category": [name or "" for category in item.categories[:200] for name in (category.term, category.label)],
        "site": [host.rstrip(".")],
        "lang": [item.language or ""],
        "kind": [kind],
    }


def _unescaped(link):
    parts = [part.encode() for part in re.split("(%[0-9A-Fa-f]{2})", link)]
    return b"".join(
        bytes.fromhex(part[1:].decode()) if re.fullmatch(b"%[0-9A-Fa-f]{2}", part) else part for part in parts
    ).decode("utf-8", "replace")


def holds(query, seen):
    """Whether the query matches."""
    if isinstance(query, Not):
        return not holds(query.clause, seen)
    if isinstance(query, And):
        return all(holds(part, seen) for part in query.clauses)
    if isinstance(query, Or):
        return any(holds(part, seen) for part in query.clauses)
    if isinstance(query, Anything) and query.field is None:
        return True
    values = [value for field in ([query.field] if query.field else ["title", "text"]) for value in seen[field] if value]
    if isinstance(query, Anything):
        return bool(values)
    if isinstance(query, Regex):
        return any(re.search(query.pattern, value, re.IGNORECASE) for value in values)
    if query.field in {"site", "lang", "kind"}:
        return any(_named(query, value) for value in values)
    return any(_found(query, cut(value)) for value in values)


def _named(clause, value):
    value = folded(value)
    if clause.field == "site":
        labels = [label.encode().decode("idna") if label.startswith("xn--") else label for label in value.split(".")]
        known = [".".join(labels[start:]) for start in range(len(labels))]
    elif clause.field == "lang":
        parts = re.split("[-_]", value)
        known = ["-".join(parts[:end]) for end in range(1, len(parts) + 1)]
    else:
        known = [value]
    return any(one.startswith(clause.words[0]) if clause.prefix else one == clause.words[0] for one in known)


def _found(clause, tokens):
    *before, last = clause.words
    for start in range(len(tokens) - len(before)):
        end = tokens[start + len(before)]
        if list(tokens[start : start + len(before)]) == before and (end.startswith(last) if clause.prefix else end == last):
            return True
    return False


def query(chance, vocabulary, depth=0):
    """`vocabulary`: texts of which words and neighbours are drawn, with the case and signs they have."""
    kind = chance.random()
    if depth < 3 and kind < 0.55:
        parts = [query(chance, vocabulary, depth + 1) for _ in range(chance.randint(2, 4))]
        return (all_of if kind < 0.2 else any_of)(parts)
    if kind < 0.65:
        return negate(query(chance, vocabulary, depth + 1)) if depth < 4 else Anything()
    return _leaf(chance, vocabulary)


def _leaf(chance, vocabulary):
    kind = chance.random()
    if kind < 0.03:
        return Anything(chance.choice([None, "author", "category", "lang", "site", "url"]))
    if kind < 0.10:
        return Regex(
            chance.choice(["gpt-?[45]", "^the ", r"\d{4}", "[aeiou]{3}", r"(?:a+)+$", "人", r"\bof\b", "x{2,3}y?"]), None
        )
    if kind < 0.15:
        return Words((chance.choice(["en", "en-us", "de", "fr", "zh"]),), chance.random() < 0.2, "lang")
    if kind < 0.20:
        return Words((chance.choice(["org", "com", "example.org", "blog", "münchen.de"]),), chance.random() < 0.3, "site")
    tokens = cut(chance.choice(vocabulary)) or ("none",)
    start = chance.randrange(len(tokens))
    words = list(tokens[start : start + chance.choice([1, 1, 1, 1, 2, 3])])
    prefix = chance.random() < 0.2
    if prefix:
        words[-1] = words[-1][: chance.randint(1, len(words[-1]))]
        prefix = unicodedata.category(words[-1][0])[0] in "LN" and cut(words[-1]) == (words[-1],)
    if not all(cut(word) == (word,) for word in words):
        words, prefix = ["none"], False
    return Words(tuple(words), prefix, chance.choice([None, None, None, "title", "text", "url", "author", "category", "source"]))
