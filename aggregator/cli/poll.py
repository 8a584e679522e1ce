"""`aggregator poll SOURCE`: poll one source now."""

import asyncio
from pathlib import Path

import click

from aggregator.app import App
from aggregator.cli import data, options, output
from aggregator.config.loading import load
from aggregator.config.problems import did_you_mean
from aggregator.model import list_of


@click.command()
@click.argument("source")
@options.config
@click.option("--force", is_flag=True, help="Also against Retry-After and backoff.")
@options.as_json
def command(source: str, config: Path, force: bool, as_json: bool) -> None:
    """Poll one source now and publish what it changes.

    SOURCE is the id of a source in the configuration, or of a feed that a subscription list names (as `status` shows it); whether
    it is due does not matter.

    \b
    Examples:
      aggregator poll lwn
      aggregator poll lwn --force     although the server asked us to wait
    """
    loaded = load(config)
    ids = [known.id for known in loaded.sources()]
    if source not in ids and list_of(source) not in ids:  # what a list follows, the store knows
        hint = did_you_mean(source, ids) or (f"; there are: {', '.join(ids[:20])}" if ids else "; there are none yet")
        raise click.UsageError(f'"{source}" is not the id of a source in {config}{hint}')
    report = asyncio.run(App(loaded).poll(source, force=force))
    data.print_json(report) if as_json else output.print_run(report)
