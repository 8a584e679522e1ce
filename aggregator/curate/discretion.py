"""An entry without the key of the source that it comes from, wherever its publisher put it. Pure.

    keys(addresses) → the parts of secret addresses that nobody may see      without(entry, keys) → the entry

Feeds name themselves in many places: links of their entries, the addresses of their authors, relative addresses that are
resolved below a path that is a key.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from html import escape
from typing import TypeVar
from urllib.parse import quote, unquote, urlsplit

from aggregator.curate.secrecy import is_secret_parameter, is_secret_segment, looks_secret
from aggregator.model import Attribution, FeedEntry, Html, Person, Plain, Url

SHORTEST = 6
"""Characters of a key that is looked for inside other texts; a shorter one is only found as part of its whole address."""
MOST = 32
"""Keys of one address; signed addresses have some eight. Each is looked for, in four spellings, all through each entry."""
HIDDEN = "***"

_Text = TypeVar("_Text", Plain, Html, str)


def keys(addresses: Iterable[str | None]) -> frozenset[str]:
    """What must not appear: each secret address, and its secret parts, as they are written in addresses and in markup.

    Of an address with more than MOST keys it is "", which is found everywhere: which of them is the real one nobody can tell, so
    that nothing may be shown in which it could stand.
    """
    found: set[str] = set()
    for address in addresses:
        if address is not None and looks_secret(address):
            parts = {part for part in _parts(address) if len(part) >= SHORTEST}
            if len(parts) > MOST:
                return frozenset({""})
            found |= {address, *parts}
    return frozenset(form for part in found for form in (part, escape(part), quote(part, safe=""), quote(part)))


def _parts(address: str) -> Iterable[str]:
    try:
        url = urlsplit(address)
    except ValueError:
        return
    yield from (url.password or "", url.username or "" if "@" in url.netloc else "")
    segments = url.path.split("/")
    for place, segment in enumerate(segments):
        if is_secret_segment(unquote(segment), segments[place - 1] if place else ""):
            yield segment
    for pair in re.split("[&;]", f"{url.query}&{url.fragment}"):
        name, _, value = pair.partition("=")
        if is_secret_parameter(unquote(name), unquote(value)):
            yield value or name


def without(entry: FeedEntry, hidden: Collection[str]) -> FeedEntry:
    """The entry without addresses that hold any of `hidden`; in what it says, these are replaced by HIDDEN."""
    if not hidden:
        return entry
    veil = Veil(hidden)
    clean = replace(
        entry,
        title=veil.text(entry.title),
        link=veil.url(entry.link),
        summary=veil.text(entry.summary) if entry.summary else None,
        content=veil.text(entry.content) if entry.content else None,
        text=veil.text(entry.text),
        authors=veil.people(entry.authors),
        contributors=veil.people(entry.contributors),
        categories=tuple(one for one in entry.categories if veil.shows(one.scheme, one.term, one.label)),
        enclosures=tuple(one for one in entry.enclosures if veil.shows(one.href)),
        links=tuple(one for one in entry.links if veil.shows(one.href)),
        image=veil.url(entry.image),
        rights=veil.text(entry.rights) if entry.rights else None,
        source=veil.source(entry.source) if entry.source else None,
        comments=veil.url(entry.comments),
        extra={name: value for name, value in entry.extra.items() if veil.shows(value)},
    )
    return entry if clean == entry else clean


class Veil:
    """Hides some strings."""

    def __init__(self, hidden: Collection[str]) -> None:
        self._hidden = sorted(hidden, key=len, reverse=True)

    def shows(self, *texts: str | None) -> bool:
        """Whether none of the texts holds anything hidden."""
        return not any(part in text for part in self._hidden for text in texts if text is not None)

    def url(self, address: Url | None) -> Url | None:
        return address if self.shows(address) else None

    def text(self, text: _Text) -> _Text:
        if "" in self._hidden:
            return type(text)(HIDDEN if text else "")
        for part in self._hidden:
            text = type(text)(text.replace(part, HIDDEN))
        return text

    def people(self, persons: Iterable[Person]) -> tuple[Person, ...]:
        return tuple(one if self.shows(one.uri) else replace(one, uri=None) for one in persons)

    def source(self, said: Attribution) -> Attribution:
        return replace(
            said,
            id=said.id if self.shows(said.id) else None,
            link=self.url(said.link),
            self_link=self.url(said.self_link),
            license=self.url(said.license),
            image=self.url(said.image),
            authors=self.people(said.authors),
        )
