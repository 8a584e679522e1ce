"""Where commands print: a terminal in colour, folded to its width, or plain lines, never cut.

    sheet()                          standard output
    table, say, beside, write        columns; a sentence; one beside its name; rich text with lines that end where their text ends
    count, when                      1,234 items; 2026-11-22 01:30 UTC

All text may quote strangers, so all of it passes `aggregator.printable`.
"""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aggregator import printable

_WIDE = 100_000
_STYLES = {"ok": "green", "failed": "bold red", "disabled": "dim", "not-due": "dim", "not-modified": "dim"}

Row = Sequence[str]


def sheet() -> Console:
    """Standard output: as wide as the terminal, or as wide as a line may become where it is none."""
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return console
    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=_WIDE, no_color=True, force_terminal=False)


def table(console: Console, header: Row, rows: Iterable[Row]) -> None:
    """Columns with two blanks between; numbers to the right; nothing where there are no rows."""
    columns = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    cells = [[printable.line(cell) for cell in row] for row in rows]
    if not cells:
        return
    for index, name in enumerate(header):
        numbers = all(row[index].isdigit() for row in cells)
        columns.add_column(name.upper(), justify="right" if numbers else "left", overflow="fold")
    for row in cells:
        columns.add_row(
            *(Text(cell, style=_STYLES.get(cell.split(" ")[0], "") if index == 1 else "") for index, cell in enumerate(row))
        )
    write(console, columns)
    write(console, Text(""))


def say(console: Console, sentence: str, style: str) -> None:
    """A sentence, or several lines. What does not fit into a line goes on below its start."""
    for line in printable.lines(sentence).split("\n"):
        indent = len(line) - len(line.lstrip(" "))
        text = Text(line.lstrip(" "), style=style)
        write(console, Padding(text, (0, 0, 0, indent), expand=False) if text else text)  # padding leaves out an empty line


def beside(console: Console, head: str, head_style: str, sentence: str, style: str = "") -> None:
    """A sentence to the right of a head, which keeps its blanks; what does not fit into a line goes on below its start."""
    columns = Table.grid()
    columns.add_column(no_wrap=True)
    columns.add_column(overflow="fold")
    columns.add_row(Text(head, style=head_style), Text(printable.line(sentence), style=style))
    write(console, columns)


def write(console: Console, what: Table | Text | Padding) -> None:
    """Through a capture, so that lines end where their text ends."""
    with console.capture() as captured:
        console.print(what)
    text = captured.get()
    if not console.is_terminal:
        text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    sys.stdout.write(text)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number of things, in words."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {plural or noun + 's'}"


def when(instant: datetime | None) -> str:
    """An instant, to the minute; nothing where there is none."""
    return f"{instant:%Y-%m-%d %H:%M} UTC" if instant else ""
