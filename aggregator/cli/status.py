"""`aggregator status`: what the store knows of sources and topics."""

from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator.app import App
from aggregator.cli import options, output
from aggregator.config import load


@click.command()
@options.config
@options.as_json
def command(config: Path, as_json: bool) -> None:
    """Show sources, topics and the store.

    For each source: its last poll and result, the next poll and why then. For each topic: its entries, the newest, its files.
    Then each trouble, the worst first: since when, what was tried, and what to do. Works while the daemon runs.

    \b
    Examples:
      aggregator status
      aggregator status --json | jq '.troubles[] | {kind, subject, since, advice}'
    """
    report = App(load(config)).status()
    output.print_json(report) if as_json else output.print_status(report, now=datetime.now(UTC))
