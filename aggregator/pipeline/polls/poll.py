"""One poll of one source: claim, ask, fetch, parse in a worker, take in, plan the next one.

claim due forward (committed before the fetch: neither restart nor kill polls early)
adapter.requests → fetch ─304→ nothing to do
                         ─same body→ nothing to do
                         ─Document→ worker → take in (one transaction with the validators) → further requests …
state, header and hints are kept once every document was stored; then `due` and its reason
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.errors import FetchError, SourceError
from aggregator.fetch.fetcher import Fetcher
from aggregator.model import Document, Network, Outcome, Request, Source
from aggregator.pipeline.membership import Rules
from aggregator.pipeline.polls import cooling, lists, moved
from aggregator.pipeline.polls.budget import Budget
from aggregator.pipeline.polls.chance import chance
from aggregator.pipeline.polls.claims import claim
from aggregator.pipeline.polls.cooling import domain_of
from aggregator.pipeline.polls.credentials import with_headers, without_headers
from aggregator.pipeline.polls.gathered import Gathered
from aggregator.pipeline.polls.intake import Counts, take_in
from aggregator.pipeline.polls.network import NO_NETWORK, SENTENCE
from aggregator.pipeline.polls.outage import Outage
from aggregator.pipeline.polls.overlay import settle
from aggregator.pipeline.polls.own import may_be_own, without_own
from aggregator.pipeline.polls.validators import kept_after, with_validators
from aggregator.pipeline.polls.walk import walk
from aggregator.pipeline.report import SourceReport
from aggregator.pipeline.workers import Workers
from aggregator.polling.freshness import freshness
from aggregator.polling.plan import Plan, after_failure
from aggregator.sources import charset
from aggregator.store import documents, hosts, moves, sources
from aggregator.store.documents import Resource
from aggregator.store.sources import Succeeded
from aggregator.store.store import Store
from aggregator.store.together import Together

REQUESTS = 100
"""Most requests of one poll, so that a source whose pages lead in a circle ends."""


@dataclass(slots=True, kw_only=True, eq=False)
class Poller:
    """Polls sources. `allow_private` holds for sources without a list of their own."""

    store: Store
    fetcher: Fetcher
    workers: Workers
    rules: Rules
    now: Callable[[], datetime]
    budget: Budget
    allow_private: tuple[Network, ...] = ()
    base_url: str | None = None
    """Where our own feeds are, so that they are told from others."""
    _outage: Outage = field(default_factory=Outage)
    _heard: dict[str, datetime] = field(default_factory=dict)
    """When each registrable domain gave a document last."""
    _claims: Together[tuple[Source, bool], Gathered | None] = field(init=False)
    _successes: Together[Gathered, Plan] = field(init=False)

    def __post_init__(self) -> None:
        self._claims = Together(self.store, lambda db, asked: claim(db, asked, self.now()))
        self._successes = Together(self.store, self._succeeded)

    async def poll(self, source: Source, *, insist: bool = False) -> SourceReport:
        """Poll one source now, `insist` also where its host rests. Never raises for what the source does; StoreError passes."""
        started = time.monotonic()
        claimed = await self._claims.do((source, insist))
        if claimed is None:
            return await self._rest(source)
        state = claimed
        try:
            await self._gather(state)
        except SourceError as error:
            failure = error
            if failure.reason == cooling.HOST_RESTS:
                return await self._rest(source)
            back = await self._ask_back(state, failure)
            if back is None:
                failure, plan, excused = await self.store.write(lambda db: self._failed(db, state, failure))
                self._outage.excused(excused)
                if plan.host_until is not None:
                    self.fetcher.rest(_host(cooling.answered_by(failure, state.source)))
                return state.report(plan, started, error=failure)
            state = back
        return state.report(await self._successes.do(state), started)

    async def _ask_back(self, poll: Gathered, error: SourceError) -> Gathered | None:
        """The configured address of a source whose new one failed, if that one works."""
        here, there = poll.source.url, poll.configured.url
        if here is None or there is None or here == there or not moved.is_worth_asking_back(error):
            return None
        domain = domain_of(poll.configured)
        if await self.store.read(lambda db: hosts.rests_until(db, domain, self.now())) is not None:
            return None

        def carry(db: Database, old: str, new: str) -> Mapping[str, Resource]:
            moves.carry_over(db, poll.source.id, old, new)
            return documents.resources(db, poll.source.id)

        resources = await self.store.write(lambda db: carry(db, here, there))
        back = replace(poll.afresh(), source=poll.configured, resources=resources, back=True)
        try:
            await self._gather(back)
        except SourceError:
            await self.store.write(lambda db: carry(db, there, here))
            return None
        return back

    async def _rest(self, source: Source) -> SourceReport:
        """The poll does not take place: its host asked for rest since it was chosen."""
        due = await self.store.write(lambda db: cooling.wait(db, source, self.now()))
        return SourceReport(id=source.id, result="not-due", due=due, due_reason="retry-after")

    async def _gather(self, poll: Gathered) -> None:
        """Fetch and take in. Raises SourceError."""
        walked = await walk(
            poll.source,
            poll.row.state,
            most=REQUESTS,
            asked=poll.asked,
            ask=lambda request: self.fetcher.fetch(self._conditional(request, poll)),
            take=lambda answer: self._take(answer, poll),
        )
        poll.dropped.extend(str(error) for error in walked.failed)
        if walked.left is not None:
            left = walked.left.url
            poll.dropped.append(f"{left} and what follows was not asked for: {REQUESTS} requests are enough for a poll")

    def _conditional(self, request: Request, poll: Gathered) -> Request:
        """Add what the store remembers of the address. Forced or not, a poll is conditional."""
        known = poll.resources.get(request.url)
        allowed = poll.source.allow_private if poll.source.allow_private is not None else self.allow_private
        request = request if request.allow_private == allowed else replace(request, allow_private=allowed)
        request = with_headers(request, poll.source, poll.configured.url)
        if request.patterns:
            return replace(request, known_files={url: kept.etag for url, kept in poll.resources.items() if kept.etag})
        if known is None:
            return request
        return with_validators(request, known, poll.row.last_poll, self.now())

    async def _take(self, document: Document | FetchError, poll: Gathered) -> tuple[Request, ...]:
        """Store what one document holds; returns what to ask for next. Raises SourceError."""
        poll.count(document)
        if isinstance(document, FetchError):
            raise document
        if (domain := cooling.domain_of_url(document.url)) is not None:
            self._heard[domain] = self.now()
        url = document.url if document.request.patterns else document.request.url
        poll.asked.add(url)
        if url == poll.source.url:
            poll.moved_to = document.moved_to
        poll.notice(freshness(document.headers, self.now()))
        kept = poll.resources.get(url)
        digest = kept.digest if kept and document.not_modified else _digest(document)
        answered = kept_after(document, kept, digest, url)
        if document.not_modified or (kept is not None and kept.digest == answered.digest):
            if kept != answered:
                await self.store.write(lambda db: documents.answer(db, poll.source.id, answered))
            return ()
        outcome = await self._process(document, url, poll)
        base = self.base_url
        if base is not None and may_be_own(outcome, document.url, base):
            everything = outcome
            outcome = await self.store.read(lambda db: without_own(db, everything, document.url, base))
        poll.parsing += outcome.cpu
        if outcome.requests:
            # what it points at may fail, and a 304 would then hide that for good: no validators before the poll is complete
            if outcome.arrivals:
                poll.complete.append(answered)
            answered = Resource(url=url)
        poll.changed = True
        poll.counts += await self.store.write(lambda db: self._keep(db, poll, outcome, answered))
        poll.state.update(outcome.state)
        poll.dropped.extend(outcome.dropped)
        poll.hint(outcome.hints)
        return outcome.requests

    def _keep(self, db: Database, poll: Gathered, outcome: Outcome, answered: Resource) -> Counts:
        if outcome.subscriptions is not None:
            lists.keep(db, poll.source.id, outcome.subscriptions)
        return take_in(db, poll.source, outcome, answered, rules=self.rules, now=self.now(), holds=poll.holds)

    async def _process(self, document: Document, url: str, poll: Gathered) -> Outcome:
        known = await self.store.read(lambda db: documents.marks(db, poll.source.id, url))
        seen, source = without_headers(document, poll.source)
        return await self.workers.process(seen, source, known)

    def _succeeded(self, db: Database, polls: Sequence[Gathered]) -> list[Plan]:
        now = self.now()
        plans = self.budget.plan(db, [poll.polled() for poll in polls], now)
        for poll in polls:
            self._remember(db, poll)
        sources.succeeded(
            db,
            [Succeeded(poll.source.id, poll.result, plan.due, plan.reason) for poll, plan in zip(polls, plans, strict=True)],
            now,
        )
        return plans

    def _remember(self, db: Database, poll: Gathered) -> None:
        """Keep what a poll that worked has found, now that all of it came."""
        source = poll.source
        for answered in poll.complete:
            documents.answer(db, source.id, answered)
        if not poll.resources.keys() <= poll.asked:
            documents.forget_others(db, source.id, poll.asked)
        if source.url in poll.asked:
            self._note_move(db, poll)
        state = {**poll.row.state, **poll.state}
        sources.remember(db, source.id, state=None if state == poll.row.state else state, attribution=None, hints=poll.hints)
        self._outage.answered(domain_of(source), self.now())

    def _note_move(self, db: Database, poll: Gathered) -> None:
        address = poll.configured.url or ""
        if poll.back and poll.move is not None:
            after = moved.asked_back(poll.move, poll.moved_to, self.now())
        else:
            after = moved.observed(poll.move, address, poll.moved_to, self.now())
        settle(db, poll.configured, before=poll.move, after=after, at=poll.source.url or "")

    def _failed(self, db: Database, poll: Gathered, error: SourceError) -> tuple[SourceError, Plan, Collection[str]]:
        """Note a failure, and plan by it. Returns what it turned out to be, the plan, and the sources that this excused."""
        now, source, row = self.now(), poll.source, poll.row
        after = moved.lost(poll.move, poll.configured.url or "", error, now)
        if after is not None and settle(db, poll.configured, before=poll.move, after=after, at=source.url or ""):
            failures = row.failures + 1
            sources.failed(db, source.id, now=now, error=str(error), reason=error.reason, gone=False, failures=failures)
            sources.schedule(db, source.id, now, "moved")
            return error, Plan(due=now, reason="moved", interval=0.0), ()
        failures = row.failures + 1
        self._outage.failed(domain_of(source), error, now)
        plan = after_failure(
            now,
            failures=failures,
            error=error,
            since=row.failing_since,
            gone_since=row.gone_since,
            jitter=chance(),
        )
        gone = error.reason == "http-410"
        sources.failed(db, source.id, now=now, error=str(error), reason=error.reason, gone=gone, failures=failures)
        sources.schedule(db, source.id, plan.due, plan.reason)
        url = cooling.answered_by(error, source)
        until = plan.host_until or cooling.refusing(db, url, error, failures, now, self._heard)
        if until is not None and cooling.is_hearsay(db, url, source):
            until, plan = None, replace(plan, host_until=None)
        if until is not None:
            cooling.cool(db, url, until, plan.reason, source.id)
            return error, replace(plan, host_until=until), ()
        excused = self._outage.judge(db, source.id, domain_of(source), error, now)
        if excused:
            return FetchError(SENTENCE, url=url, reason=NO_NETWORK), replace(plan, due=excused[source.id]), excused
        return error, plan, ()


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _digest(document: Document) -> str:
    """Of the body, and of the charset that the header gives it: where that is put right, the same bytes say something else."""
    named = charset.named(document.content_type)
    return blake2b(document.body, digest_size=16, person=b"" if named == "utf-8" else named[:16].encode()).hexdigest()
