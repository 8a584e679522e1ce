"""What is generated from the models: the JSON Schema that editors read, and the reference of all keys.

    Tables + the built-in kinds' Options ─schema→ config.schema.json
                                         ─reference→ the tables in docs/configuration.md, between their two marks

`python -m aggregator.config.schema` in the project's root writes both; a test fails when they are stale.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel

from aggregator.config.source_table import SourceTable
from aggregator.config.tables import Tables
from aggregator.config.topic_tables import TopicTable
from aggregator.sources.adapter import kinds, load

SCHEMA = Path("config.schema.json")
DOCUMENT = Path("docs/configuration.md")
BEGIN = "<!-- generated: python -m aggregator.config.schema -->"
END = "<!-- end of generated -->"
DRAFT = "https://json-schema.org/draft/2020-12/schema"

MANY: Mapping[str, type[BaseModel]] = {"source": SourceTable, "topic": TopicTable}
"""The tables that stand in two brackets."""


def schema() -> dict[str, Any]:
    """JSON Schema of config.toml, for the kinds that come with the program; a source of another kind may have any key."""
    whole = _without_null(Tables.model_json_schema())
    definitions = whole["$defs"]
    common = definitions.pop("SourceTable")
    branches = []
    for kind in built_in():
        name = f"source of kind {kind}"
        branches.append({"$ref": f"#/$defs/{name}"})
        definitions[name] = _source(common, kind, definitions)
    other = {"type": "object", "required": ["id", "kind"], "properties": {"kind": {"not": {"enum": built_in()}}}}
    whole["properties"]["source"]["items"] = {"oneOf": [*branches, other]}
    return {"$schema": DRAFT, "title": "aggregator's config.toml", **{key: whole[key] for key in whole if key != "title"}}


def built_in() -> list[str]:
    return [kind for kind, place in kinds().items() if place.startswith("aggregator.")]


def reference() -> str:
    """Every key with type, default and meaning, as Markdown."""
    parts = []
    for name, field in Tables.model_fields.items():
        model = MANY.get(name) or cast("type[BaseModel]", field.annotation)
        heading = f"[[{name}]]" if name in MANY else f"[{name}]"
        parts.append(f"### {heading}\n\n{model.__doc__}\n\n{_rows(model)}")
        if name == "source":
            parts += [_kind(kind) for kind in built_in()]
    return "\n\n".join(parts)


def documented(text: str) -> str:
    """docs/configuration.md with its reference renewed. Raises ValueError if the marks are gone."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT} must hold the lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}"


def as_text() -> str:
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _source(common: dict[str, Any], kind: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The common keys and those of the kind; of url and path the one that it needs."""
    adapter = load(kind)
    own = _without_null(adapter.Options.model_json_schema())
    definitions.update(own.get("$defs", {}))
    properties = common["properties"] | own.get("properties", {})
    needed, unfit = ([], "") if adapter.local is None else (["path"], "url") if adapter.local else (["url"], "path")
    either = {"oneOf": [{"required": ["url"]}, {"required": ["path"]}]} if adapter.local is None else {}
    properties = {key: value for key, value in properties.items() if key != unfit}
    properties["kind"] = {"const": kind, "description": common["properties"]["kind"]["description"]}
    kind_needed = [] if kind == SourceTable.model_fields["kind"].default else ["kind"]
    return {
        "type": "object",
        "properties": properties,
        "required": ["id", *needed, *kind_needed, *own.get("required", ())],
        "additionalProperties": False,
        **either,
    }


def _kind(kind: str) -> str:
    adapter = load(kind)
    place = {True: "`path`", False: "`url`", None: "`url` or `path`"}[adapter.local]
    keys = f".\n\n{_rows(adapter.Options)}" if adapter.Options.model_fields else ", and has no keys of its own."
    return f'#### kind = "{kind}"\n\nNeeds {place}{keys}'


def _rows(model: type[BaseModel]) -> str:
    document = _without_null(model.model_json_schema())
    required = document.get("required", ())
    rows = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for key, property_ in document["properties"].items():
        default = "required" if key in required else _default(property_)
        meaning = property_.get("description", "")
        cells = (f"`{key}`", _type(property_), default, f"{meaning[:1].upper()}{meaning[1:].removesuffix('.')}.")
        rows.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows)


def _default(property_: dict[str, Any]) -> str:
    default = property_.get("default")
    return "–" if default is None or default == "" else f"`{json.dumps(default, ensure_ascii=False)}`"


def _type(property_: dict[str, Any]) -> str:
    """In words."""
    if "enum" in property_ or "const" in property_:
        return " or ".join(f"`{json.dumps(value)}`" for value in property_.get("enum", [property_.get("const")]))
    if "anyOf" in property_:
        if {"number", "string"} <= {branch.get("type") for branch in property_["anyOf"]}:
            return " or ".join([*(_type(branch) for branch in property_["anyOf"] if "const" in branch), "duration"])
        return " or ".join(_type(branch) for branch in property_["anyOf"])
    if property_.get("type") == "array":
        return f"list of {_type(property_.get('items', {}))}"
    word = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}.get(
        property_.get("type", "")
    )
    return f"{word or 'table'}{_range(property_)}"


def _range(property_: dict[str, Any]) -> str:
    low, high = property_.get("minimum"), property_.get("maximum")
    if low is not None and high is not None:
        return f", {low} to {high}"
    return f", {low} or more" if low is not None else f", at most {high}" if high is not None else ""


def _without_null(document: dict[str, Any]) -> dict[str, Any]:
    """TOML has no null: what may be None may be left out. Also drops pydantic's titles, which repeat the names of keys."""

    def pairs(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        branches = [branch for branch in node.get("anyOf", ()) if branch != {"type": "null"}]
        for key, value in node.items():
            if key == "anyOf" and len(branches) == 1:
                yield from pairs(branches[0])
            elif key == "anyOf":
                yield key, [clean(branch) for branch in branches]
            elif not (key == "default" and value is None) and not (key == "title" and isinstance(value, str)):
                yield key, clean(value)

    def clean(node: Any) -> Any:
        if isinstance(node, dict):
            return dict(pairs(node))
        return [clean(part) for part in node] if isinstance(node, list) else node

    cleaned: dict[str, Any] = clean(document)
    return cleaned


def main() -> None:
    SCHEMA.write_text(as_text(), "utf-8")
    DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
