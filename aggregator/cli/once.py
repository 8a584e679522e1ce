"""`aggregator once`: poll what is due, publish, exit."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from aggregator.app import App
from aggregator.cli import data, options
from aggregator.cli.progress import progress
from aggregator.config.loading import load
from aggregator.pipeline.report import RunReport

SOURCE_FAILED = 3


@click.command()
@options.config
@click.option("--force", is_flag=True, help="Poll every source, due or not. Polls stay conditional.")
@click.option("--strict", is_flag=True, help="Exit with 3 when a source failed.")
@options.as_json
@click.pass_context
def command(ctx: click.Context, config: Path, force: bool, strict: bool, as_json: bool) -> None:
    """Poll everything that is due, publish, and exit.

    Prints a line per source and per topic. A source that fails is named with its reason; the others go on.

    \b
    Examples:
      aggregator once
      aggregator once --force                  all sources, due or not
      aggregator once --strict --json | jq     for scripts: exit code 3 when a source failed
    """
    loaded = load(config)
    with progress("polling") as tick:
        report = _run(App(loaded).once(force=force, progress=tick))
    if as_json:
        data.print_json(report)
    else:
        import_module("aggregator.cli.output").print_run(report)  # tables take as long to load as a hundred polls take
    if strict and report.failed:
        ctx.exit(SOURCE_FAILED)


def _run(work: Coroutine[Any, Any, RunReport]) -> RunReport:
    """What `asyncio.run` returns, which spells its task's result out as it ends: 2,000 reports, that nobody reads."""
    kept: list[RunReport] = []

    async def main() -> None:
        kept.append(await work)

    asyncio.run(main())
    return kept[0]
