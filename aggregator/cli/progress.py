"""A progress bar on standard error, if that is a terminal; otherwise nothing at all."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

Tick = Callable[[str, int, int], None]
"""Called with the id of the source that is done, how many are done, and how many there are."""


@contextmanager
def progress(what: str) -> Iterator[Tick | None]:
    """`what` is a verb: "polling". Yields the callback for App, or None where nobody watches, and nothing is loaded."""
    if not sys.stderr.isatty():
        yield None
        return
    with import_module("aggregator.cli.bar").bar(what) as tick:
        yield tick
