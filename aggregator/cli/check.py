"""`aggregator check`: the configuration, then what each source answers."""

import asyncio
from pathlib import Path

import click

from aggregator.asking import Asking
from aggregator.cli import data, options, output
from aggregator.cli.progress import progress
from aggregator.config.loading import load
from aggregator.errors import ConfigError

CONFIG_WRONG = 2


@click.command()
@options.config
@options.as_json
@click.pass_context
def command(ctx: click.Context, config: Path, as_json: bool) -> None:
    """Check the configuration and ask each source, storing nothing.

    Mistakes in the configuration are all shown at once, with their lines (exit code 2). If there are none, every source is asked
    once, and what it answers is shown. Nothing is stored or published.

    \b
    Examples:
      aggregator check
      aggregator check --config new.toml --json
    """
    try:
        loaded = load(config)
    except ConfigError as error:
        if not as_json:
            raise
        data.print_json({"problems": error.problems, "sources": ()})
        ctx.exit(CONFIG_WRONG)
    if not as_json:
        output.print_config(config, len(loaded.sources()), len(loaded.topics()))
    with progress("asking") as tick:
        report = asyncio.run(Asking(loaded).check(progress=tick))
    data.print_json({"problems": (), "sources": report.sources}) if as_json else output.print_check(report)
