"""Entries whose ids are new but which are not: their stored items get the new ids before they are taken in.

arrivals under keys that the store does not know ─many→ compared with what the source brought last
                                                 ─few→ looked up by address, by date, or by an id that several share
what agrees (dedupe.migration) is renamed in the store; the rest is news
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from sqlite_utils import Database

from aggregator.dedupe import migration
from aggregator.dedupe.changes import dated
from aggregator.dedupe.migration import Facets, Sameness
from aggregator.model import Arrival, Item
from aggregator.store import documents, identities, items
from aggregator.store.identities import Held

COMPARED = 5_000
"""Stored items that a document full of new ids is compared with: five times the most that a document may hold."""


@dataclass(frozen=True, slots=True)
class _New:
    """An entry whose key nobody knows yet."""

    item: Item
    native: str
    key: str
    facets: Facets


def recognize(
    db: Database,
    source_id: str,
    arrivals: Sequence[Arrival],
    keyed: Mapping[str, tuple[str, str]],
    *,
    standing: Set[int],
    before: Set[int],
    holds: Callable[[str], bool],
) -> int:
    """Rename stored items that arrive under new ids. Returns how many a migration of the source renamed.

    `keyed` is fingerprint → native id and key; `standing` items are in the document, `before` were in it the last time.
    `holds` tells which other addresses of the source still have their documents: an item that the source shows beside a new one
    is another.
    """
    stored = {key: items.pk_of(db, source_id, key) for _, key in keyed.values()}
    new = _unknown(arrivals, keyed, stored)
    if not new:
        return 0
    present = standing | set(stored.values())

    def absent(found: Iterable[Held]) -> list[Held]:
        return [one for one in found if one.pk not in present and not any(map(holds, documents.sighted_at(db, one.pk)))]

    renamed = 0
    if migration.may_have_migrated(len(new), len(arrivals)):
        held = absent(_candidates(db, source_id, new, few=len(arrivals) < migration.LEAST))
        found = migration.migrated([one.facets for one in new], [_facets(one) for one in held], len(arrivals))
        for here, there in found.items():
            identities.rename(db, held[there].pk, key=new[here].key, native=new[here].native)
        renamed = len(found) if len(arrivals) >= migration.LEAST else 0
        new = [one for place, one in enumerate(new) if place not in found]
    new = _recognize_beside(db, source_id, new, absent)
    _recognize_alone(db, source_id, new, absent, before - present)
    return renamed


def _recognize_beside(
    db: Database, source_id: str, new: Sequence[_New], absent: Callable[[Iterable[Held]], list[Held]]
) -> list[_New]:
    """Items whose id is no news, but the address or title that tells them from others of that id. Returns those left over."""
    groups: dict[str, list[_New]] = {}
    for one in new:
        if one.key != one.native:
            groups.setdefault(one.native, []).append(one)
    known: set[str] = set()
    for native, group in groups.items():
        held = absent(identities.named(db, source_id, native))
        pairs = migration.pairs([one.facets for one in group], [_facets(one) for one in held])
        for here, there in pairs.items():
            identities.rename(db, held[there].pk, key=group[here].key, native=native)
            known.add(group[here].key)
    return [one for one in new if one.key not in known]


def _unknown(arrivals: Sequence[Arrival], keyed: Mapping[str, tuple[str, str]], stored: Mapping[str, int | None]) -> list[_New]:
    """Entries whose key the store does not have, each key once, in document order."""
    found: dict[str, _New] = {}
    for arrival in arrivals:
        if arrival.item is not None:
            native, key = keyed[arrival.fingerprint]
            if key not in found and stored[key] is None:
                found[key] = _New(arrival.item, native, key, migration.facets(arrival.item, arrival.substance))
    return list(found.values())


def _candidates(db: Database, source_id: str, new: Sequence[_New], *, few: bool) -> list[Held]:
    """Stored items that may be among the new ones. For a folder of short files it must not take a look at everything."""
    if not few:
        return identities.newest(db, source_id, COMPARED)
    found: dict[int, Held] = {}
    for one in new:
        if one.item.link_key is not None:
            found.update((held.pk, held) for held in identities.at(db, source_id, one.item.link_key))
        if one.item.published is not None:
            instant = dated(one.item.published, first_seen=one.item.published)
            found.update((held.pk, held) for held in identities.dated(db, source_id, instant))
    return list(found.values())


def _recognize_alone(
    db: Database, source_id: str, new: Sequence[_New], absent: Callable[[Iterable[Held]], list[Held]], gone: Set[int]
) -> None:
    """Single posts that were made anew: at an address that no other item of the source has, or with everything but a host.

    A document may hold nothing but new ones, with one date, and all that left it may be alike: nothing is looked up twice.
    """
    at = cache(lambda link_key: identities.at(db, source_id, link_key))
    dated_at = cache(lambda instant: _by_sameness(identities.dated(db, source_id, instant)))
    left = cache(lambda: _by_sameness(identities.of(db, gone)))

    @cache
    def same(sought: Sameness) -> list[Held]:
        date = sought[-1]
        # A post that was put on top again claims another date than its own: it is known by having just left the document.
        near = [*dated_at(dated(date, first_seen=date)).get(sought, ()), *left().get(sought, ())]
        return absent({held.pk: held for held in near}.values())

    for one in new:
        found: list[Held] = []
        if one.item.link_key is not None:
            there = at(one.item.link_key)
            if len(there) == 1 and migration.reposted(one.facets, _facets(there[0])):
                found = absent(there)
        if not found and (sought := migration.sameness(one.facets)):
            found = same(sought)
        if len(found) == 1:
            identities.rename(db, found[0].pk, key=one.key, native=one.native)


def _by_sameness(found: Iterable[Held]) -> Mapping[Sameness, Sequence[Held]]:
    by: dict[Sameness, list[Held]] = {}
    for held in found:
        if sameness := migration.sameness(_facets(held)):
            by.setdefault(sameness, []).append(held)
    return by


def _facets(held: Held) -> Facets:
    return Facets(
        title=migration.folded(held.title or ""),
        text=held.substance if held.worded else "",
        media=frozenset(map(migration.file_name, held.media)),
        address=held.link_key or "",
        date=held.published,
        seen=held.first_seen,
    )
