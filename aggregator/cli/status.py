"""`aggregator status`: what the store knows of sources and topics."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator.app import App
from aggregator.cli import data, options, output
from aggregator.config.loading import load, store_path
from aggregator.errors import ConfigError, StoreError
from aggregator.pipeline.answers.status import remembered
from aggregator.pipeline.report import StatusReport


@click.command()
@options.config
@options.as_json
def command(config: Path, as_json: bool) -> None:
    """Show sources, topics and the store.

    For each source: its last poll and result, the next poll and why then, and of the last 14 days the items per day and how late
    they came. For each topic: its entries, the newest, its files. Sources in trouble come first.
    Then each trouble, the worst first: since when, what was tried, and what to do. Works while the daemon runs. With mistakes
    in the configuration it shows what was configured last, then the mistakes, and exits with 2.

    \b
    Examples:
      aggregator status
      aggregator status --json | jq '.troubles[] | {kind, subject, since, advice}'
    """
    report: StatusReport | None = None
    mistakes: ConfigError | None = None
    try:
        report = App(load(config)).status()
    except ConfigError as error:  # a daemon goes on with what it read before: so does this, and says what is wrong
        mistakes = error
        with suppress(StoreError):
            report = remembered(store_path(config), datetime.now(UTC))
    if report is not None:
        data.print_json(report) if as_json else output.print_status(report, now=datetime.now(UTC))
    if mistakes is not None:
        raise mistakes
