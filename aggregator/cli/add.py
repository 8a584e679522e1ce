"""`aggregator add URL`: from a site's address to a source in the configuration."""

import asyncio
import sys
from pathlib import Path

import click

from aggregator.asking import Asking
from aggregator.cli import data, intake, options
from aggregator.cli.progress import progress
from aggregator.config.add import Addition, addition
from aggregator.config.edit import Draft
from aggregator.config.loading import load
from aggregator.pipeline.answers.discover import Finding, Found


@click.command()
@click.argument("url")
@click.option("--choose", type=click.IntRange(min=1), metavar="N", help="Take the Nth of several feeds, without asking.")
@click.option("--topic", metavar="SLUG", help="Let this topic draw from it; made if it is not there.")
@click.option("--id", "id_", metavar="ID", help="Its id. If not given, made of its title.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@options.config
@options.as_json
def command(url: str, choose: int | None, topic: str | None, id_: str | None, dry_run: bool, config: Path, as_json: bool) -> None:
    """Find the feed behind an address and add it to the configuration.

    URL is a feed, or a site that has one: it is looked for where the site announces it, in its WordPress API, in its links, and
    at the usual places. Of several, you choose. Its newest entries are shown, and a [[source]] is written into the
    configuration; comments and layout stay as they are. A running daemon takes it over by itself. A feed that is configured
    already is recognized.

    \b
    Examples:
      aggregator add lwn.net
      aggregator add https://example.org/blog/ --choose 1 --topic news
      aggregator add https://example.org/ --dry-run --json | jq .found
    """
    loaded = load(config)
    with progress("asking") as tick:
        found = asyncio.run(Asking(loaded).discover(url, tick))
    if not as_json:
        intake.print_found(found, loaded)
    number = _chosen(found, choose, as_json=as_json)
    finding = found.findings[number - 1] if number is not None else None
    done: Addition | None = None
    if finding is not None:
        done = addition(loaded, url=finding.url, kind=finding.check.kind, title=finding.check.title, topic=topic, id=id_)
        draft = Draft(config)
        done.apply(draft)
        if done.changes and not dry_run:
            draft.save()
    if as_json:
        data.print_json(intake.as_data(found, loaded, number, done, written=done is not None and done.changes and not dry_run))
    elif finding is not None and done is not None:
        intake.print_added(finding, done, config, dry_run=dry_run)
    if finding is None:
        raise click.UsageError(_ask_for_a_choice(found.findings))


def _chosen(found: Found, choose: int | None, *, as_json: bool) -> int | None:
    """Which one is taken; None where somebody has to say it first."""
    count = len(found.findings)
    if choose is not None:
        if choose > count:
            raise click.UsageError(
                f"--choose {choose}: there {'is one feed' if count == 1 else f'are {count} feeds'} at {found.asked}"
            )
        return choose
    if count == 1:
        return 1
    if not as_json and _is_asked():
        answer: int = click.prompt("Which one", type=click.IntRange(1, count), default=1)
        return answer
    return None


def _is_asked() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _ask_for_a_choice(findings: tuple[Finding, ...]) -> str:
    return f"there are {len(findings)} feeds: say which one, as in --choose 1"
