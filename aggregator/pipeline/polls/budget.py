"""How often each source is polled: what a poll taught, what the operator's budget allows, and what the user wrote.

poll ─learn→ rate ─┬─ all paces ─solve→ Share(k, prior), kept: a restart goes on where it was
                   └─ next_poll(rate, share) ─after_success→ Plan        cron and interval of the source come before that

Everything here runs in the store's writer thread, inside the transaction of the poll.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from aggregator.model import Hints, Source
from aggregator.pipeline.polls.chance import chance
from aggregator.pipeline.polls.cooling import domain_of_url
from aggregator.polling import adaptive, cron, rate
from aggregator.polling.adaptive import Demand
from aggregator.polling.backlog import sane_due, spread
from aggregator.polling.plan import CEILING, DEFAULT, JITTER, Plan, after_success, raised
from aggregator.polling.rate import Prior, Rate
from aggregator.store import hosts, rates, sources
from aggregator.store.sources import BACKLOG

SOON, LATER = timedelta(minutes=1), timedelta(minutes=5)
"""The budget is dealt out anew after SOON if CHANGED of the sources were polled since, after LATER if any was …"""
CHANGED = 0.01
MOST = 0.1
"""… and at once if so many were: to deal out takes two microseconds a source, which each poll would pay for all others."""
SMALL = 50
"""So few sources are dealt out anew after each poll: a tenth of a millisecond."""
_HELD = frozenset({"retry-after", "backoff", "gone"})
"""Reasons that outlast a pause."""
SETTING = "share"


@dataclass(frozen=True, slots=True)
class Share:
    """How the budget is dealt out."""

    k: float
    prior: Prior


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll that worked says of when to ask again."""

    source: Source
    posts: Sequence[datetime] = ()
    """Effective dates of its new items."""
    freshness: float | None = None
    """Seconds for which its documents stay fresh."""
    hints: Hints = field(default_factory=Hints)


class Budget:
    """`per_day` requests per source and day, on average over those of `configured` that are enabled, remote and not told when."""

    def __init__(self, configured: Iterable[Source], per_day: float) -> None:
        self._sources = {source.id: source for source in configured if source.enabled}
        self._chosen = {source.id: source for source in self._sources.values() if _is_ours(source)}
        self._per_day = per_day
        self._share: Share | None = None
        self._solved: datetime | None = None
        self._changes = 0

    def plan(self, db: Database, polls: Sequence[Polled], now: datetime) -> list[Plan]:
        """Learn from polls that worked, one after the other, and plan the next one of each."""
        known = rates.load_some(db, [poll.source.id for poll in polls])
        resting = hosts.resting(db, now)
        return [
            raised(self._plan(db, poll, known.get(poll.source.id), now), resting.get(domain_of_url(poll.source.url) or ""))
            for poll in polls
        ]

    def _plan(self, db: Database, poll: Polled, kept: str | None, now: datetime) -> Plan:
        source, hints = poll.source, poll.hints
        known = rate.from_text(kept)
        learned = rate.learn(known, poll.posts, rate.last_learned(known), now)
        least = min(max(poll.freshness or 0.0, hints.ttl or 0.0), CEILING)
        prior = self._share.prior if self._share is not None else Prior()
        rates.keep(db, source.id, rate=rate.to_text(learned), pace=rate.pace(learned, prior), least=least)
        self._changes += 1
        share = self.share(db, now)
        why, wait = self._choose(source, learned, share, now)
        return after_success(now, interval=wait, why=why, freshness=poll.freshness, hints=hints, jitter=chance())

    def _choose(
        self, source: Source, learned: Rate, share: Share, now: datetime
    ) -> tuple[Literal["adaptive", "interval", "cron"], float]:
        """Who says when this source is polled, and in how many seconds."""
        if source.cron is not None:
            at = cron.next_time(source.cron, source.timezone, now)
            return "cron", CEILING if at is None else (at - now).total_seconds()
        if source.interval is not None or source.id not in self._chosen:
            return "interval", DEFAULT if source.interval is None else source.interval
        floor, ceiling = adaptive.bounds(source.floor, source.ceiling)
        return "adaptive", adaptive.next_poll(now, learned, share.prior, share.k, floor, ceiling)

    def share(self, db: Database, now: datetime) -> Share:
        """How the budget is dealt out at `now`; solved again if enough has changed."""
        if self._share is None:
            self._share, self._solved = self._kept(db), now
        if self._share is None or self._is_stale(now):
            self._share = self._solve(db)
            self._solved, self._changes = now, 0
            rates.set_setting(
                db, SETTING, json.dumps({"budget": self._per_day, "k": self._share.k, "mean": self._share.prior.mean})
            )
        return self._share

    def settle(self, db: Database, now: datetime, *, gently: bool) -> int:
        """Put the schedule right after a pause or a jump of the clock. Returns how many sources are polled at another time.

        What no plan can have set is due within a day; with `gently`, a backlog is spread over the next minutes.
        """
        rates.release(db, now + timedelta(seconds=CEILING * (1 + JITTER)))
        changed: dict[str, tuple[datetime, str]] = {}
        overdue: list[tuple[str, datetime | None]] = []
        reasons: dict[str, str] = {}
        for id, due, reason in rates.dues(db):
            source = self._sources.get(id)
            if source is None or due is None:
                continue
            sane = sane_due(due, reason, now, longest=_longest(source), jitter=chance())
            if sane is not None and sane != due:
                changed[id] = sane, reason or "interval"
            elif source.path is None:
                overdue.append((id, due))
            reasons[id] = reason or "interval"
        if gently:
            later = spread(overdue, now, budget=self._per_day, sources=len(self._sources))
            changed |= {id: (due, reasons[id] if reasons[id] in _HELD else BACKLOG) for id, due in later.items()}
        for id, (due, reason) in changed.items():
            sources.schedule(db, id, due, reason)
        return len(changed)

    def _is_stale(self, now: datetime) -> bool:
        if self._solved is None or len(self._chosen) <= SMALL:
            return self._changes > 0
        if self._changes >= MOST * len(self._chosen):
            return True
        passed = abs(now - self._solved)
        return (self._changes > 0 and passed >= LATER) or (self._changes >= CHANGED * len(self._chosen) and passed >= SOON)

    def _kept(self, db: Database) -> Share | None:
        """What an earlier run found for this budget; None if it had another one, or cannot be read: then it is solved anew."""
        try:
            kept = json.loads(rates.setting(db, SETTING) or "")
            budget, share = float(kept["budget"]), Share(float(kept["k"]), Prior(mean=float(kept["mean"])))
        except (ValueError, TypeError, KeyError):
            return None
        sane = all(math.isfinite(number) and number > 0 for number in (share.k, share.prior.mean))
        return share if sane and budget == self._per_day else None

    def _solve(self, db: Database) -> Share:
        known = [(self._chosen[id], pace, least) for id, pace, least in rates.paces(db) if id in self._chosen]
        prior = rate.prior_of(pace for _, pace, _ in known if pace is not None)
        usual = math.sqrt(prior.mean)
        demands = (_demand(source, usual if pace is None else pace, least) for source, pace, least in known)
        return Share(adaptive.solve(demands, self._per_day * (1 + JITTER / 2)), prior)  # jitter makes each interval longer


def _is_ours(source: Source) -> bool:
    """Whether the program chooses when this source is polled, and somebody pays for it."""
    return source.cron is None and source.interval is None and source.path is None


def _demand(source: Source, pace: float, least: float) -> Demand:
    floor, ceiling = adaptive.bounds(source.floor, source.ceiling)
    return Demand(pace, max(floor, least), max(ceiling, least)) if least else Demand(pace, floor, ceiling)


def _longest(source: Source) -> float:
    """Seconds that a plan of ours for this source may reach, without what the source asks."""
    if source.interval is not None:
        return source.interval
    return adaptive.bounds(source.floor, source.ceiling)[1]
