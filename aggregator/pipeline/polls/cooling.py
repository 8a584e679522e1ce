"""A host that had enough: when a row of refusals means the whole domain, and how its sources come back afterwards.

429, 503                                  ─plan→ rest until …       (aggregator.polling.plan)
403 of three sources within an hour, none of the domain's answered in between ─is_burst→ rest for 6 h, 12 h …
rest until … ─cool→ its sources are due one after the other from then on, not all in that second
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.errors import FetchError, SourceError
from aggregator.fetch.address import read
from aggregator.fetch.gate import registrable_domain
from aggregator.model import Source
from aggregator.pipeline.polls.chance import chance
from aggregator.store import hosts, sources
from aggregator.store.sources import SourceRow

BURST = 3
WITHIN = timedelta(hours=1)
FIRST = 6 * 3600.0
"""Seconds of rest after the first burst: what 429 without Retry-After gets; doubled for each failure in a row."""
LONGEST = 7 * 86400.0
STEP = 300.0
"""Seconds between two sources of a domain that come back from rest, at most; all of them do so within SPAN."""
SPAN = 3600.0
HOST_RESTS = "host-rests"
"""Reason of the error of a request that did not go out, because its host asked for rest while it waited for its turn."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a source's last poll ended."""

    source_id: str
    at: datetime
    refused: bool
    """Whether with 403."""


def is_burst(answers: Sequence[Answer], now: datetime) -> bool:
    """Whether a domain refuses this program rather than a few documents. `answers` are its sources', in any order."""
    refused: set[str] = set()
    for answer in sorted(answers, key=lambda answer: (answer.at, answer.refused), reverse=True):
        if not answer.refused or now - answer.at > WITHIN:
            break
        refused.add(answer.source_id)
    return len(refused) >= BURST


def rest(failures: int) -> float:
    """Seconds that a domain is left alone after a burst; `failures` of the source that made it one, this one included."""
    return min(FIRST * 2.0 ** min(max(failures - 1, 0), 20), LONGEST)


def returns(until: datetime, count: int, jitter: float) -> list[datetime]:
    """When `count` sources of a domain come back after its rest: one after the other. `jitter` in [0, 1) shifts them all."""
    step = min(STEP, SPAN / max(count, 1))
    return [until + timedelta(seconds=step * (place + jitter)) for place in range(1, count + 1)]


def refusing(
    db: Database, url: str, error: SourceError, failures: int, now: datetime, heard: Mapping[str, datetime]
) -> datetime | None:
    """Until when the domain of `url` rests because this 403, in the store already, completes a burst; None if it is none.

    `heard` is when each domain last gave a document: the store knows of it only once the document was parsed.
    """
    domain = domain_of_url(url)
    if error.reason != "http-403" or domain is None:
        return None
    polled = hosts.polled_since(db, now - WITHIN, domain)
    answers = [Answer(id, at, reason == "http-403") for id, address, at, reason in polled if domain_of_url(address) == domain]
    if domain in heard:
        answers.append(Answer("", heard[domain], refused=False))
    if not is_burst(answers, now):
        return None
    known = known_at(db, domain)
    refused = {answer.source_id for answer in answers if answer.refused}
    # addresses that never gave a document may refuse for good, and be named by anybody: that says nothing of those that do
    return now + timedelta(seconds=rest(failures)) if not known or known & refused else None


def known_at(db: Database, domain: str | None) -> set[str]:
    """Sources of a domain that gave a document once."""
    found = hosts.known_at(db, domain) if domain is not None else []
    return {id for id, address in found if domain_of_url(address) == domain}


def is_hearsay(db: Database, url: str, source: Source) -> bool:
    """Whether what an address wants is not to bind its whole domain: a source of another one was led there, and others are known
    at it. Anybody may redirect to an address that is always busy."""
    domain = domain_of_url(url)
    return domain != domain_of(source) and bool(known_at(db, domain))


def cool(db: Database, url: str, until: datetime, reason: str, but: str) -> None:
    """Let the domain of `url` rest, and its sources (`but` the one that was told) come back one after the other."""
    domain = domain_of_url(url)
    if domain is None:
        return
    hosts.rest(db, domain, until, reason)
    waiting = [id for id, address in hosts.due_before(db, until, domain) if id != but and domain_of_url(address) == domain]
    for id, due in zip(waiting, returns(until, len(waiting), chance()), strict=True):
        sources.schedule(db, id, due, "retry-after")


def wait(db: Database, source: Source, now: datetime) -> datetime:
    """Plan a poll that did not take place (HOST_RESTS) for after the rest; returns when."""
    row = sources.load(db, source.id)
    url = row.overlay if row is not None and row.overlay is not None else source.url
    until = hosts.rests_until(db, domain_of_url(url), now) or now + timedelta(seconds=60)
    if row is not None and row.due is not None and row.due >= until and row.due_reason != "polling":
        return row.due  # `cool` gave it its place
    due = returns(until, 1, SPAN / STEP * chance())[0]
    sources.schedule(db, source.id, due, "retry-after")
    return due


def answered_by(error: SourceError, source: Source) -> str:
    """The address that gave the answer: after redirects, it is that host which wants rest."""
    return error.url if isinstance(error, FetchError) else source.url or ""


def domain_of(source: Source, row: SourceRow | None = None) -> str | None:
    """The registrable domain whose budget a source uses, by `row` where it is asked now; None for a local one."""
    url = (row.overlay if row is not None and source.url == row.address else None) or source.url
    return domain_of_url(url)


@lru_cache(4096)
def domain_of_url(url: str | None) -> str | None:
    """The registrable domain of an address, as it is looked up (`xn--…`); None where there is none."""
    try:
        host = urlsplit(url).hostname if url else None
        if url and host and not host.isascii():
            host = read(url).raw_host
    except (ValueError, FetchError):
        return None
    return registrable_domain(host) if host else None
