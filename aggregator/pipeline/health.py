"""What polls and publishes left → incidents in the store → feeds/health.atom, .rss, .json.

    after each poll       polled(source, report)       failed: gone, page, failing;  good: those are over; silent, spike
    after each publish    published(reports)           moved, quarantined, unwritten; gone from the configuration; the files
    from elsewhere        opened(finding), over(kind, subject)

A poll that says nothing new touches neither store nor disk. The files are public: an address that seems to hold a key, and where
things lie on this machine, are left out of every sentence here; `aggregator status` shows them.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator.curate.secrecy import looks_secret
from aggregator.errors import PublishError, StoreError
from aggregator.health import entries, findings, rhythm
from aggregator.health.incidents import FLAP, OF_ANSWERS, OF_SOURCES, OF_TOPICS, Finding, decide, expired, resolve
from aggregator.model import Incident, IncidentKind, Site, Source
from aggregator.pipeline.healthfiles import HealthFiles
from aggregator.pipeline.polls import moved
from aggregator.pipeline.polls.network import NO_NETWORK
from aggregator.pipeline.report import SourceReport, TopicReport
from aggregator.pipeline.wording import Wording
from aggregator.store import incidents, moves, sources, topics
from aggregator.store.store import Store

FOLDER = "feeds"
"""Subject of what concerns the whole folder of published files."""
_SOON = 1.0
"""Seconds that a poll's clock and ours may differ."""


class Health:
    """Keeps the incidents of one engine. `publish` False: they are kept, but no feed is written."""

    def __init__(
        self,
        *,
        store: Store,
        directory: Path,
        site: Site,
        sources: Mapping[str, Source],
        now: Callable[[], datetime],
        publish: bool = True,
    ) -> None:
        self._store = store
        self._sources = sources
        places = [(source.path, f"[{source.id}]") for source in sources.values() if source.path and source.path != "/"]
        self._wording = Wording([*places, (str(directory), f"[{FOLDER}]"), (str(store.path), "[store]")])
        self._now = now
        self._latest: dict[tuple[str, str], Incident] = {}
        self._looks: dict[str, datetime] = {}
        self._unsaved: dict[str, Incident] = {}
        self._unsaved_looks: dict[str, datetime] = {}
        self._files = HealthFiles(store, directory, site, publish=publish)
        self._loading = asyncio.Lock()
        self._loaded = False

    @property
    def pending(self) -> bool:
        """Whether the files lag behind what is known."""
        return self._files.stale

    async def polled(self, source: Source, report: SourceReport) -> bool:
        """Decide what a poll says of its source. True if the health feed changes by it. Raises StoreError."""
        await self._load()
        self._end("store", "store")
        if report.result == "failed":
            await self._failed(source, report)
        elif report.result in ("ok", "not-modified"):
            for kind in OF_ANSWERS:
                self._end(kind, source.id)
            if report.migrated:
                self._decide("migrated", source.id, findings.migrated(source.id, report.migrated, report.new, self._now()))
            await self._listen(source, report)
            if report.new >= rhythm.SPIKE:
                await self._weigh(source, report)
        return await self._save() if self._unsaved else False

    async def published(self, reports: Iterable[TopicReport]) -> None:
        """Decide what a publish says, end what is over, and bring the files up to date. Raises StoreError.

        To be called while nobody else writes into the folder.
        """
        await self._load()
        self._end("unwritten", FOLDER)
        quarantined = await self._store.read(topics.quarantined)
        shown: set[str] = {FOLDER, entries.SLUG}
        for report in reports:
            shown.add(report.slug)
            self._decide("unwritten", report.slug, findings.unwritten(report.slug, self._wording.public(report.error)))
            sentences = [self._wording.public(one) or "" for one in quarantined.get(report.slug, ())]
            self._decide("quarantined", report.slug, findings.quarantined(report.slug, sentences))
        await self._look_for_moves()
        self._sweep(shown)
        await self._save()
        try:
            await self._files.write()
        except PublishError as error:
            self._decide("unwritten", entries.SLUG, findings.unwritten(entries.SLUG, self._wording.public(str(error))))
        else:
            self._end("unwritten", entries.SLUG)
        await self._save()

    async def unpublished(self, error: PublishError) -> None:
        """Note that the folder as a whole cannot be written. Raises StoreError."""
        await self._load()
        self._decide("unwritten", FOLDER, findings.unwritten(FOLDER, self._wording.public(str(error))))
        await self._save()

    async def unstored(self, error: StoreError) -> None:
        """Note that the store cannot be used. It is stored as soon as anything can be."""
        await self.opened(findings.unstored(str(error)))

    async def snapped(self, problem: str | None) -> None:
        """Note whether the daily snapshot of the store can be taken. Never fails, as `opened`."""
        await self._from_elsewhere("store", "snapshots", findings.unsnapped(problem))

    async def opened(self, finding: Finding) -> bool:
        """Note what was found elsewhere. True if the health feed changes by it.

        Of kind `store` it never fails: what cannot be stored now is stored as soon as something can. Raises StoreError.
        """
        return await self._from_elsewhere(finding.kind, finding.subject, finding)

    async def over(self, kind: IncidentKind, subject: str) -> bool:
        """Note that what was found elsewhere is no longer wrong, if it was. As `opened`."""
        return await self._from_elsewhere(kind, subject, None)

    async def _from_elsewhere(self, kind: IncidentKind, subject: str, finding: Finding | None) -> bool:
        try:
            await self._load()
            self._decide(kind, subject, self._wording.shown(finding))
            return await self._save()
        except StoreError:
            if kind != "store":
                raise
            self._decide(kind, subject, self._wording.shown(finding))
            return bool(self._unsaved)

    # ── decisions ───────────────────────────────────────────────────────────────────────────────────────────

    def _decide(self, kind: IncidentKind, subject: str, finding: Finding | None) -> None:
        changed = decide(self._latest.get((kind, subject)), finding, self._now())
        if changed is not None:
            self._note(changed)

    def _end(self, kind: IncidentKind, subject: str, because: str = "") -> None:
        last = self._latest.get((kind, subject))
        if last is not None and last.open:
            self._note(resolve(last, self._now(), because))

    def _note(self, incident: Incident) -> None:
        self._latest[incident.kind, incident.subject] = self._unsaved[incident.id] = incident

    async def _failed(self, source: Source, report: SourceReport) -> None:
        row, known = await self._store.read(lambda db: (sources.load(db, source.id), incidents.has_items(db, source.id)))
        if row is None or not row.failures or row.reason == NO_NETWORK:
            return  # what is not the source's failure
        seen = findings.Seen(
            id=source.id,
            address=self._wording.address(source),
            error=self._wording.public(report.error) or "no reason is known.",
            reason=report.reason or "error",
            page=report.what == "page",
            was_feed=known or row.attribution is not None,
            gone=row.due_reason == "gone",
            failures=row.failures,
            since=row.failing_since,
        )
        finding = findings.answers(seen, self._now())
        if finding is not None:  # none of them is over before the source answers
            self._decide(finding.kind, source.id, finding)

    async def _listen(self, source: Source, report: SourceReport) -> None:
        """Whether a source that answers is silent against its rhythm; looked at when it could be, so hardly ever."""
        now, look = self._now(), self._looks.get(source.id)
        if report.new:
            self._end("silent", source.id)
            self._looks[source.id] = now + rhythm.SHORTEST
            if look is None:
                self._unsaved_looks[source.id] = self._looks[source.id]
            return
        if look is not None and now < look <= now + rhythm.FARTHEST:
            return
        row, posts, arrivals = await self._store.read(
            lambda db: (
                sources.load(db, source.id),
                incidents.posts(db, source.id, rhythm.LOOKED_AT),
                incidents.arrivals(db, source.id),
            )
        )
        arrived = arrivals[-1][0] if len(arrivals) > 1 else None
        silence = None if row is not None and row.hints.complete else rhythm.silence(posts, arrived)
        if silence is not None and now >= silence.begins:
            self._decide("silent", source.id, findings.silent(source.id, silence.newest, silence.gap))
            look = now + rhythm.SHORTEST
        else:
            self._end("silent", source.id)
            look = now + rhythm.SHORTEST if silence is None else min(silence.begins, now + rhythm.FARTHEST)
        self._looks[source.id] = self._unsaved_looks[source.id] = look

    async def _weigh(self, source: Source, report: SourceReport) -> None:
        """Whether a poll brought more than is usual. Its own items are those that came since it began."""
        now = self._now()
        began = now - timedelta(seconds=report.seconds + _SOON)
        arrivals, posts = await self._store.read(
            lambda db: (incidents.arrivals(db, source.id), incidents.posts_before(db, source.id, began))
        )
        usual = rhythm.usual([(at, count) for at, count in arrivals if at < began], posts, now)
        if usual is not None and rhythm.is_spike(report.new, usual):
            self._decide("spike", source.id, findings.spike(source.id, report.new, usual, now))

    async def _look_for_moves(self) -> None:
        taken = await self._store.read(moves.taken)
        for source_id, move in taken.items():
            if move.overlay is not None:
                shown = None if looks_secret(move.overlay) else move.overlay
                edit = moved.suggestion(source_id, move.overlay)
                self._decide("moved", source_id, findings.moved(source_id, shown, key=_key(move.overlay), edit=edit))
        for kind, subject in list(self._latest):
            if kind == "moved" and subject not in taken:
                self._end("moved", subject)

    def _sweep(self, shown: set[str]) -> None:
        """End what happened long enough ago, and what concerns nothing configured; forget what can no longer come back."""
        now = self._now()
        for (kind, subject), incident in list(self._latest.items()):
            source = self._sources.get(subject)
            if expired(incident, now):
                self._end(incident.kind, subject)
            elif incident.kind in OF_SOURCES and (source is None or not source.enabled):
                self._end(incident.kind, subject, "It is not polled any more.")
            elif incident.kind in OF_TOPICS and subject not in shown:
                self._end(incident.kind, subject, "It is not published any more.")
            if incident.resolved is not None and now - incident.resolved > FLAP:
                del self._latest[kind, subject]

    # ── store ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _load(self) -> None:
        async with self._loading:
            if not self._loaded:
                renamed = [(old, source.id) for source in self._sources.values() for old in source.was]
                if renamed:
                    await self._store.write(lambda db: _rename(db, renamed))
                since = self._now() - FLAP
                latest, looks = await self._store.read(lambda db: (incidents.latest(db, since), incidents.looks(db)))
                self._latest = {(incident.kind, incident.subject): incident for incident in latest} | self._latest
                self._looks = looks | self._looks
                self._loaded = True
                if self._store.notice is not None and not self._store.was_gone:
                    self._decide("restored", "store", self._wording.shown(findings.restored(self._store.notice)))

    async def _save(self) -> bool:
        """Store what changed, and with it when to look next; that may wait, since to look too early is harmless.

        True if an incident changed.
        """
        changed, looks = dict(self._unsaved), dict(self._unsaved_looks)
        if not changed and not looks:
            return False
        await self._store.write(lambda db: _keep(db, changed.values(), looks))
        for id, incident in changed.items():
            if self._unsaved.get(id) is incident:
                del self._unsaved[id]
        for source_id, look in looks.items():
            if self._unsaved_looks.get(source_id) is look:
                del self._unsaved_looks[source_id]
        if changed:
            self._files.age()
        return bool(changed)


def _keep(db: Database, changed: Iterable[Incident], looks: Mapping[str, datetime]) -> None:
    incidents.write(db, changed)
    incidents.look(db, looks)


def _rename(db: Database, renamed: Iterable[tuple[str, str]]) -> None:
    for old, new in renamed:
        incidents.rename(db, OF_SOURCES, old, new)


def _key(address: str) -> str:
    return blake2b(address.encode(), digest_size=8).hexdigest()
