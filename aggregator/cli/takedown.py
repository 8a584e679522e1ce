"""`aggregator takedown`: out of everything that is published, for ever; or in again; or what is out."""

import asyncio
import sys
from pathlib import Path

import click

from aggregator import printable
from aggregator.app import App
from aggregator.cli import data, options, paper
from aggregator.config.loading import load
from aggregator.model import Takedown
from aggregator.pipeline.report import TakedownReport
from aggregator.pipeline.takedown import Preview, list_all, preview


@click.command()
@click.argument("what", required=False, metavar="URL|SOURCE")
@click.option("--comment", metavar="TEXT", help="Why, in public: it stands in the feeds beside the deletion.")
@click.option("--undo", is_flag=True, help="Lift the block: what its sources still show comes again.")
@click.option("--list", "listing", is_flag=True, help="Show what is taken down.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.config
@options.as_json
def command(what: str | None, comment: str | None, undo: bool, listing: bool, yes: bool, config: Path, as_json: bool) -> None:
    """Remove an address or a source from everything, and block it.

    URL is the address of an item, with or without its tracking parameters; SOURCE the id of a source. Its content is deleted here
    and out of every feed, archive and page at once; who follows in Atom is told to delete it (RFC 6721). It never comes in again:
    not under its id, not at its address. Works while the daemon runs. Snapshots and backups of the store keep what they have.

    \b
    Examples:
      aggregator takedown https://blog.example/2026/that-post --comment "Removed at its author's request"
      aggregator takedown blog --yes          everything of a source
      aggregator takedown --list
      aggregator takedown --undo https://blog.example/2026/that-post
    """
    app = App(load(config))
    if listing:
        if what is not None or undo or comment is not None:
            raise click.UsageError("--list stands alone")
        found = list_all(app.config.store.path)
        data.print_json({"takedowns": found}) if as_json else _print_list(found)
        return
    if what is None:
        raise click.UsageError("say what to take down: the address of an item, or the id of a source (or --list)")
    if undo and comment is not None:
        raise click.UsageError("--comment does not go with --undo")
    seen = preview(app.config.store.path, what)
    if not undo and not yes:
        _confirm(seen)
    report = asyncio.run(app.takedown(what, comment=comment, undo=undo))
    data.print_json(report) if as_json else show(report)


def interactive() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty()


def _confirm(seen: Preview) -> None:
    """Show what would go, and ask. Raises click.Abort; click.UsageError where nobody can answer."""
    what = f"source {seen.wanted.said}" if seen.wanted.kind == "source" else seen.wanted.said
    lines = [f"{what}: {paper.count(seen.items, 'stored item')}.", *(f"    {source}: {title}" for source, title in seen.shown)]
    if seen.items > len(seen.shown):
        lines.append(f"    … and {seen.items - len(seen.shown):,} more")
    then = "It is blocked for ever" if seen.known is None else "It is blocked already"
    lines.append(f"What is stored is deleted and leaves every feed, archive and page. {then}.")
    click.echo("\n".join(map(printable.line, lines)), err=True)
    if not interactive():
        raise click.UsageError("nobody is there to agree to it: say --yes")
    click.confirm("Take it down?", abort=True, err=True)


def show(report: TakedownReport) -> None:
    """What became of it."""
    console = paper.sheet()
    if report.undone:
        held = f" It held {paper.count(report.items, 'item')}, which come again as far as their sources still show them."
        paper.say(console, f"{report.said} is not taken down any more.{held if report.items else ''}", "bold")
        return
    gone = [entry for entry in report.entries if not entry.remains]
    paper.say(
        console,
        f"{report.said} is taken down: {paper.count(report.items, 'item')} emptied,"
        f" {paper.count(len(gone), 'entry', 'entries')} removed. It is blocked for ever.",
        "bold",
    )
    if len(gone) < len(report.entries):
        others = paper.count(len(report.entries) - len(gone), "entry stays", "entries stay")
        paper.say(console, f"{others}, because other sources tell the story, too; nothing of it is left there.", "")
    for topic in report.topics:
        if topic.files:
            paper.say(console, f"    {topic.slug}: {', '.join(topic.files)}", "dim")
        if topic.error:
            paper.say(console, f"{topic.slug} was not published: {topic.error}", "red")


def _print_list(found: tuple[Takedown, ...]) -> None:
    console = paper.sheet()
    if not found:
        paper.say(console, "Nothing is taken down.", "bold")
        return
    paper.table(
        console,
        ("since", "what", "items", "comment"),
        [(f"{one.asked:%Y-%m-%d %H:%M} UTC", one.said, str(one.items), one.comment or "") for one in found],
    )
