"""`aggregator backup`: a verified copy of the store."""

from pathlib import Path

import click

from aggregator.app import App
from aggregator.cli import data, options, output
from aggregator.config.loading import load


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@options.config
@options.as_json
def command(file: Path | None, config: Path, as_json: bool) -> None:
    """Copy the store to FILE, while the daemon runs or not.

    The copy is one file, complete as of one moment, and checked before it gets its name; a former backup of that name is replaced
    whole. Without FILE: beside the store, with the day in its name. `aggregator restore FILE` puts it back.

    \b
    Examples:
      aggregator backup
      aggregator backup /mnt/backups/planet.db
      aggregator backup --json "planet-$(date +%F).db" | jq .items
    """
    report = App(load(config)).backup(file)
    data.print_json(report) if as_json else output.print_backup(report)
