"""The live items and their stories: an explicit value, rebuilt from the store, that decides about a run's new items together.

Told ─address, guid→ copy ─containment→ copy ─nearest story (cosine, window, age, sources)→ story ─else→ first
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import sqrt
from typing import TypeVar
from zlib import crc32

from aggregator.stories.shingles import containment, shingles
from aggregator.stories.telling import THRESHOLDS, Change, Decision, Kept, Settings, Told
from aggregator.stories.titles import clean, series
from aggregator.stories.trace import Trace, pack, unpack
from aggregator.stories.vectors import Lexicon, Reading, vector

_CONTAINED = 0.8
_HITS = 3
_TITLE_WORDS = 4


Key = TypeVar("Key")


class _Live:
    __slots__ = ("copy_of", "dated", "domain", "link_key", "native", "packed", "pk", "source", "story", "trace", "weights")

    def __init__(self, kept: Kept, trace: Trace) -> None:
        self.pk, self.source, self.domain = kept.pk, kept.source_id, kept.domain
        self.link_key, self.native = kept.link_key, kept.native
        self.dated, self.story, self.copy_of = kept.dated.timestamp(), kept.story, kept.copy_of
        self.trace, self.packed = trace, kept.trace
        self.weights = dict(zip(trace.terms, trace.weights, strict=True))


class Stories:
    """Groups items into stories. State is a function of what was kept, not of the order in which it came."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lexicon = Lexicon(settings.background)
        self._live: dict[int, _Live] = {}
        self._stories: dict[int, set[int]] = {}
        self._holding: dict[int, set[int]] = {}
        self._addresses: dict[str, set[int]] = {}
        self._natives: dict[str, set[int]] = {}
        self._apart: set[tuple[int, int]] = set()
        self._merged: list[tuple[int, int]] = []

    def load(self, rows: Iterable[Kept], apart: Iterable[tuple[int, int]] = ()) -> None:
        """Take in what the store holds; a row whose trace another version wrote is left out."""
        self._apart.update(apart)
        for row in rows:
            trace = unpack(row.trace)
            if trace is not None:
                self._put(_Live(row, trace))

    def group(self, batch: Sequence[Told]) -> list[Decision]:
        """Decide about a run's new items, by effective date; the decisions are in that order.

        An item that is known (told again because it changed) stays in its story; its trace is renewed.
        """
        self._merged = []
        ordered = sorted(
            batch, key=lambda told: (told.dated, told.source_id, told.native or told.link_key or told.title, told.pk)
        )
        return [self._decide(told, Reading(told, self._lexicon)) for told in ordered]

    def merges(self) -> list[tuple[int, int]]:
        """What the last `group` merged, as (younger story, older story that survives): to be stored in the same transaction."""
        return list(self._merged)

    def forget(self, before: datetime) -> None:
        """Drop what is dated earlier; a `load` of the rows dated `before` or later gives the same state."""
        limit = before.timestamp()
        for pk in [pk for pk, live in self._live.items() if live.dated < limit]:
            self._drop(pk)

    def split(self, pk: int) -> Change:
        """Take an item out of its story, for ever. Where it began the story, the others go on under the next oldest of them."""
        live = self._live.get(pk)
        if live is None:
            return Change()
        others = self._stories[live.story] - {pk}
        if not others:
            return Change()
        apart = frozenset((min(pk, other), max(pk, other)) for other in others)
        self._apart |= apart
        moved = {pk: pk}
        if live.story == pk:
            heir = min(others, key=lambda other: (self._live[other].dated, other))
            moved |= dict.fromkeys(others, heir)
        return self._move(moved, apart=apart)

    def join(self, pk: int, story: int) -> Change:
        """Put an item into a story, whatever the rules say; undoes a split of the two."""
        live = self._live.get(pk)
        members = self._stories.get(story)
        if live is None or members is None or live.story == story:
            return Change()
        together = frozenset(pair for pair in self._apart if pk in pair and (pair[0] in members or pair[1] in members))
        self._apart -= together
        moved = {pk: story}
        others = self._stories[live.story] - {pk}
        if live.story == pk and others:
            moved |= dict.fromkeys(others, min(others, key=lambda other: (self._live[other].dated, other)))
        return self._move(moved, together=together)

    def _move(
        self,
        moved: dict[int, int],
        apart: frozenset[tuple[int, int]] = frozenset(),
        together: frozenset[tuple[int, int]] = frozenset(),
    ) -> Change:
        before = {pk: self._live[pk].story for pk in moved}
        for pk, story in moved.items():
            self._stories[before[pk]].discard(pk)
            self._stories.setdefault(story, set()).add(pk)
            self._live[pk].story = story
        copies: dict[int, int | None] = {}
        for pk, live in self._live.items():
            if live.copy_of in self._live and self._live[live.copy_of].story != live.story:
                live.copy_of = None
                copies[pk] = None
        for story in set(before.values()):
            if not self._stories[story]:
                del self._stories[story]
        return Change(moved=moved, copies=copies, apart=apart, together=together)

    def _decide(self, told: Told, reading: Reading) -> Decision:
        cleaned = clean(told.title)
        known = self._live.get(told.pk)
        if known is not None:
            self._drop(told.pk)
        terms, weights = vector(reading, lambda term: len(self._holding.get(term, ())) + 1, len(self._live) + 1)
        trace = Trace(
            language=reading.language,
            headline=reading.headline,
            title=_hash(cleaned) if cleaned.count(" ") >= _TITLE_WORDS - 1 else 0,
            series=_hash(series(cleaned)),
            terms=terms,
            weights=weights,
            shingles=shingles(reading.body, lambda word: crc32(word.encode("utf-8", "replace"))),
        )
        packed = pack(trace)
        story = known.story if known is not None else told.pk
        live = _Live(
            Kept(pk=told.pk, source_id=told.source_id, domain=told.domain, link_key=told.link_key, native=told.native,
                 dated=told.dated, story=story, copy_of=known.copy_of if known is not None else None, trace=packed),
            trace,
        )  # fmt: skip
        if known is not None:
            decision = Decision(
                pk=told.pk,
                kind="copy" if live.copy_of is not None else "first" if story == told.pk else "story",
                story=None if story == told.pk else story,
                nearest=live.copy_of,
                reason="first" if story == told.pk else "terms",
                trace=packed,
            )
        else:
            decision = self._copy(live) or self._nearest(live, reading)
            if decision.story is not None:
                live.story = decision.story
            if decision.kind == "copy":
                live.copy_of = decision.nearest
        self._put(live)
        return decision

    def _copy(self, live: _Live) -> Decision | None:
        for reason, table, key in (("address", self._addresses, live.link_key), ("guid", self._natives, live.native)):
            if key and (reason == "address" or "://" in key or key.startswith(("tag:", "urn:"))):
                others = [self._live[pk] for pk in table.get(key, ()) if not self._are_apart(live.pk, pk)]
                if others:
                    return self._copied(live, min(others, key=lambda other: (other.dated, other.pk)), reason, None)
        best: tuple[float, float, _Live] | None = None
        for pk in {pk for term in live.trace.terms for pk in self._holding.get(term, ())}:
            other = self._live[pk]
            if other.source == live.source or self._are_apart(live.pk, pk):
                continue
            share, hits = containment(live.trace.shingles, other.trace.shingles)
            if share >= _CONTAINED and hits >= _HITS and (best is None or (share, -other.dated) > best[:2]):
                best = (share, -other.dated, other)
        return self._copied(live, best[2], "contained", best[0]) if best is not None else None

    def _copied(self, live: _Live, other: _Live, reason: str, score: float | None) -> Decision:
        return Decision(
            pk=live.pk,
            kind="copy",
            story=other.story,
            nearest=other.pk,
            score=score,
            gap=abs(live.dated - other.dated),
            reason=reason,
            trace=live.packed,
        )

    def _nearest(self, live: _Live, reading: Reading) -> Decision:
        scored: list[tuple[float, int]] = []
        candidates = {self._live[pk].story for term in live.trace.terms for pk in self._holding.get(term, ())}
        for story in candidates:
            centroid: dict[int, int] = {}
            for pk in self._stories[story]:
                for term, weight in self._live[pk].weights.items():
                    centroid[term] = centroid.get(term, 0) + weight
            norm = sqrt(
                sum(weight * weight for weight in centroid.values()) * sum(weight * weight for weight in live.weights.values())
            )
            scored.append((sum(weight * centroid.get(term, 0) for term, weight in live.weights.items()) / (norm or 1.0), -story))
        refused: Decision | None = None
        for score, story in sorted(scored, reverse=True):
            decision = self._join(live, -story, score, reading)
            if decision.kind == "story":
                return decision
            refused = refused or decision
            if score < THRESHOLDS[self._settings.strictness]:
                break
        return refused or Decision(pk=live.pk, kind="first", reason="first", trace=live.packed)

    def _join(self, live: _Live, story: int, score: float, reading: Reading) -> Decision:
        members = [self._live[pk] for pk in self._stories[story]]
        nearest = min(members, key=lambda other: (abs(other.dated - live.dated), other.pk))
        gap = abs(nearest.dated - live.dated)
        shared = sorted(
            ((live.weights[term] * max(m.weights.get(term, 0) for m in members) / 2**30, reading.names[term])
             for term in live.weights if any(term in m.weights for m in members)),
            reverse=True,
        )  # fmt: skip
        dates = [member.dated for member in members] + [live.dated]
        reason = "terms"
        if score < THRESHOLDS[self._settings.strictness]:
            reason = "score"
        elif any(self._are_apart(live.pk, member.pk) for member in members):
            reason = "split"
        elif gap > self._settings.window:
            reason = "window"
        elif max(dates) - min(dates) > self._settings.max_age:
            reason = "too-old"
        elif {member.source for member in members} == {live.source}:
            reason = "own-source"
        elif (live.trace.headline or all(member.trace.headline for member in members)) and len(shared) < 2:
            reason = "evidence"
        elif self._recurs(live):
            reason = "recurring-title"
        return Decision(
            pk=live.pk,
            kind="story" if reason == "terms" else "first",
            story=story if reason == "terms" else None,
            nearest=nearest.pk,
            score=score,
            terms=tuple((name, weight) for weight, name in shared[:8]),
            gap=gap,
            reason=reason,
            trace=live.packed,
        )

    def _recurs(self, live: _Live) -> bool:
        days = {
            int(other.dated // 86400)
            for other in self._live.values()
            if other.trace.series == live.trace.series and other.source == live.source
        }
        return live.trace.series != 0 and len(days | {int(live.dated // 86400)}) >= 3

    def _are_apart(self, first: int, second: int) -> bool:
        return (min(first, second), max(first, second)) in self._apart

    def _put(self, live: _Live) -> None:
        self._live[live.pk] = live
        self._stories.setdefault(live.story, set()).add(live.pk)
        for term in live.trace.terms:
            self._holding.setdefault(term, set()).add(live.pk)
        if live.link_key:
            self._addresses.setdefault(live.link_key, set()).add(live.pk)
        if live.native:
            self._natives.setdefault(live.native, set()).add(live.pk)

    def _drop(self, pk: int) -> None:
        live = self._live.pop(pk)
        self._stories[live.story].discard(pk)
        if not self._stories[live.story]:
            del self._stories[live.story]
        for term in live.trace.terms:
            _discard(self._holding, term, pk)
        if live.link_key:
            _discard(self._addresses, live.link_key, pk)
        if live.native:
            _discard(self._natives, live.native, pk)


def _discard(table: dict[Key, set[int]], key: Key, pk: int) -> None:
    table[key].discard(pk)
    if not table[key]:
        del table[key]


def _hash(text: str) -> int:
    data = text.encode("utf-8", "replace")
    return crc32(data) << 32 | crc32(data[::-1]) if data else 0
