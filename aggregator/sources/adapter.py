"""The contract of a kind of source. Both methods are pure: an adapter never opens a file or a connection.

    requests(source, state)          → what to ask for first
    parse(document, source, known)   → entries, further requests, new state; raises ParseError

The pipeline fetches what is asked for (guarded, polite, conditional), runs `parse` in a worker process, and loops over the
further requests. Kinds are found by entry point, group `aggregator.sources`: name = the `kind` in config.toml, value = a class
that is called without arguments.
"""

from collections.abc import Sequence, Set
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

from pydantic import BaseModel

from aggregator.errors import ConfigError
from aggregator.model import Document, Parsed, Request, Source, State

GROUP = "aggregator.sources"


class Adapter(Protocol):
    """What every kind of source provides."""

    Options: type[BaseModel]
    """The kind's own configuration keys, beside those that every source has; forbids unknown keys."""

    @property
    def local(self) -> bool | None:
        """True for a kind that reads from disk (`path`), False for one that is fetched (`url`), None for one that does either."""
        ...

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        """What to ask for first. `state` is what the last complete poll left, empty at first."""
        ...

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        """Make entries of the bytes of a document; one that did not change (304, or the same body) is not parsed again.

        `known` holds the marks (`Entry.mark`) of entries seen before: they need hold nothing else.
        """
        ...


def kinds() -> dict[str, str]:
    """Installed kinds: name → `module:Class`, sorted by name."""
    return {point.name: point.value for point in sorted(entry_points(group=GROUP), key=lambda point: point.name)}


@cache
def load(kind: str) -> Adapter:
    """The adapter of a kind; adapters have no state, so one of each does.

    Raises ConfigError if it is not installed or cannot be imported.
    """
    for point in entry_points(group=GROUP, name=kind):
        try:
            adapter: Adapter = point.load()()
        except Exception as error:
            raise ConfigError([f"kind {kind!r}: {point.value} cannot be loaded: {error}"]) from error
        return adapter
    raise ConfigError([f"kind {kind!r} is not installed; there are: {', '.join(kinds())}"])
