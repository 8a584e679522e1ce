"""`aggregator init [DIR]`: a configuration to start from."""

from pathlib import Path
from shlex import quote

import click

from aggregator.config.starter import STARTER

_NEXT = (
    ("add example.org", "find a site's feed and write it down; `import` takes a whole list"),
    ("check", "is it right, and do its sources answer?"),
    ("once", "poll and publish; `run` does so for ever, and serves"),
)


@click.command()
@click.argument("directory", metavar="[DIR]", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    default=Path("config.toml"),
    show_default=True,
    metavar="P",
    help="Name of the file, in DIR.",
)
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
def command(directory: Path, config: Path, force: bool) -> None:
    """Write a commented configuration to start from.

    It goes into DIR (here, if not given), which is made if it is not there. A file that is there already is left alone.

    \b
    Examples:
      aggregator init
      aggregator init planet
    """
    target = directory / config
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(STARTER.read_text("utf-8"))
    except FileExistsError as error:
        raise click.UsageError(f"{target} is there already and was left as it is; --force overwrites it") from error
    option = "" if target == Path("config.toml") else f" --config {quote(str(target))}"
    click.echo(f"Wrote {target}. What next:")
    width = max(len(arguments) for arguments, _ in _NEXT) + len(option)
    for arguments, meaning in _NEXT:
        click.echo(f"  aggregator {arguments + option:<{width}}   # {meaning}")
