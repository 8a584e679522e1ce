"""A trial of a query on paper: the newest matches with what was found marked, then a bar for each day.

On a terminal found words are in colour; elsewhere they stand between « and ».
"""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from aggregator import printable
from aggregator.cli import paper
from aggregator.pipeline.answers.trial import Day, Excerpt, TrialMatch, TrialReport

BAR = 50
"""Columns of the longest bar, where the line is wide enough."""
FEW = 10
"""Matches that a full bar stands for at least: three a day are not many because one is less."""
QUIET = 7
"""Days without a match that have a line each."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"


def print_trial(report: TrialReport) -> None:
    """Matches, days, sum."""
    console = paper.sheet()
    for match in report.newest:
        _match(console, match)
    if report.matches > len(report.newest):
        paper.say(console, f"and {report.matches - len(report.newest):,} older", "dim")
    if report.newest:
        paper.say(console, "", "")
        _chart(console, report.days)
        paper.say(console, "", "")
    where = f" of {report.source}" if report.source else ""
    found = f"{paper.count(report.matches, 'match', 'matches')} in {paper.count(report.items, 'item')}{where}"
    paper.say(console, f"{found} since {report.since}, for: {report.query}", "bold")


def _match(console: Console, match: TrialMatch) -> None:
    head = (f"{paper.when(match.dated)}  {printable.line(match.source)}  ", "dim")
    paper.write(console, Text.assemble(head, _marked(console, match.title, "bold")))
    if match.text is not None:
        paper.write(console, Text("    … ") + _marked(console, match.text, "") + Text(" …"))
    paper.write(console, Text(f"    by {printable.line(match.clause)}", style="green"))


def _marked(console: Console, excerpt: Excerpt, style: str) -> Text:
    """The text on one line, with its places marked."""
    open, close = ("", "") if console.is_terminal else ("«", "»")
    marked = Text(style=style)
    last = 0
    for start, end in excerpt.places:
        marked.append(printable.line(excerpt.text[last:start]))
        marked.append(f"{open}{printable.line(excerpt.text[start:end])}{close}", style="bold cyan")
        last = end
    marked.append(printable.line(excerpt.text[last:]))
    return marked


def _chart(console: Console, days: Sequence[Day]) -> None:
    """A line a day, but one only for a long time without matches."""
    most = max(FEW, *(day.matches for day in days))
    width = max(10, min(BAR, console.width - 20)) if console.is_terminal else BAR
    for any_matches, run in groupby(days, key=lambda day: day.matches > 0):
        same = list(run)
        if not any_matches and len(same) > QUIET:
            paper.say(console, f"            {len(same):,} days without a match", "dim")
            continue
        for day in same:
            drawn = (bar(day.matches, most, width), "cyan")
            paper.write(console, Text.assemble(f"{day.day}  ", drawn, f" {day.matches:,}" if day.matches else ""))


def bar(count: int, most: int, width: int) -> str:
    """A bar of `width` columns for `most`, to an eighth of a column; what is not nothing shows."""
    eighths = 0 if count == 0 else max(1, round(count * width * 8 / most))
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
