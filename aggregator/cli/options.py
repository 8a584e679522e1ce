"""Options that several commands share, so that they read the same everywhere."""

from pathlib import Path

import click

config = click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    envvar="AGGREGATOR_CONFIG",
    show_envvar=True,
    metavar="P",
    help="The configuration.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of tables.")
