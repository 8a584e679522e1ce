"""What a query sees of an item.

    subject(item, source_id=…, kind=…, source_title=…) → Subject
    Subject.tokens             the tokens of title and text, as a set
    Subject.words(field)       " the tokens of a field in order \\0 of its next value "
    Subject.values(field)      the values as published, for regexes
    Subject.keys(field)        folded values of site, lang and kind, with what they stand for

The tokens are made at once, since every query asks for them; everything else when first asked for. A Subject is cheap and
short-lived: it is not kept, stored or sent.
"""

from functools import lru_cache
from urllib.parse import unquote

from aggregator.curate.hosts import readable
from aggregator.curate.tokens import fold, words
from aggregator.model import Item

TEXT_LIMIT = 100_000
"""Characters of text that are looked at: some 16,000 words; matching them takes 2 ms."""
VALUE_LIMIT = 2_000
"""Characters of an address, name or category that are looked at."""
COUNT_LIMIT = 200
"""Categories and authors that are looked at."""

HOST_LIMIT = 253
"""Characters of a host (RFC 1035 section 2.3.4) or language tag that are looked at."""

GAP = "\0"
"""Stands between values, so that no phrase spans two of them."""


class Subject:
    """An item, ready to be matched."""

    __slots__ = ("_item", "_joined", "_keys", "_text", "_title", "_values", "kind", "source_id", "source_title", "tokens")

    def __init__(self, item: Item, source_id: str, kind: str, source_title: str) -> None:
        self._item = item
        self.source_id = source_id
        self.kind = kind
        self.source_title = source_title
        self._title = words(item.title[:VALUE_LIMIT])
        self._text = words(item.text[:TEXT_LIMIT])
        self.tokens = frozenset(self._title + self._text)
        self._joined: dict[str | None, str] = {}
        self._keys: dict[str, frozenset[str]] = {}
        self._values: dict[str | None, tuple[str, ...]] = {}

    def words(self, field: str | None) -> str:
        """The tokens of a word field, each with a blank on both sides; without a field, of title and text."""
        try:
            return self._joined[field]
        except KeyError:
            made = self._joined[field] = self._join(field)
            return made

    def _join(self, field: str | None) -> str:
        if field is None:
            return f" {' '.join(self._title)} {GAP} {' '.join(self._text)} "
        if field in {"title", "text"}:
            return f" {' '.join(self._title if field == 'title' else self._text)} "
        return GAP.join(f" {' '.join(words(value))} " for value in self.values(field))

    def values(self, field: str | None) -> tuple[str, ...]:
        """The values of a field as published; without a field, title and text. Without what is empty."""
        try:
            return self._values[field]
        except KeyError:
            made = self._values[field] = tuple(filter(None, self._read(field)))
            return made

    def _read(self, field: str | None) -> list[str]:
        item = self._item
        if field is None:
            return [*self.values("title"), *self.values("text")]
        if field == "title":
            return [item.title[:VALUE_LIMIT]]
        if field == "text":
            return [item.text[:TEXT_LIMIT]]
        if field == "url":
            return [unquote(item.link[:VALUE_LIMIT])] if item.link else []
        if field == "source":
            inner = item.source.title if item.source else None
            return [self.source_id, self.source_title[:VALUE_LIMIT], (inner or "")[:VALUE_LIMIT]]
        if field == "author":
            people = item.authors[:COUNT_LIMIT]
            return [(person.name or person.email or person.uri or "")[:VALUE_LIMIT] for person in people]
        if field == "category":
            labels = ((category.term, category.label) for category in item.categories[:COUNT_LIMIT])
            return list(dict.fromkeys((name or "")[:VALUE_LIMIT] for pair in labels for name in pair))
        return [self._whole(field)]

    def _whole(self, field: str) -> str:
        if field == "site":
            return _host(self._item.link) if self._item.link else ""
        return (self._item.language or "") if field == "lang" else self.kind

    def keys(self, field: str) -> frozenset[str]:
        """The values that a term of a value field may name: a host and its parents, a language and its prefixes."""
        try:
            return self._keys[field]
        except KeyError:
            made = self._keys[field] = _expand(field, self._whole(field)[:HOST_LIMIT])
            return made


def subject(item: Item, *, source_id: str, kind: str, source_title: str) -> Subject:
    """What a query sees of an item of this source."""
    return Subject(item, source_id, kind, source_title)


@lru_cache(maxsize=4096)
def _expand(field: str, written: str) -> frozenset[str]:
    """What a value stands for. The same few come again and again."""
    value = fold(written).strip()
    if not value or field == "kind":
        return frozenset({value} if value else ())
    if field == "lang":
        parts = value.replace("_", "-").split("-")
        return frozenset("-".join(parts[: count + 1]) for count in range(len(parts)))
    parts = readable(value).split(".")
    return frozenset(".".join(parts[index:]) for index in range(len(parts)))


def _host(link: str) -> str:
    """The host of an absolute address, without user, port and final dot. Ten times faster than urlsplit, and never fails."""
    _, _, rest = link[:VALUE_LIMIT].partition("://")
    authority = rest.partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]
    return "" if authority.startswith("[") else authority.partition(":")[0].rstrip(".")
