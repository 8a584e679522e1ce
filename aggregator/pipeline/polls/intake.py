"""From arrivals to the store: identify, decide, write, match. One call is one piece of work in the writer thread.

arrivals ─identity→ keys (ids that repeat are told apart, stored items re-keyed)
         ─recognize→ stored items whose ids the source changed have their new ones
         ─decide→ NEW | UPDATED | UNCHANGED ─write→ item ─match→ memberships, dirty topics
           (what was forgotten is written and matched though it is UNCHANGED, and returns silently)
and, in the same transaction, what the address answered: a 304 can never hide an item that was lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from aggregator.curate.sieve import marks
from aggregator.curate.subject import Subject, subject
from aggregator.dedupe import changes, identity
from aggregator.dedupe.changes import Verdict
from aggregator.model import Arrival, Attribution, Item, Outcome, Source
from aggregator.pipeline.membership import Rules, belong
from aggregator.pipeline.polls.recognized import recognize
from aggregator.pipeline.takedown import keep_out
from aggregator.store import documents, items, kept, ledger, search, sources, takedowns, topics
from aggregator.store.documents import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one document brought, in entries."""

    new: int = 0
    updated: int = 0
    unchanged: int = 0
    dated: tuple[datetime, ...] = ()
    """Effective dates of the new ones."""
    migrated: int = 0
    """Of the updated and unchanged: known by other ids before, because the source changed them."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            new=self.new + other.new,
            updated=self.updated + other.updated,
            unchanged=self.unchanged + other.unchanged,
            dated=self.dated + other.dated,
            migrated=self.migrated + other.migrated,
        )


def take_in(
    db: Database,
    source: Source,
    outcome: Outcome,
    answered: Resource,
    *,
    rules: Rules,
    now: datetime,
    holds: Callable[[str], bool],
) -> Counts:
    """Store what one document of `source` holds. `answered` says which address it came from, and its validators.

    `holds` tells whether another address of the source still has its document: what stands there stands beside this one.
    """
    guarded = takedowns.any_in_force(db)
    if guarded and source.id in takedowns.sources(db):
        return Counts()
    _attribute(db, source, outcome.attribution)
    seen = documents.fingerprints(db, source.id, answered.url)
    standing = {seen[arrival.fingerprint] for arrival in outcome.arrivals if arrival.item is None}

    def beside(url: str) -> bool:
        return url != answered.url and holds(url)

    first = not items.any_of(db, source.id)  # then there is nothing to compare with
    keyed = _identify(db, source.id, outcome.arrivals, standing, beside, first=first)
    migrated = 0
    if not first:
        migrated = recognize(db, source.id, outcome.arrivals, keyed, standing=standing, before={*seen.values()}, holds=beside)
    updated_by_source = outcome.attribution.updated if outcome.attribution else None
    taker = _Taker(db, source, rules, now, updated_by_source, first=first)
    sightings: list[tuple[str, int, str]] = []
    taken: dict[str, int] = {}
    for arrival in outcome.arrivals:
        if arrival.item is None:
            pk = seen[arrival.fingerprint]
            taker.unchanged += 1
        else:
            native, key = keyed[arrival.fingerprint]
            if key in taken or (standing and items.pk_of(db, source.id, key) in standing):
                # the same entry twice: the one that stands, or the first, holds, or they would take turns. Not sighted, so
                # that it is decided again when it stands alone.
                taker.unchanged += 1
                continue
            out = keep_out(db, source.id, (native, key), arrival.item, now) if guarded else None
            taker.unchanged += out is not None
            pk = taken[key] = taker.take(arrival, arrival.item, native, key) if out is None else out
        sightings.append((arrival.fingerprint, pk, arrival.mark))
    topics.touch(db, taker.touched)
    documents.sight(db, source.id, answered.url, sightings)
    documents.answer(db, source.id, answered)
    dated = tuple(taker.dated)
    return Counts(new=len(dated), updated=taker.updated, unchanged=taker.unchanged, dated=dated, migrated=migrated)


class _Taker:
    """The items of one document, one after the other."""

    def __init__(
        self, db: Database, source: Source, rules: Rules, now: datetime, source_updated: datetime | None, *, first: bool
    ) -> None:
        self._db = db
        self._source = source
        self._rules = rules
        self._now = now
        self._source_updated = source_updated
        self._first = first
        row = sources.load(db, source.id)
        self._called = row.called if row else source.id
        self.dated: list[datetime] = []
        self.updated = self.unchanged = 0
        self.touched: set[str] = set()

    def take(self, arrival: Arrival, item: Item, native: str, key: str) -> int:
        """Insert, update or leave alone; returns the item's pk."""
        known = None if self._first else items.known(self._db, self._source.id, key)
        dated = changes.dated(item.published, item.updated, first_seen=self._now)
        change = changes.decide(
            substance=arrival.substance,
            rendition=arrival.rendition,
            stored=None if known is None else _compared(known),
            now=self._now,
            claimed_updated=item.updated,
            dated=dated,
        )
        back = known is not None and known.emptied
        same = change.verdict is Verdict.UNCHANGED and not back
        if known is not None and same and known.published == item.published:
            self.unchanged += 1
            return known.pk
        written = items.Written(
            key=key,
            native=native,
            item=item,
            substance=arrival.substance,
            rendition=arrival.rendition,
            dated=dated,
            revised=change.revised,
            bumps=change.bumps,
            source_updated=self._source_updated,
        )
        keeping: set[str] = set()
        if known is None:
            self.dated.append(dated)
            pk = items.insert(self._db, self._source.id, written, first_seen=self._now)
            touched: set[str] = set()
        elif same:  # but for its claimed date, which may tell it from others some day
            self.unchanged += 1
            items.update(self._db, known.pk, written)
            self._file(known.pk, item)
            return known.pk
        else:
            silent = change.verdict is Verdict.UNCHANGED  # it said the same before it was forgotten
            self.unchanged += silent
            self.updated += not silent
            pk = known.pk
            keeping = set() if back else self._rules.policies.ignoring(kept.published_in(self._db, pk), self._source.id)
            kept.keep(self._db, keeping, pk)
            items.update(self._db, pk, written)
            touched = set(ledger.mark_stale(self._db, pk))
        matches = self._rules.matcher.match(self._file(pk, item))
        new = known is None
        self.touched |= touched | belong(self._db, pk, matches, self._rules, self._now, keeping, new=new, back=back)
        return pk

    def _file(self, pk: int, item: Item) -> Subject:
        """Let the item be found by its words. Returns what a query sees of it."""
        seen = subject(item, source_id=self._source.id, kind=self._source.kind, source_title=self._called)
        search.file(self._db, pk, marks(seen))
        return seen


def _compared(known: items.Known) -> changes.Known:
    return changes.Known(
        substance=known.substance,
        rendition=known.rendition,
        revised=known.revised,
        bumps=known.bumps,
        claimed_updated=known.claimed_updated,
    )


def _identify(
    db: Database, source_id: str, arrivals: Sequence[Arrival], standing: set[int], holds: Callable[[str], bool], *, first: bool
) -> dict[str, tuple[str, str]]:
    """Fingerprint → (native id, key) of each arriving entry. Ids that turn out to repeat are re-keyed in the store, too.

    Adds to `standing` the items of these ids that stand in another document of the source now.
    """
    arriving = {arrival.fingerprint: identity.identity(arrival.item) for arrival in arrivals if arrival.item is not None}
    document = list(arriving.values())
    for native in () if first else {found.native for found in arriving.values()}:
        stored = items.standing(db, source_id, native)
        standing.update(item.pk for item in stored if any(map(holds, documents.sighted_at(db, item.pk))))
        document.extend(identity.identity(item.item) for item in stored if item.pk in standing)
    known = documents.ambiguous(db, source_id)
    raised = identity.levels(document, known)
    for native, level in raised.items():
        for stored_item in items.of_native(db, source_id, native):
            items.rekey(db, stored_item.pk, identity.key(identity.identity(stored_item.item), level))
    documents.set_ambiguous(db, source_id, raised)
    levels = {**known, **raised}
    return {
        fingerprint: (found.native, identity.key(found, levels.get(found.native, 0))) for fingerprint, found in arriving.items()
    }


def _attribute(db: Database, source: Source, attribution: Attribution | None) -> None:
    """Keep what a source says of itself. Its `updated` is kept per item, or every poll would rewrite every entry."""
    if attribution is None:
        return
    said = replace(attribution, updated=None)
    row = sources.load(db, source.id)
    if row is not None and row.attribution != said:
        sources.remember(db, source.id, state=None, attribution=said, hints=None)
        topics.touch_of_source(db, source.id)
