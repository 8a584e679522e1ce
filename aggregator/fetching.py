"""What fetches under a configuration: the fetcher as everything that asks needs it."""

from pathlib import Path

from aggregator.config.loading import Config
from aggregator.fetch.fetcher import Fetcher
from aggregator.fetch.guard import Lookup, system_lookup


def fetcher(config: Config, lookup: Lookup = system_lookup, *also: Path) -> Fetcher:
    """What fetches under a configuration; from disk, what its sources name and these files `also`."""
    fetch = config.fetch
    return Fetcher(
        user_agent=config.user_agent(),
        roots=(*config.roots(), *also),
        host_gap=fetch.host_gap,
        host_parallel=fetch.host_parallel,
        proxy=fetch.proxy,
        lookup=lookup,
    )
