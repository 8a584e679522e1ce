"""`aggregator diff`: what a changed configuration would do to the feeds, before it is applied."""

import asyncio
from pathlib import Path

import click

from aggregator import printable
from aggregator.app import App
from aggregator.cli import data, options, paper
from aggregator.config.loading import load
from aggregator.pipeline.answers.difference import Shown, TopicDifference

SHOWN = 20
"""Entries that are named each way."""


@click.command()
@options.config
@options.as_json
def command(config: Path, as_json: bool) -> None:
    """Show what a changed configuration would add and remove.

    The next publication is carried out on a copy of the store, with this configuration and without network: what is shown is what
    it will do, as long as no source says anything new. Nothing is changed; works while the daemon runs. The copy needs as much
    room beside the store as the store itself.

    \b
    Examples:
      aggregator diff --config config-new.toml
      aggregator diff --config config-new.toml --json | jq '.[] | select(.state != "same") | .topic'
    """
    report = asyncio.run(App(load(config)).diff())
    data.print_json(report) if as_json else _print(report)


def _print(report: tuple[TopicDifference, ...]) -> None:
    console = paper.sheet()
    for one in report:
        if one.state != "same":
            renamed = f", was {one.was}" if one.was else ""
            paper.say(console, f"{one.topic} ({one.state}{renamed}): +{len(one.added)} -{len(one.removed)}", "bold")
            for sign, entries, style in (("+", one.added, "green"), ("-", one.removed, "red")):
                for entry in entries[:SHOWN]:
                    paper.say(console, f"  {sign} {_named(entry)}", style)
                if len(entries) > SHOWN:
                    paper.say(console, f"  {sign} and {len(entries) - SHOWN:,} more", style)
    same = sum(one.state == "same" for one in report)
    paper.say(console, f"{paper.count(len(report) - same, 'topic')} would change, {same:,} would not", "bold")


def _named(entry: Shown) -> str:
    return printable.line(f"{entry.title} ({entry.source})" if entry.source else entry.title)
