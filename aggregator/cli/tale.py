"""A story on paper: who tells it and why, then the entries; and two items side by side."""

from datetime import timedelta

from aggregator.cli import paper
from aggregator.pipeline.answers.tales import Comparison, Tale, TaleItem


def print_tale(tale: Tale) -> None:
    """A line for each item, oldest first, and why it is here; then a line for each entry."""
    console = paper.sheet()
    paper.table(
        console,
        ("item", "dated", "source", "title", "why"),
        [(str(one.item), paper.when(one.dated), one.called, one.title, why(one)) for one in tale.items],
    )
    paper.table(
        console,
        ("topic", "entry", "shows", "updated", "stands"),
        [
            (one.topic, one.entry, str(one.shows or ""), paper.when(one.updated), f"no: {one.left}" if one.left else "yes")
            for one in tale.entries
        ],
    )
    told = f"{paper.count(len(tale.items), 'item')} of {paper.count(tale.sources, 'independent source')}"
    paper.say(console, f"story {tale.story} ({tale.grouping}): {told}", "bold")


def print_comparison(found: Comparison) -> None:
    """The two, what they share, and what decided."""
    console = paper.sheet()
    paper.table(
        console,
        ("item", "dated", "source", "title"),
        [(str(one.item), paper.when(one.dated), one.called, one.title) for one in (found.one, found.other)],
    )
    paper.table(console, ("shared", "weight"), [(term, f"{weight:.3f}") for term, weight in found.terms])
    score = "" if found.score is None else f"score {found.score:.3f} ({found.grouping.partition('/')[0]}: {found.threshold}), "
    paper.say(console, f"{score}{_apart(found.gap)} apart", "")
    told = "one story" if found.same else "two stories"
    how = "recorded" if found.recorded else "compared now, as if nothing else were there"
    paper.say(console, f"{told}: {found.rule} ({how})", "bold")


def why(one: TaleItem) -> str:
    """Why an item is where it is, in a few words."""
    score = "" if one.score is None else f" {one.score:.3f}"
    beside = f" (item {one.nearest}{score})" if one.nearest is not None else ""
    return f"{one.rule}{beside}"


def _apart(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
