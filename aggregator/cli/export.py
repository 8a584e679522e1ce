"""`aggregator export`: sources, or topics, as OPML."""

from pathlib import Path

import click

from aggregator.cli import options
from aggregator.config.export import render, render_topics
from aggregator.config.loading import load


@click.command()
@click.option("--topics", is_flag=True, help="The feeds that you publish, instead of those that you read.")
@options.config
def command(topics: bool, config: Path) -> None:
    """Print what is read, or published, as OPML.

    Sources stand in folders, one for each topic that names its sources. `import` of this list changes nothing here, and makes the
    same sources elsewhere. Addresses are printed as they are configured, secrets in them too; headers are not. Sources that
    read from disk, and disabled ones, are left out.

    \b
    Examples:
      aggregator export > subscriptions.opml
      aggregator export --topics > ours.opml
    """
    loaded = load(config)
    body = render_topics(loaded.site(), loaded.topics()) if topics else render(loaded.site(), loaded.sources(), loaded.topics())
    click.echo(body, nl=False)
