"""Places among the polls under way, shared between domains: a host is asked by turns, and who waits for its turn holds a place.

Places(abreast).take(sources) → the next source whose domain has a place left      done(source) → its place is free
Slots().next(lane, now) → when a source for which there is none may try again
"""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from aggregator.model import Source
from aggregator.pipeline.polls.cooling import domain_of_url
from aggregator.pipeline.polls.network import is_outside

ABREAST = 4
"""Polls of one domain under way at once, however many of its sources are due: one is asked, one is being read, two wait."""
STEP = timedelta(seconds=1)
"""Between two sources of a domain that wait for a place: the usual gap between two requests to it."""


def lane(source: Source) -> str | None:
    """The registrable domain in whose turns a source is asked; None for what waits for nobody: folders, this machine."""
    return _lane(source.url.split("/", 3)[2]) if source.url and source.url.count("/") > 1 else None


@lru_cache(4096)
def _lane(host: str) -> str | None:
    domain = domain_of_url(f"http://{host}/")
    return domain if is_outside(domain) else None


class Places:
    """Sources in their order, but for those whose domain has enough of them under way: these come as places are given back."""

    def __init__(self, chosen: Iterable[Source], abreast: int) -> None:
        self._waiting = iter(chosen)
        self._abreast = abreast
        self._taken: Counter[str] = Counter()
        self._parked: dict[str, deque[Source]] = {}
        self._freed: deque[str] = deque()
        """Lanes with parked sources and a place, once for each."""

    def take(self) -> Source | None:
        """The next one; None if there is none that has a place now. Then whoever gives one back takes the next."""
        if self._freed:
            name = self._freed.popleft()
            self._taken[name] += 1
            parked = self._parked[name]
            source = parked.popleft()
            if not parked:
                del self._parked[name]
            return source
        for source in self._waiting:
            name_or_none = lane(source)
            if name_or_none is None:
                return source
            if self._taken[name_or_none] < self._abreast and name_or_none not in self._parked:
                self._taken[name_or_none] += 1
                return source
            self._parked.setdefault(name_or_none, deque()).append(source)
        return None

    def done(self, source: Source) -> None:
        """Give a place back."""
        name = lane(source)
        if name is None:
            return
        self._taken[name] -= 1
        if len(self._parked.get(name, ())) > self._freed.count(name):
            self._freed.append(name)


class Slots:
    """When sources for which their domain has no place may try again: one after the other."""

    def __init__(self) -> None:
        self._last: dict[str, datetime] = {}

    def next(self, lane: str, now: datetime) -> datetime:
        self._last = {name: last for name, last in self._last.items() if last > now}
        slot = self._last[lane] = self._last.get(lane, now) + STEP
        return slot
