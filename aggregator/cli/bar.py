"""The progress bar that `aggregator.cli.progress` shows on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from aggregator import printable
from aggregator.cli.progress import Tick


@contextmanager
def bar(what: str) -> Iterator[Tick | None]:
    """Yields what moves it, or None on a terminal that cannot draw."""
    console = Console(file=sys.stderr)
    if console.is_dumb_terminal:
        yield None
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[source]}", markup=False))
    with Progress(*columns, console=console, transient=True) as drawn:
        task = drawn.add_task(what, total=None, source="")

        def tick(source: str, done: int, total: int) -> None:
            drawn.update(task, completed=done, total=total, source=printable.line(source))

        yield tick
