"""`aggregator COMMAND`: finds the command's module when it is called, so that `--help` imports nothing of ours.

aggregator once|poll|run|add|import|export|check|status|… ─import aggregator.cli.<command>→ its `command`
AggregatorError ─→ a sentence on standard error and an exit code: 2 configuration or usage, 1 anything else
"""

import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from keyword import iskeyword
from pathlib import Path
from typing import Any

import click

from aggregator import printable
from aggregator.errors import AggregatorError, ConfigError

COMMANDS = {
    "once": "Poll everything that is due, publish, and exit.",
    "poll": "Poll one source now and publish what it changes.",
    "run": "Run the daemon: poll when due, publish, serve over HTTP.",
    "add": "Find the feed behind an address and add it to the configuration.",
    "import": "Take over the subscriptions of another program.",
    "export": "Print what is read, or published, as OPML.",
    "check": "Check the configuration and ask each source, storing nothing.",
    "status": "Show sources, topics and the store.",
    "why": "Tell why an item is in a feed, or is not.",
    "diff": "Show what a changed configuration would add and remove.",
    "story": "Show, explain, join and split stories.",
    "backup": "Copy the store to FILE, while the daemon runs or not.",
    "restore": "Put a backup or snapshot in the store's place.",
    "topic": "Try a query over what is stored.",
    "takedown": "Remove an address or a source from everything, and block it.",
    "init": "Write a commented configuration to start from.",
}
"""Each command's name, and the first line of its help."""
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
PIPE_CLOSED = 141
"""128 + SIGPIPE."""
_PLACE = re.compile(r"\S+:(?:\d+:)? ")
"""`config.toml:8: ` and the like: such a sentence says by itself where it comes from, as those of compilers do."""

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Or pydantic asks every installed package for plugins, which are not ours to run: a thirtieth of a start.


class Commands(click.Group):
    """A group that knows its commands by name only."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        with _uncollected():
            command: click.Command = import_module(f"aggregator.cli.{module}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = get_close_matches(args[0], COMMANDS, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(COMMANDS)}"
            ctx.fail(f"no such command: {printable.line(args[0])!r}{hint}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        with _in_our_voice():
            return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; say in a sentence what went wrong."""
        try:
            with _in_our_voice():
                result = super().invoke(ctx)
            sys.stdout.flush()
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # Whoever read our output has gone; what is left in the buffer must not fail again at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(PIPE_CLOSED)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            message, code = explain(error)
            click.echo(message, err=True)
            ctx.exit(code)
        return result


@contextmanager
def _in_our_voice() -> Iterator[None]:
    """What click finds wrong with the command line, as our own sentences are: without a capital and a full stop."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        said = error.format_message()
        raise click.UsageError(f"{said[:1].lower()}{said[1:]}".rstrip("."), error.ctx) from error


_GARBAGE = 5_000
"""More objects than before, at which garbage is looked for: at Python's 700, a fortieth of a first poll went into that."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for garbage: what is imported stays, and looking through it again and again takes a sixth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_GARBAGE)
        gc.enable()


def explain(error: BaseException) -> tuple[str, int]:
    """What to print for an error, and the exit code."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, ConfigError):
        said = printable.lines(str(error))
        return said if _PLACE.match(said) else f"aggregator: {said}", 2
    if isinstance(error, AggregatorError):
        return f"aggregator: {printable.lines(str(error))}", 1
    if isinstance(error, OSError):
        return f"aggregator: {printable.line(str(error))}", 1
    what = printable.line(f"{type(error).__name__}: {error}")
    return f"aggregator: a fault in the program: {what} (`aggregator --debug COMMAND` shows where; please report it)", 1


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"aggregator {import_module('aggregator.version').version()}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Show the version and exit."
)
@click.option("--debug", is_flag=True, envvar="AGGREGATOR_DEBUG", show_envvar=True, help="Show tracebacks and debug messages.")
def cli(debug: bool) -> None:
    """Take in many feeds, keep what is new, publish a few worth subscribing to.

    \b
    Examples:
      aggregator init planet      a configuration to start from
      aggregator check            is it right, and do its sources answer?
      aggregator once             poll, publish, exit
      aggregator run              the daemon, with feeds at http://127.0.0.1:8080/
    """


def main() -> None:
    """The `aggregator` program."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started us (`>&-`)
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - lives as long as the program
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 shows \\u2019 rather than a traceback
    cli(prog_name="aggregator")
