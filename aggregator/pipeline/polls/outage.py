"""Watches whether there is a network: gathers polls that reached nobody, and takes their failures back if nobody is reached.

poll ─answer→ forget    ─dns, connect→ gather ─is_outage→ every gathered failure is excused, and said once
"""

import logging
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from aggregator.errors import SourceError
from aggregator.pipeline.polls.chance import chance
from aggregator.pipeline.polls.cooling import domain_of_url
from aggregator.pipeline.polls.network import NO_NETWORK, REASONS, SENTENCE, Silence, again, is_outage, is_outside, is_witness
from aggregator.store import hosts, sources

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Outage:
    """What was seen of the network by this process."""

    _domains: set[str] = field(default_factory=set)
    """That are silent since the last answer."""
    _waiting: dict[str, Silence] = field(default_factory=dict)
    """By source, failures since then that were not taken back yet."""
    _last_answer: datetime | None = None
    """By the clock of that moment, also if that was set back since."""
    _asked: bool = False
    """Whether `_last_answer` is known: from an answer, or from what the store holds of the time before this process."""
    _said: bool = False

    def answered(self, domain: str | None, now: datetime) -> None:
        """Somebody answered."""
        if not is_outside(domain):
            return
        self._last_answer, self._asked = now, True
        self._domains.clear()
        self._waiting.clear()
        if self._said:
            self._said = False
            _log.info("network is back")

    def failed(self, domain: str | None, error: SourceError, now: datetime) -> None:
        """A poll failed: an answer of any status is one."""
        if error.reason.startswith("http-"):
            self.answered(domain, now)

    def judge(self, db: Database, source_id: str, domain: str | None, error: SourceError, now: datetime) -> dict[str, datetime]:
        """Look at a failure that was noted in the store. If there is no network, take back all failures since the last answer.

        Returns the sources whose failures were excused, this one among them, and when they are asked again: to be given to
        `excused` once that is on disk, for the work that this belongs to may be done twice.
        """
        if error.reason not in REASONS or domain is None:
            return {}
        row = sources.load(db, source_id)
        silence = Silence(source_id, domain, (row.failing_since if row else None) or now)
        if not is_witness(silence, self._answer(db)):
            return {}
        self._domains.add(domain)
        self._waiting[source_id] = silence
        if not is_outage(self._domains, loopback_only=loopback_only()):
            return {}
        if not self._said:
            self._said = True
            _log.warning("no network", extra={"domains": len(self._domains)})
        dues = {
            id: again(kept, now, chance()) for id, kept in list(self._waiting.items())
        }  # in one step: `excused` is another thread's
        for id, due in dues.items():
            sources.excuse(db, id, due, error=SENTENCE, reason=NO_NETWORK)
        return dues

    def excused(self, ids: Iterable[str]) -> None:
        """Their failures were taken back: that is done."""
        for id in ids:
            self._waiting.pop(id, None)

    def _answer(self, db: Database) -> datetime | None:
        """When anybody outside answered last. The store is asked once: it would look through all sources for each that fails."""
        if not self._asked:
            self._last_answer = next((at for address, at in hosts.answers(db) if is_outside(domain_of_url(address))), None)
            self._asked = True
        return self._last_answer


def loopback_only() -> bool:
    """Whether this machine has no network interface but its own; False where the system does not tell."""
    try:
        names = [name for _, name in socket.if_nameindex()]
    except OSError:
        return False
    return bool(names) and all(name.startswith("lo") for name in names)
