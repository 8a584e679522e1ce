"""`aggregator why`: the whole life of an item, and a reason for each topic."""

from pathlib import Path

import click

from aggregator.cli import data, options
from aggregator.cli.life import print_life
from aggregator.config.loading import load
from aggregator.pipeline.answers.why import why


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="URL|ID|WORDS")
@options.config
@options.as_json
def command(what: tuple[str, ...], config: Path, as_json: bool) -> None:
    """Tell why an item is in a feed, or is not.

    The item is named by its address (with or without tracking parameters), by its number, by the id of an entry that shows it, or
    by words as in a topic's query; of several, the newest is told and the others are named. What is told: its source and how it
    is polled, its address and key, its date and why it is that one, what it is a copy of, its story with score and shared words,
    and for each topic exactly one reason: the clause that let it in, or the first that kept it out. Nothing is changed.

    \b
    Examples:
      aggregator why 'https://example.org/2026/03/bridge?utm_source=feed'
      aggregator why urn:uuid:0f4b1a52-…
      aggregator why glacier bridge --json | jq '.topics[] | {topic, reason}'
    """
    loaded = load(config)
    report = why(loaded.store.path, loaded.topics(), loaded.publish.directory, " ".join(what))
    data.print_json(report) if as_json else print_life(report)
