"""What is behind addresses, asked without a store: Config → fetcher and workers, for as long as one question takes.

Asking(config).check       what each source answers
Asking(config).discover    the feeds behind an address
Asking(config).read_list   what a subscription list names

Commands that only ask import this and not the whole program: it takes half the time to start.
"""

import asyncio
from collections.abc import Collection
from pathlib import Path

from aggregator.config.loading import Config
from aggregator.fetch.guard import Lookup, system_lookup
from aggregator.fetching import fetcher
from aggregator.model import Source
from aggregator.pipeline.answers.check import Progress, check
from aggregator.pipeline.answers.discover import Found, discover, fetch
from aggregator.pipeline.answers.listing import Listed, read
from aggregator.pipeline.report import CheckReport, SourceCheck
from aggregator.pipeline.worker import safely
from aggregator.pipeline.workers import Workers
from aggregator.sources.opml import ACCEPT

CHECKS = 8
"""Sources checked at once."""


class Asking:
    """Questions under one configuration. Nothing is stored or published."""

    def __init__(self, config: Config, *, lookup: Lookup = system_lookup) -> None:
        self.config = config
        self._lookup = lookup

    async def check(self, progress: Progress | None = None, *, only: Collection[Source] | None = None) -> CheckReport:
        """What each enabled source answers (or each of these, configured or not)."""
        chosen = [source for source in (self.config.sources() if only is None else only) if source.enabled]
        room = asyncio.Semaphore(CHECKS)
        done: list[SourceCheck] = []
        async with fetcher(self.config, self._lookup) as fetching, Workers() as workers:

            async def one(source: Source) -> SourceCheck:
                async with room:
                    result = await check(source, fetching, workers, self.config.fetch.allow_private)
                done.append(result)
                if progress is not None:
                    progress(result.id, len(done), len(chosen))
                return result

            return CheckReport(sources=tuple(await asyncio.gather(*map(one, chosen))))

    async def discover(self, address: str, progress: Progress | None = None) -> Found:
        """The feeds behind an address, asked once each. Raises SourceError."""
        async with fetcher(self.config, self._lookup) as fetching, Workers() as workers:
            return await discover(address, fetching, workers, self.config.fetch.allow_private, progress)

    async def read_list(self, place: str) -> Listed:
        """What a subscription list in a file, or at an http(s) address, names. Raises SourceError."""
        local = None if place.startswith(("http://", "https://")) else Path(place).absolute()
        url, also = (place, ()) if local is None else (local.as_uri(), (local,))
        async with fetcher(self.config, self._lookup, *also) as fetching, Workers(1) as workers:
            document = await fetch(url, fetching, self.config.fetch.allow_private, ACCEPT)
            listed: Listed = (await workers.run(safely, document, read))[0]
            return listed
