"""The shipped configuration over the shipped seeds: what it publishes, and that it does so again, byte for byte."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import feedparser
import pytest

ROOT = Path(__file__).parents[2]
FORMATS = ("atom", "rss", "json")
FOLDER = '[[source]]\nid = "{0}"\nkind = "folder"\npath = "{0}"\n'
TOPIC = '[[topic]]\nslug = "all"\n' + FOLDER


@pytest.fixture
def shipped(project):
    shutil.copytree(ROOT / "seeds", project.root / "seeds")
    shutil.copy(ROOT / "config.toml", project.config)
    return project


def titles(path: Path) -> list[str]:
    if path.suffix == ".json":
        return [entry["title"] for entry in json.loads(path.read_bytes())["items"]]
    return [entry.title for entry in feedparser.parse(path.read_bytes()).entries]


def test_two_topics_come_out_in_three_formats(shipped) -> None:
    report = shipped.once(force=False)
    assert [(source.result, source.new) for source in report.sources] == [("ok", 2)]
    for format in FORMATS:
        assert titles(shipped.feeds / f"openai-and-china.{format}") == [
            "OpenAI Urges Ban on All China-Linked AI Models",
            "OpenAI Reportedly Moving to Block Chinese Access to AI Tools",
        ]
        assert titles(shipped.feeds / f"deepseek.{format}") == ["OpenAI Urges Ban on All China-Linked AI Models"]


def test_a_second_run_changes_no_byte_and_no_mtime(shipped) -> None:
    shipped.once(force=False)
    before, stats = shipped.published(), shipped.stats()
    report = shipped.once(force=False)
    assert [(source.result, source.new, source.updated) for source in report.sources] == [("not-modified", 0, 0)]
    assert [topic.files for topic in report.topics] == [(), ()]
    assert shipped.published() == before
    assert shipped.stats() == stats


def test_deleted_feeds_come_back_byte_for_byte(shipped) -> None:
    shipped.once(force=False)
    before = shipped.published()
    shutil.rmtree(shipped.feeds)
    shipped.once(force=False)
    assert shipped.published() == before


def test_deleted_feeds_and_store_come_back_byte_for_byte(shipped) -> None:
    shipped.once(force=False)
    before = shipped.published()
    shutil.rmtree(shipped.feeds)
    shipped.lose_store()
    shipped.once(force=False)
    assert shipped.published() == before


def test_one_deleted_or_damaged_file_is_mended_by_the_next_run(shipped) -> None:
    shipped.once(force=False)
    before = shipped.published()
    (shipped.feeds / "deepseek.rss").unlink()
    (shipped.feeds / "deepseek.atom").write_text("nonsense")
    (shipped.feeds / "topics.opml").write_text("nonsense")
    shipped.once(force=False)
    assert shipped.published() == before


def test_the_seeds_come_in_with_dates_image_categories_and_excerpt(shipped) -> None:
    shipped.once(force=False)
    second, first = json.loads((shipped.feeds / "openai-and-china.json").read_bytes())["items"]
    assert first["url"].startswith("https://www.pymnts.com/artificial-intelligence-2/2024/")
    assert datetime.fromisoformat(first["date_published"]) == datetime.fromisoformat("2024-06-29T19:28:00Z")
    assert first["image"] == "https://www.pymnts.com/wp-content/uploads/2024/06/OpenAI-China.jpg?w=620"
    assert datetime.fromisoformat(second["date_published"]) == datetime.fromisoformat("2025-03-21T09:54:01Z")
    assert datetime.fromisoformat(second["date_modified"]) == datetime.fromisoformat("2026-01-05T09:17:02Z")
    assert second["tags"] == ["ai-information", "ai-news", "ai-tools-news"]
    assert second["image"] == "https://metaverseplanet.net/blog/wp-content/uploads/2024/10/openai.webp"
    assert "OpenAI has formally requested" in second["summary"]
    assert "class=" not in second["content_html"]


@pytest.mark.parametrize("date", ["2024-06-29T19:28:00", "2025-03-21T09:54:01"])
@pytest.mark.parametrize("together", [True, False])
def test_the_seeds_are_two_entries_though_no_topic_names_their_subject_and_their_dates_are_equal(project, date, together) -> None:
    clipping, post = sorted((ROOT / "seeds").glob("*.txt"))
    when = datetime.fromisoformat(date)
    for folder in ("clippings", "posts"):
        (project.root / folder).mkdir()
    text = clipping.read_text("utf-8").replace("Created: June 29, 2024 7:28 PM", f"Created: {when:%B %d, %Y %I:%M %p}")
    (project.root / "clippings" / clipping.name).write_text(text, "utf-8")
    told = json.loads(post.read_text("utf-8")) | {"date": date, "date_gmt": date}
    if not together:
        project.configure(TOPIC.format("clippings"))
        project.once()
    (project.root / "posts" / post.name).write_text(json.dumps(told), "utf-8")
    project.configure(TOPIC.format("clippings") + FOLDER.format("posts"))
    project.once()
    entries = json.loads((project.feeds / "all.json").read_bytes())["items"]
    assert {entry["title"] for entry in entries} == {
        "OpenAI Urges Ban on All China-Linked AI Models",
        "OpenAI Reportedly Moving to Block Chinese Access to AI Tools",
    }
    first, second = (datetime.fromisoformat(entry["date_published"]) for entry in entries)
    assert abs((first - second).total_seconds()) < 60
