"""An item's life on paper: where it came from, its story, then a line for each topic."""

from rich.console import Console

from aggregator.cli import paper
from aggregator.cli.tale import why as why_told
from aggregator.pipeline.answers.standing import Standing
from aggregator.pipeline.answers.tales import Tale
from aggregator.pipeline.answers.why import Life

_UNDER = " " * 12
_STYLES = {"in": "green", "past": "dim", "waits": "yellow", "out": "red"}


def print_life(life: Life) -> None:
    """What is known, from the source to the topics."""
    console = paper.sheet()
    paper.say(console, life.title or life.link or f"item {life.item}", "bold")
    for name, value in _facts(life):
        paper.beside(console, f"{name:<12}", "dim", value)
    for tale in life.stories:
        _story(console, life, tale)
    paper.say(console, "", "")
    width = max((len(one.topic) for one in life.topics), default=0)
    for one in life.topics:
        head = f"{one.topic:<{width}}  {one.where:<6}"
        paper.beside(console, head, _STYLES[one.where], f"{one.reason}: {_told(one)}")
    if not life.topics:
        paper.say(console, "no topic is configured", "dim")
    if life.others:
        paper.say(console, "", "")
        paper.table(
            console,
            ("also meant", "dated", "source", "title"),
            [(str(one.item), paper.when(one.dated), one.source, one.title) for one in life.others],
        )
        if life.more:
            paper.say(console, f"and {life.more:,} more", "dim")


def _facts(life: Life) -> list[tuple[str, str]]:
    source = life.source
    polled = f"polled {paper.when(source.last_poll)}: {source.last_result}" if source.last_poll else "never polled"
    due = f"; next {paper.when(source.due)} ({source.due_reason})" if source.due else ""
    place = "stands in its source's document" if life.stands else "not in its source's document any more"
    facts = [
        ("item", f"{life.item}, first seen {paper.when(life.first_seen)}; {place}"),
        ("source", f"{source.called} ({source.id}, {source.kind}), {polled}{due}"),
        ("address", life.link or "none"),
        ("known by", life.key),
        ("dated", f"{paper.when(life.dated)}: {life.dated_because}"),
        ("revised", f"{paper.when(life.revised)}" + (f", {paper.count(life.revisions, 'revision')}" if life.revisions else "")),
    ]
    return [*facts, ("forgotten", paper.when(life.forgotten))] if life.forgotten else facts


def _story(console: Console, life: Life, tale: Tale) -> None:
    own = next(one for one in tale.items if one.item == life.item)
    others = [one for one in tale.items if one.item != life.item]
    told = f"{tale.story} ({tale.grouping.partition('/')[0]}), {paper.count(tale.sources, 'independent source')}: {why_told(own)}"
    paper.beside(console, f"{'copy' if own.kind == 'copy' else 'story':<12}", "dim", told)
    if own.terms:
        shared = ", ".join(f"{term} {weight:.3f}" for term, weight in own.terms)
        gap = "" if own.gap is None else f"; {own.gap / 3600:.1f} h apart"
        paper.beside(console, _UNDER, "", f"shares {shared}{gap}")
    for one in others[:10]:
        paper.beside(console, _UNDER, "", f"with {one.item} {one.called}: {one.title}", "dim")
    if len(others) > 10:
        paper.beside(console, _UNDER, "", f"and {len(others) - 10:,} more (aggregator story show {life.item})", "dim")


def _told(one: Standing) -> str:
    parts = [one.sentence]
    if one.clause:
        parts.append(f"by {one.clause}" if one.where != "out" or one.reason == "undecided" else one.clause)
    if one.because:
        parts.append(f"because {one.because}")
    if one.entry is not None:
        parts.append(f"entry {one.entry}" + (f", shown by item {one.shows}" if one.reason == "covered" else ""))
        parts.append(f"updated {paper.when(one.updated)}" + (f", revision {one.revision}" if one.revision else ""))
    if one.archive is not None:
        parts.append(f"archive {one.archive}")
    return "; ".join(parts)
