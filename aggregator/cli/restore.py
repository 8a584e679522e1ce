"""`aggregator restore`: a backup or snapshot in the store's place."""

from pathlib import Path

import click

from aggregator.app import App
from aggregator.cli import data, options, output
from aggregator.config.loading import load


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@options.config
@options.as_json
def command(file: Path, config: Path, as_json: bool) -> None:
    """Put a backup or snapshot in the store's place.

    FILE is checked first: it must be a sound store that this version can read. The present store is set aside under another name,
    not deleted. A daemon that owns the store must be stopped before. FILE itself stays as it is.

    \b
    Examples:
      ls aggregator.db.snapshots/
      aggregator restore aggregator.db.snapshots/000041-20260203T040506Z.db
      aggregator restore /mnt/backups/planet.db && aggregator once --force
    """
    report = App(load(config)).restore(file)
    data.print_json(report) if as_json else output.print_restored(report)
