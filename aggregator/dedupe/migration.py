"""A source that changes its ids: which of its new items are old ones? Pure.

    facets(item, substance) → what may tell that two items are one: title, text, address, date
    migrated(new, absent, size) → new item → stored one, where so much of a document agrees that it can be no accident
    pairs(new, absent)    → the same without asking how many: for items that share an id
    reposted(new, stored) → whether one item alone is an old one under another id
    sameness(item)        → what tells so without its address, to look it up by

Two items agree if two of title, link (path or slug) and date are the same, and no other pair agrees in these. A link that many
items share says nothing. Of undated items, the words count as the date. A later date is believed, and makes an item news, unless
its words and media are the same as before.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.compatible import compatible
from aggregator.dedupe.changes import SKEW
from aggregator.model import Item

LEAST = 5
"""Pairs that make a migration; of a shorter document, all of its items must pair (DESIGN: a source that changes its ids)."""
_WORD = re.compile(r"\w+")
_HOST = re.compile(r"[^/?]*")
_INDEX = re.compile(r"/(?:index|default)\.[a-z]{2,5}$", re.I)
_SUFFIX = re.compile(r"\.(?:html?|php\d?|aspx?|jsp|cgi|shtml|xml|md)$", re.I)

Sameness = tuple[str, str, datetime]
"""Title, path and date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What may tell that two items are one; empty where an item has none of it."""

    title: str = ""
    """Its words, folded; empty where it was made from the text."""
    text: str = ""
    """Digest of its words; empty without a text."""
    media: frozenset[str] = frozenset()
    """File names of its enclosures."""
    address: str = ""
    """Comparison key of its link."""
    date: datetime | None = None
    """As claimed."""
    seen: datetime | None = None
    """When it was seen first; None for an item that is new."""

    @property
    def host(self) -> str:
        """Host of the address."""
        host = _HOST.match(self.address)
        return host[0] if host else ""

    @property
    def path(self) -> str:
        """Path and query of the address: what stays when a site gets another host."""
        host = _HOST.match(self.address)
        return _INDEX.sub("", f"/{self.address[host.end() :].lstrip('/')}").strip("/") if host else ""

    @property
    def slug(self) -> str:
        """The last part of the path, without a file's suffix: what stays when a site changes its permalinks."""
        path, _, query = self.path.partition("?")
        return "" if query else _SUFFIX.sub("", path.rpartition("/")[2])


def facets(item: Item, substance: str) -> Facets:
    """The facets of an item that has just come. `substance` as in `aggregator.dedupe.hashes`."""
    return Facets(
        title="" if item.untitled else folded(item.title),
        text=substance if item.text else "",
        media=frozenset(file_name(enclosure.href) for enclosure in item.enclosures),
        address=item.link_key or "",
        date=item.published,
    )


def folded(title: str) -> str:
    """A title's words without case, typography and punctuation."""
    return " ".join(_WORD.findall(compatible(title).casefold()))


def file_name(address: str) -> str:
    """The last part of an address's path, which stays when media move to another host."""
    try:
        return urlsplit(address).path.rpartition("/")[2]
    except ValueError:
        return address


def may_have_migrated(new: int, size: int) -> bool:
    """Whether so many new ids among `size` items of a document can be a migration at all."""
    return 2 * new >= size and (new >= LEAST or 0 < new == size)


def migrated(new: Sequence[Facets], absent: Sequence[Facets], size: int) -> Mapping[int, int]:
    """Place in `new` → place in `absent`: items that are one, if the source changed its ids; else nothing.

    `new` are the items of a document whose ids are new, `absent` stored ones of its source whose ids it does not hold, `size` is
    how many items it has. It is a migration if at least half of them pair, and at least LEAST or all.
    """
    found = pairs(new, absent, few=size < LEAST)
    return found if may_have_migrated(len(found), size) else {}


def pairs(new: Sequence[Facets], absent: Sequence[Facets], *, few: bool = True) -> Mapping[int, int]:
    """Place in `new` → place in `absent` of the items that agree, without asking how many do.

    Where there are `few`, address and title are not enough: date, or words and media, have to be the same, too.
    """
    found: dict[int, int] = {}
    used: set[int] = set()
    for facet in _evidence(new, absent):
        left = {place: value for place, one in enumerate(new) if place not in found and (value := facet(one))}
        there = {place: value for place, one in enumerate(absent) if place not in used and (value := facet(one))}
        for here, back in _alone(left, there):
            if not _is_news(new[here], absent[back], few=few):
                found[here] = back
                used.add(back)
    return found


def reposted(new: Facets, stored: Facets) -> bool:
    """Whether a single item is an old one under another id: same address and title, and the same date or words and media.

    To be asked only of an address that no other item of the source has.
    """
    same = bool(new.address and new.title) and (new.address, new.title) == (stored.address, stored.title)
    return same and (_says_the_same(new, stored) or (new.date is not None and new.date == stored.date))


def sameness(one: Facets) -> Sameness | None:
    """What a single item must have in common with a stored one: an address may have got another host, and an id with it.

    None where it lacks any of it: then it is nobody's like.
    """
    return (one.title, one.path, one.date) if one.title and one.path and one.date else None


_Value = tuple[object, ...]
_Facet = Callable[[Facets], _Value | None]


def _evidence(new: Sequence[Facets], absent: Sequence[Facets]) -> Sequence[_Facet]:
    """Two facets each, as functions from an item to both values; None where it lacks one. The surest first."""

    def link(of: Callable[[Facets], str]) -> Callable[[Facets], str | None]:
        common = _common([of(one) for one in new]) | _common([of(one) for one in absent])
        return lambda one: None if (value := of(one)) in common else value

    def path(one: Facets) -> str:
        return one.path

    def slug(one: Facets) -> str:
        return one.slug

    def words(one: Facets) -> str | None:
        return one.title or one.text or None

    def undated_text(one: Facets) -> str | None:
        has_none = one.date is None or one.seen is not None  # it is the new one's date that could say otherwise
        return one.text if has_none and one.title else None

    def date(one: Facets) -> datetime | None:
        return one.date

    by_path, by_slug = link(path), link(slug)
    both = ((words, by_path), (words, date), (by_path, date), (words, by_slug), (by_slug, date), (words, undated_text))
    return [_both(first, second) for first, second in both]


def _both(first: Callable[[Facets], object], second: Callable[[Facets], object]) -> _Facet:
    def value(one: Facets) -> _Value | None:
        values = (first(one), second(one))
        return values if all(values) else None

    return value


def _common(values: Sequence[str]) -> set[str]:
    """Values that more than a quarter of the items share, and more than two."""
    return {value for value, times in Counter(values).items() if times > max(2, len(values) // 4)}


def _alone(here: Mapping[int, _Value], there: Mapping[int, _Value]) -> list[tuple[int, int]]:
    """Places on both sides whose value no other place on their side has."""
    sides: tuple[defaultdict[_Value, list[int]], ...] = (defaultdict(list), defaultdict(list))
    for side, values in zip(sides, (here, there), strict=True):
        for place, value in values.items():
            side[value].append(place)
    ours, theirs = sides
    return [(places[0], theirs[value][0]) for value, places in ours.items() if len(places) == 1 == len(theirs.get(value, ()))]


def _is_news(new: Facets, stored: Facets, *, few: bool) -> bool:
    """Whether items that agree are two all the same: the date says so, and the words do not say otherwise."""
    if new.date is not None and new.date == stored.date:
        return False
    later = new.date is not None and stored.seen is not None and new.date > stored.seen + SKEW
    return (later or few) and not _says_the_same(new, stored)


def _says_the_same(new: Facets, stored: Facets) -> bool:
    return bool(new.text) and new.text == stored.text and new.media == stored.media
