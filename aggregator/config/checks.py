"""Everything that can be wrong with the values of config.toml, found in one go.

    tables ─shape─ lists of tables where they belong
           ─Tables─ names, types, values
           ─kinds─ each source by the Options of its kind; url or path
           ─names─ ids and slugs once each, `was` without collision, sources of topics known

The last two look at what was written, not at what passed the first, so that no mistake hides another.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as Folder
from typing import Any

from pydantic import BaseModel, ValidationError

from aggregator.config.lines import Path
from aggregator.config.problems import Problem, did_you_mean, explain, unknown_key
from aggregator.config.source_table import SourceTable
from aggregator.config.tables import Tables
from aggregator.config.topic_tables import OwnStoriesTable, TopicTable
from aggregator.config.types import seconds
from aggregator.errors import ConfigError
from aggregator.model import list_of
from aggregator.sources.adapter import Adapter, kinds, load

COMMON = SourceTable.model_fields.keys()
KIND = str(SourceTable.model_fields["kind"].default)


def check(raw: Mapping[str, Any], base: Folder) -> tuple[Tables | None, tuple[BaseModel, ...], list[Problem]]:
    """The tables, each source's options, and all mistakes. `base` is where relative paths begin."""
    tables, problems = _shaped(raw)
    context = {"base": base}
    sources: Sequence[Mapping[str, Any]] = tables["source"]
    common = [{key: value for key, value in source.items() if key in COMMON} for source in sources]
    validated = None
    try:
        validated = Tables.model_validate(tables | {"source": common}, context=context)
    except ValidationError as error:
        problems += _explained(error, tables)
    options: list[BaseModel] = []
    bare: dict[str, BaseModel] = {}
    adapters: dict[str, Adapter | Problem] = {}
    for index, source in enumerate(sources):
        read, more = _options(source, ("source", index), adapters, bare, context)
        problems += more
        if read is not None:
            # Equal ones are one: of a hundred thousand feeds, which have no options, each would take 400 bytes.
            options.append(read if read.model_fields_set else bare.setdefault(str(source.get("kind", KIND)), read))
    problems += _names(tables["source"], "source", "id")
    problems += _names(tables["topic"], "topic", "slug")
    problems += _unknown_sources(tables)
    problems += _times(tables["source"])
    problems += _without_stories(tables["topic"])
    return validated, tuple(options), problems


def _shaped(raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """The document with a table wherever one belongs, and with lists of nothing but tables."""
    tables: dict[str, Any] = {name: {} for name in ("site", "store", "fetch", "publish", "serve", "stories")} | dict(raw)
    problems = []
    for name in ("source", "topic"):
        entries = tables.setdefault(name, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            problems.append(
                Problem((name,), f"must be written as [[{name}]], in two brackets, once for each {name}", shown=False)
            )
            tables[name] = []
    return tables, problems


def _explained(error: ValidationError, tables: Mapping[str, Any]) -> list[Problem]:
    """As `explain`, with the keys that the table in question knows."""
    problems = []
    for problem in explain(error, tables):
        if problem.message.startswith("is not a known key"):
            table = Tables.model_fields.get(str(problem.path[0]))
            model = TopicTable if problem.path[0] == "topic" else table.annotation if table else None
            if problem.path[:1] == ("topic",) and problem.path[2:3] == ("stories",):
                model = OwnStoriesTable
            keys = (
                model.model_fields if len(problem.path) > 1 and isinstance(model, type) and issubclass(model, BaseModel) else None
            )
            problems.append(unknown_key(problem.path, list(keys if keys is not None else Tables.model_fields)))
        else:
            problems.append(problem)
    return problems


def _options(
    source: Mapping[str, Any],
    path: Path,
    adapters: dict[str, Adapter | Problem],
    bare: Mapping[str, BaseModel],
    context: Mapping[str, Folder],
) -> tuple[BaseModel | None, list[Problem]]:
    """What the source says beside the common keys, read by its kind; what says nothing was read before, `bare` by its kind."""
    kind = source.get("kind", KIND)
    if not isinstance(kind, str):
        return None, []
    if kind not in adapters:
        adapters[kind] = _adapter(kind)
    adapter = adapters[kind]
    if isinstance(adapter, Problem):
        return None, [Problem((*path, "kind"), adapter.message)]
    problems = _place(source, path, kind, local=adapter.local)
    if kind in bare and source.keys() <= COMMON:
        return bare[kind], problems
    fields = adapter.Options.model_fields
    names = [field.alias or name for name, field in fields.items()]
    rest = {key: value for key, value in source.items() if key not in COMMON}
    known = [*COMMON, *names]
    if adapter.Options.model_config.get("extra") not in ("forbid", "allow"):
        problems += [unknown_key((*path, key), known) for key in rest if key not in names and key not in fields]
    try:
        return adapter.Options.model_validate(rest, context=context), problems
    except ValidationError as error:
        return None, problems + explain(error, rest, path, known)


def _adapter(kind: str) -> Adapter | Problem:
    try:
        return load(kind)
    except ConfigError as error:
        if kind not in (there := kinds()):
            return Problem((), f"must be one of {', '.join(there)}{did_you_mean(kind, list(there))}")
        return Problem((), str(error))


def _place(source: Mapping[str, Any], path: Path, kind: str, *, local: bool | None) -> list[Problem]:
    """A kind that reads from disk has a `path`, the others have a `url`, some either; never both."""
    if local is None:
        if "path" in source and "url" in source:
            return [Problem((*path, "path"), "must not stand beside url: only one of them can say where it is")]
        if "path" not in source and "url" not in source:
            return [Problem((*path, "url"), f'or path is required, because kind "{kind}" reads either', shown=False)]
        return []
    wanted, other = ("path", "url") if local else ("url", "path")
    problems = []
    if wanted not in source:
        problems.append(Problem((*path, wanted), f'is required, because kind "{kind}" {_READS[local]}', shown=False))
    if other in source:
        problems.append(
            Problem((*path, other), f'does not belong here, because kind "{kind}" {_READS[local]}: it has a {wanted}')
        )
    return problems


_READS = {True: "reads from disk", False: "is fetched"}


def _names(tables: Sequence[Mapping[str, Any]], section: str, key: str) -> Iterator[Problem]:
    """Each id or slug belongs to one table, also those that it had before."""
    first: dict[str, int] = {}
    for index, table in enumerate(tables):
        name = table.get(key)
        if isinstance(name, str):
            if name in first:
                yield Problem((section, index, key), f"is taken by {section}[{first[name] + 1}] already; each needs its own")
            first.setdefault(name, index)
    former: dict[str, int] = {}
    for index, table in enumerate(tables):
        was = table.get("was")
        for place, name in enumerate(was if isinstance(was, list) else ()):
            if not isinstance(name, str):
                continue
            path: Path = (section, index, "was", place)
            if name in first:
                owner = "this one" if first[name] == index else f"{section}[{first[name] + 1}]"
                yield Problem(path, f"must be a former {key}; {owner} has it now")
            elif name in former:
                yield Problem(path, f"is claimed by {section}[{former[name] + 1}] already; only one can take over")
            former.setdefault(name, index)


def _without_stories(tables: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Several sources tell one thing only where items are grouped."""
    for index, table in enumerate(tables):
        number = table.get("min_sources")
        if table.get("stories") is False and isinstance(number, int) and number > 1:
            yield Problem(("topic", index, "min_sources"), "needs stories = true: an item for itself has one source")


def _times(tables: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """A source is polled by one rule: its cron expression, its interval, or our choice between floor and ceiling."""
    for index, table in enumerate(tables):
        rules = [key for key in ("cron", "interval") if key in table]
        if len(rules) == 2:
            yield Problem(("source", index, "cron"), "must not stand beside interval: only one of them can say when to poll")
        for bound in ("floor", "ceiling"):
            if rules and bound in table:
                message = f"does nothing beside {rules[0]}, which leaves no choice; take one of them away"
                yield Problem(("source", index, bound), message)
        try:
            low, high = seconds(table["floor"]), seconds(table["ceiling"])
        except (KeyError, ValueError):
            continue
        if low > high:
            yield Problem(("source", index, "ceiling"), f"must not be shorter than the floor ({table['floor']})")


def _unknown_sources(tables: Mapping[str, Any]) -> Iterator[Problem]:
    ids = [table["id"] for table in tables["source"] if isinstance(table.get("id"), str)]
    known = set(ids)
    former = {
        name: table.get("id")
        for table in tables["source"]
        if isinstance(table.get("was"), list)
        for name in table["was"]
        if isinstance(name, str)
    }
    for path, entry in _named_sources(tables):
        name = entry.removeprefix("!") if path[-2] == "sources" else entry
        if name in known or list_of(name) in known:  # what a list follows is known when it is fetched
            continue
        hint = f'; it is called "{former[name]}" now' if name in former else did_you_mean(name, ids)
        yield Problem(path, f"is not the id of a source{hint}")


def _named_sources(tables: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Wherever topics and stories name sources."""
    lists: list[tuple[Path, object]] = [(("stories", "prefer"), _value(tables, "stories", "prefer"))]
    for index, topic in enumerate(tables["topic"]):
        lists.append((("topic", index, "sources"), topic.get("sources")))
        lists.append((("topic", index, "stories", "prefer"), _value(topic, "stories", "prefer")))
    for path, named in lists:
        for place, entry in enumerate(named if isinstance(named, list) else ()):
            if isinstance(entry, str):
                yield (*path, place), entry


def _value(table: Mapping[str, Any], *keys: str) -> object:
    value: object = table
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
