"""Everything that a user can write or meet is in the documentation: commands, options, config keys, kinds, errors."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from aggregator import errors
from aggregator.cli.main import cli
from aggregator.config.tables import Tables
from aggregator.sources import adapter

ROOT = Path(__file__).parent.parent


@cache
def documentation() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text("utf-8") for page in pages)


def named_as_code(word: str) -> bool:
    """Whether the word stands in a code span or block: that `path` occurs in some sentence documents nothing."""
    code = re.findall(r"(?s:```.*?```)|`[^`\n]+`|^(?: {4}|\t).+$", documentation(), flags=re.MULTILINE)
    whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
    return any(whole.search(span) for span in code)


def commands(group: click.Group = cli) -> dict[str, click.Command]:
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    flat = {name: command for name, command in found.items() if command is not None}
    for name, command in list(flat.items()):
        if isinstance(command, click.Group):
            flat |= {f"{name} {inner}": sub for inner, sub in commands(command).items()}
    return flat


def options() -> Iterator[str]:
    for name, command in commands().items():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                yield f"{name}\0{max(parameter.opts, key=len)}"


def keys(model: type[BaseModel]) -> Iterator[str]:
    """`site.title` for a table's keys; of a list of tables, those of its elements."""
    for table, field in model.model_fields.items():
        inner = [part for part in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(part, type)]
        for part in inner:
            if issubclass(part, BaseModel):
                yield from (f"{table}.{key}" for key in part.model_fields)


def kind_keys() -> Iterator[str]:
    for kind in adapter.kinds():
        if adapter.kinds()[kind].startswith("aggregator."):
            yield from (f"{kind}.{key}" for key in adapter.load(kind).Options.model_fields)


def tree(error: type[Exception]) -> Iterator[type[Exception]]:
    yield error
    for child in error.__subclasses__():
        yield from tree(child)


def test_there_is_something_to_document() -> None:
    """An empty list would make the tests below pass without testing anything."""
    assert {"once", "poll", "run", "check", "status", "topic try", "init"} <= set(commands())
    assert {"site.base_url", "serve.port", "source.id", "topic.query"} <= set(keys(Tables))
    assert {"feed", "wordpress", "folder", "opml"} <= set(adapter.kinds())
    assert len(list(tree(errors.AggregatorError))) > 10


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_documented(command: str) -> None:
    assert named_as_code(f"aggregator {command}")


@pytest.mark.parametrize("option", sorted(options()))
def test_every_option_is_documented(option: str) -> None:
    assert named_as_code(option.partition("\0")[2])


@pytest.mark.parametrize("key", sorted({*keys(Tables), *kind_keys()}))
def test_every_configuration_key_is_documented(key: str) -> None:
    assert named_as_code(key.partition(".")[2])


@pytest.mark.parametrize("kind", sorted(adapter.kinds()))
def test_every_kind_of_source_is_documented(kind: str) -> None:
    assert named_as_code(kind)


@pytest.mark.parametrize("error", sorted(error.__name__ for error in tree(errors.AggregatorError)))
def test_every_error_is_documented(error: str) -> None:
    assert named_as_code(error)
