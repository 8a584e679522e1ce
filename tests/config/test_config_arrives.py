"""Every key that a table has makes a difference: a key without an example here, or one that is read and dropped, fails."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from aggregator.config.loading import Config, load
from aggregator.config.source_table import SourceTable
from aggregator.config.topic_tables import OwnStoriesTable, StoriesTable, TopicTable

SOURCE: Mapping[str, str] = {
    "id": '"other"',
    "kind": '"wordpress"',
    "url": '"https://b.example/"',
    "path": '"clips"',
    "title": '"Called"',
    "interval": '"3h"',
    "floor": '"20m"',
    "ceiling": '"2d"',
    "cron": '"0 7 * * *"',
    "enabled": "false",
    "timezone": '"Europe/Berlin"',
    "updates": '"silent"',
    "republish": '"title"',
    "allow_private": '["10.0.0.0/8"]',
    "headers": '{ X-Word = "a" }',
    "headers_env": '{ X-Key = "VALUE" }',
    "auth_env": '"VALUE"',
    "was": '["former"]',
}
INSTEAD: Mapping[str, Mapping[str, str]] = {"path": {"kind": '"folder"', "url": ""}}
"""What else must be said, or must not, with a key."""
STORIES: Mapping[str, str] = {"strictness": '"strict"', "window": '"5h"', "max_age": '"6h"', "prefer": '["one"]'}
TOPIC: Mapping[str, str] = {
    "slug": '"other"',
    "title": '"Called"',
    "subtitle": '"Said"',
    "query": '"word"',
    "sources": '["one"]',
    "languages": '["en"]',
    "backfill": '"last 2"',
    "min_sources": "2",
    "quota": "3",
    "digest": '"daily 07:00"',
    "limit": "50",
    "max_age": '"9d"',
    "stories": "false",
    "updates": '"ignore"',
    "republish": '"excerpt"',
    "was": '["former"]',
}


def read(folder: Path, source: Mapping[str, str], topic: Mapping[str, str], stories: Mapping[str, str] = STORIES) -> Config:
    (folder / "clips").mkdir(exist_ok=True)
    tables = {"stories": stories, "[source]": {"id": '"one"', "url": '"https://a.example/"', **source}}
    tables["[topic]"] = {"slug": '"all"', **topic}
    lines = [
        line
        for name, table in tables.items()
        for line in (f"[{name}]", *(f"{key} = {value}" for key, value in table.items() if value))
    ]
    file = folder / "config.toml"
    file.write_text("\n".join(lines))
    return load(file, {"VALUE": "secret"})


@pytest.mark.parametrize("key", SourceTable.model_fields)
def test_a_key_of_a_source(key: str, tmp_path: Path) -> None:
    prefer = {**STORIES, "prefer": "[]"}
    (plain,) = read(tmp_path, {}, {}, prefer).sources()
    instead = INSTEAD.get(key, {})
    (said,) = read(tmp_path, {key: SOURCE[key], **instead}, {}, prefer).sources()
    assert said != plain
    if instead:
        assert said.path is not None


@pytest.mark.parametrize("key", TopicTable.model_fields)
def test_a_key_of_a_topic(key: str, tmp_path: Path) -> None:
    (plain,) = read(tmp_path, {}, {}).topics()
    (said,) = read(tmp_path, {}, {key: TOPIC[key]}).topics()
    assert said != plain


@pytest.mark.parametrize("key", StoriesTable.model_fields)
def test_a_key_of_stories_for_all_topics_and_for_one(key: str, tmp_path: Path) -> None:
    assert StoriesTable.model_fields.keys() == OwnStoriesTable.model_fields.keys()
    (plain,) = read(tmp_path, {}, {}, {}).topics()
    (said,) = read(tmp_path, {}, {}, {key: STORIES[key]}).topics()
    (own,) = read(tmp_path, {}, {"stories": f"{{ {key} = {STORIES[key]} }}"}, {}).topics()
    assert said == own != plain
