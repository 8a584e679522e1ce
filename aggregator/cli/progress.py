"""A progress bar on standard error, if that is a terminal; otherwise nothing at all."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from aggregator import printable

Tick = Callable[[str, int, int], None]
"""Called with the id of the source that is done, how many are done, and how many there are."""


@contextmanager
def progress(what: str) -> Iterator[Tick | None]:
    """`what` is a verb: "polling". Yields the callback for App, or None where nobody watches."""
    console = Console(file=sys.stderr)
    if not console.is_terminal or console.is_dumb_terminal:
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[source]}", markup=False))
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(what, total=None, source="")

        def tick(source: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, source=printable.line(source))

        yield tick
