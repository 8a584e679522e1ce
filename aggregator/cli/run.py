"""`aggregator run`: the daemon."""

import asyncio
from pathlib import Path

import click
import uvloop

from aggregator import logs
from aggregator.app import App
from aggregator.cli import options
from aggregator.config.loading import load
from aggregator.daemon.run import run


@click.command()
@options.config
@click.pass_context
def command(ctx: click.Context, config: Path) -> None:
    """Run the daemon: poll when due, publish, serve over HTTP.

    Runs until SIGTERM or SIGINT (Ctrl-C), then finishes what it is at and exits with 0. Logs go to standard error: readable
    on a terminal, one JSON object a line elsewhere.

    \b
    Examples:
      aggregator run
      AGGREGATOR_SERVE__PORT=9000 aggregator run --config /etc/aggregator/config.toml
    """
    loaded = load(config)
    logs.configure(debug=bool(ctx.find_root().params.get("debug")))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run(App(loaded)))
