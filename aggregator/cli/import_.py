"""`aggregator import FILE|URL`: subscriptions of another program into the configuration."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from aggregator.asking import Asking
from aggregator.cli import data, intake, options
from aggregator.cli.progress import progress
from aggregator.config.edit import Draft
from aggregator.config.import_ import plan
from aggregator.config.loading import load
from aggregator.model import Source
from aggregator.pipeline.answers.dead import dead
from aggregator.pipeline.report import SourceCheck
from aggregator.sources import adapter


@click.command()
@click.argument("place", metavar="FILE|URL")
@click.option("--check", "check_", is_flag=True, help="Ask each new source; write the dead ones with `enabled = false`.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@options.config
@options.as_json
def command(place: str, check_: bool, dry_run: bool, config: Path, as_json: bool) -> None:
    """Take over the subscriptions of another program.

    Reads OPML, as readers export it, and the config.ini of a Planet or Planet Venus. Feeds become sources, folders become topics;
    what a planet says of itself goes into [site], unless you wrote it there. What is configured already is recognized. All or
    nothing: a list that is broken anywhere imports nothing, and the line is named. With --check, sources that are dead (no such
    name, no such address, a page where the feed was) are written, but not polled. To follow a list as it changes, add it as
    a source of kind "opml" instead.

    \b
    Examples:
      aggregator import subscriptions.opml
      aggregator import https://planet.example.org/opml.xml --dry-run --check
      aggregator import ~/planet/config.ini --json | jq .new
    """
    loaded = load(config)
    asking = Asking(loaded)
    listed = asyncio.run(asking.read_list(place))
    planned = plan(loaded, listed.subscriptions, listed.left, listed.planet)
    checked: tuple[SourceCheck, ...] = ()
    if check_:
        sources = [Source(id=one.id, kind=one.kind, url=one.url, options=adapter.load(one.kind).Options()) for one in planned.new]
        with progress("asking") as tick:
            checked = asyncio.run(asking.check(tick, only=sources)).sources
    off = dead(checked)
    if planned.changes and not dry_run:
        draft = Draft(config)
        today = datetime.now(UTC).date()
        planned.apply(draft, {id: f"dead on {today}: {why}" for id, why in off.items()})
        draft.save()
    if as_json:
        data.print_json(
            {
                "format": listed.format,
                "new": planned.new,
                "known": planned.known,
                "repeated": planned.repeated,
                "left": planned.left,
                "topics": planned.topics,
                "grown": planned.grown,
                "site": planned.site,
                "checked": checked,
                "dead": list(off),
                "written": planned.changes and not dry_run,
            }
        )
    else:
        intake.print_plan(planned, config, checked, off, dry_run=dry_run)
