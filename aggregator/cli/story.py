"""`aggregator story`: what tells a story, why, and what a person thinks of that."""

import asyncio
from pathlib import Path

import click

from aggregator.app import App
from aggregator.cli import data, options
from aggregator.cli.tale import print_comparison, print_tale
from aggregator.config.loading import Config, load
from aggregator.pipeline.answers import tales

_topic = click.option("--topic", metavar="SLUG", help="As this topic groups; if not given, as the first one that tells stories.")


@click.group()
def command() -> None:
    """Show, explain, join and split stories.

    An ITEM is named by its number, by its address (with or without tracking parameters), or by the id of an entry that shows it.

    \b
    Examples:
      aggregator story show https://example.org/2026/03/bridge
      aggregator story explain 4711 4725      why they are one story, or two
    """


@command.command()
@click.argument("item")
@_topic
@options.config
@options.as_json
def show(item: str, topic: str | None, config: Path, as_json: bool) -> None:
    """Show who tells the story of ITEM, and why.

    A line for each item of the story, oldest first, then the entries that tell it.

    \b
    Examples:
      aggregator story show https://example.org/2026/03/bridge
      aggregator story show urn:uuid:0f4b… --json | jq '.items[].link'
    """
    _show(load(config), item, topic, as_json)


@command.command()
@click.argument("one")
@click.argument("other")
@_topic
@options.config
@options.as_json
def explain(one: str, other: str, topic: str | None, config: Path, as_json: bool) -> None:
    """Explain why two items tell one story, or two.

    Their score, the words they share with the weight of each, the time between them, and the rule that decided. If neither was
    compared to the other, they are compared now, as if nothing else were there.

    \b
    Example:
      aggregator story explain 4711 https://example.org/2026/03/bridge
    """
    loaded = load(config)
    report = tales.explain(loaded.store.path, loaded.topics(), one, other, topic)
    data.print_json(report) if as_json else print_comparison(report)


@command.command()
@click.argument("one")
@click.argument("other")
@options.config
@options.as_json
def join(one: str, other: str, config: Path, as_json: bool) -> None:
    """Make one story of two, and publish.

    ONE and OTHER are items of these stories. The older entry stays and tells both; the younger one leaves the feed silently.
    While a daemon runs, it does the work.

    \b
    Example:
      aggregator story join 4711 4725
    """
    loaded = load(config)
    path = loaded.store.path
    asyncio.run(App(loaded).join_stories(tales.find(path, one), tales.find(path, other)))
    _show(loaded, one, None, as_json)


@command.command()
@click.argument("item")
@options.config
@options.as_json
def split(item: str, config: Path, as_json: bool) -> None:
    """Take ITEM out of its story, and publish.

    It gets an entry of its own, for ever. While a daemon runs, it does the work.

    \b
    Example:
      aggregator story split https://example.org/2026/03/another-bridge
    """
    loaded = load(config)
    asyncio.run(App(loaded).split_story(tales.find(loaded.store.path, item)))
    _show(loaded, item, None, as_json)


def _show(loaded: Config, item: str, topic: str | None, as_json: bool) -> None:
    report = tales.show(loaded.store.path, loaded.topics(), item, topic)
    data.print_json(report) if as_json else print_tale(report)
