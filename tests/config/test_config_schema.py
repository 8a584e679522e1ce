"""What is generated from the models is what is committed, and says the truth."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from aggregator.config import schema as config_schema
from aggregator.config.loading import SINGLE
from aggregator.config.schema import BEGIN, END, as_text, built_in, documented, reference, schema
from aggregator.config.source_table import SourceTable
from aggregator.config.topic_tables import TopicTable
from aggregator.config.types import RESERVED

ROOT = Path(__file__).parent.parent.parent
RENEW = "run `python -m aggregator.config.schema`"


def test_the_committed_schema_is_fresh() -> None:
    assert (ROOT / config_schema.SCHEMA).read_text("utf-8") == as_text(), RENEW


def test_the_committed_reference_is_fresh() -> None:
    text = (ROOT / config_schema.DOCUMENT).read_text("utf-8")
    assert documented(text) == text, RENEW


def test_every_key_is_in_the_reference_with_a_meaning() -> None:
    text = reference()
    for model in SINGLE.values():
        for key in model.model_fields:
            assert f"| `{key}` |" in text
    for key in [*SourceTable.model_fields, *TopicTable.model_fields]:
        assert f"| `{key}` |" in text
    assert "| . |" not in text


def test_the_tables_that_variables_reach_are_named() -> None:
    text = (ROOT / config_schema.DOCUMENT).read_text("utf-8")
    said = text.partition("## Environment variables")[2].partition("##")[0]
    assert set(re.findall(r"`\[(\w+)\]`", said)) == SINGLE.keys()


def test_the_kinds_that_come_with_the_program_are_named_where_one_is_chosen() -> None:
    said = SourceTable.model_fields["kind"].description or ""
    assert set(re.findall(r"`(\w+)`", said)) == set(built_in())


def test_the_reserved_slugs_are_documented() -> None:
    text = (ROOT / config_schema.DOCUMENT).read_text("utf-8")
    assert all(f"`{slug}`" in text for slug in RESERVED)


def test_a_document_without_its_marks_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="must hold the lines"):
        documented(f"text {BEGIN} text")
    with pytest.raises(ValueError, match="must hold the lines"):
        documented(f"text {END} text")


def test_running_the_module_writes_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / config_schema.DOCUMENT).write_text(f"before\n{BEGIN}\nstale words\n{END}\nafter\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    config_schema.main()
    assert json.loads((tmp_path / config_schema.SCHEMA).read_text("utf-8")) == schema()
    text = (tmp_path / config_schema.DOCUMENT).read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale words" not in text


def test_the_schema_is_a_schema_and_accepts_what_is_shipped() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    for file in (ROOT / "config.toml", ROOT / "aggregator" / "config" / "starter.toml"):
        jsonschema.validate(tomllib.loads(file.read_text("utf-8")), schema(), jsonschema.Draft202012Validator)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("[[source]]\nid = 'a'\nurl = 'http://x.example/'", True),
        ("[[source]]\nid = 'a'\nkind = 'folder'\npath = 'x'\nglob = '*.md'", True),
        ("[[source]]\nid = 'a'\nkind = 'third-party'\nwhatever = 1", True),
        ("[[source]]\nid = 'a'\nkind = 'folder'\nurl = 'http://x.example/'", False),
        ("[[source]]\nid = 'a'\nurl = 'http://x.example/'\nper_page = 3", False),
        ("[[source]]\nurl = 'http://x.example/'", False),
        ("[[topic]]\nslug = 'status'", False),
        ("[[topic]]\nslug = 'a'\nmax_age = '7d'", True),
        ("[[topic]]\nslug = 'a'\nmax_age = 'long'", False),
        ("[store]\nkeep = 'forever'", True),
        ("[serve]\nport = '80'", False),
    ],
)
def test_editors_are_told_what_the_program_would_say(text: str, good: bool) -> None:
    assert jsonschema.Draft202012Validator(schema()).is_valid(tomllib.loads(text)) is good
