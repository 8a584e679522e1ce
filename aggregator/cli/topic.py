"""`aggregator topic try`: what a query would bring, before it stands in the configuration."""

from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator.cli import data, options
from aggregator.cli.trial import print_trial
from aggregator.config.loading import load
from aggregator.pipeline.answers.trial import try_query


@click.group()
def command() -> None:
    """Try a query over what is stored.

    \b
    Example:
      aggregator topic try 'openai (china OR beijing)'
    """


@command.command("try")
@click.argument("query")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, metavar="N", help="Look at the last N days.")
@click.option("--source", metavar="ID", help="Look at the items of one source only.")
@options.config
@options.as_json
def try_(query: str, days: int, source: str | None, config: Path, as_json: bool) -> None:
    """Show which stored items QUERY matches.

    For each of the newest: its title and the surroundings of what was found in its text, with the matching words marked, and the
    clause that held. Then how many there were each day, as a bar chart. Nothing is stored or published; works while the daemon
    runs. A query that cannot be read is shown with the place of the mistake (exit code 2).

    \b
    Examples:
      aggregator topic try 'openai (china OR beijing)'
      aggregator topic try 'title:/gpt-?[45]/ -category:sports' --days 7 --source lwn
      aggregator topic try '"large language model"' --json | jq '.days'
    """
    report = try_query(load(config).store.path, query, datetime.now(UTC), days=days, source=source)
    data.print_json(report) if as_json else print_trial(report)
