"""No network at all is not a source's failure: when that is what it was, and when to look again. Pure.

    dns, connect of two domains or more, no answer from anywhere since → no network → not counted, asked again in minutes

A source whose network was there for others while it failed is no witness: two dead hosts are not an outage for ever.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.fetch.guard import NO_ADDRESS, refused

REASONS = frozenset({"dns", "connect"})
"""What a poll without network ends in; a timeout is a host's own."""
NO_NETWORK = "no-network"
"""The reason that is stored and shown instead."""
DOMAINS = 2
SOONEST, LATEST = timedelta(minutes=2), timedelta(minutes=30)
SENTENCE = "no network: no name could be looked up, or no host reached, at several domains; asked again in minutes, not counted"


@dataclass(frozen=True, slots=True)
class Silence:
    """A poll that ended in one of REASONS."""

    source_id: str
    domain: str
    failing_since: datetime
    """The first failure of its unbroken row."""


def is_outside(domain: str | None) -> bool:
    """Whether a domain is reached over the network at large: a neighbour's answer, or silence, says nothing about that."""
    if not domain or domain == "localhost" or domain.endswith(".localhost"):
        return False
    return refused(domain) in (None, NO_ADDRESS)


def is_witness(silence: Silence, last_answer: datetime | None) -> bool:
    """Whether the failure may mean that there is no network. `last_answer` is when any source outside answered last."""
    return is_outside(silence.domain) and (last_answer is None or last_answer < silence.failing_since)


def is_outage(domains: Collection[str], *, loopback_only: bool) -> bool:
    """Whether failures at these domains, with no answer from anywhere between them, mean that there is no network.

    `loopback_only` says that this machine has no network interface but its own.
    """
    return bool(domains) and (loopback_only or len(domains) >= DOMAINS)


def again(silence: Silence, now: datetime, jitter: float) -> datetime:
    """When to ask again: after a quarter of the time since it began, between 2 and 30 minutes; `jitter` in [0, 1) adds to it."""
    wait = min(max((now - silence.failing_since) / 4, SOONEST), LATEST)
    return now + wait * (1 + jitter / 2)
