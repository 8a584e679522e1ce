"""`aggregator story` on paper and as JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli.main import cli

CONFIG = '[[source]]\nid = "one"\nkind = "folder"\npath = "one"\n[[source]]\nid = "two"\nkind = "folder"\npath = "two"\n'
FEED = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title><link>http://{name}.example/</link><description>d'
    "</description><language>en</language><item><guid>http://{name}.example/a</guid><link>http://{name}.example/a</link><title>{title}"
    "</title><description>{text}</description><pubDate>Mon, 02 Mar 2026 12:00:00 GMT</pubDate></item></channel></rss>"
)

ONE, TWO = "http://one.example/a", "https://www.two.example/a?utm_source=x"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two outlets with one story, taken in and published."""
    for name, title, text in (
        (
            "one",
            "Kestrel bridge collapses",
            "The Kestrel bridge near Aldermouth fell into the Wend after two cables snapped on Monday.",
        ),
        (
            "two",
            "Cables snap, bridge falls",
            "Two snapped cables brought the Kestrel bridge at Aldermouth down into the river Wend.",
        ),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "feed.xml").write_text(FEED.format(name=name, title=title, text=text))
    file = tmp_path / "config.toml"
    file.write_text(CONFIG + '[[topic]]\nslug = "all"\n')
    assert CliRunner().invoke(cli, ["once", "--config", str(file)]).exit_code == 0
    return file


def story(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["story", *arguments, "--config", str(config)])


def test_a_story_is_shown_split_joined_and_explained(config: Path) -> None:
    shown = story(config, "show", TWO)
    assert shown.exit_code == 0
    assert "2 items of 2 independent sources" in shown.stdout
    assert "they have enough words in common (item " in shown.stdout
    assert "1 item of 1 independent source" in story(config, "split", TWO).stdout
    explained = story(config, "explain", ONE, TWO)
    assert "kestrel" in explained.stdout
    assert "two stories: " in explained.stdout
    assert json.loads(story(config, "join", ONE, TWO, "--json").stdout)["sources"] == 2
    told = json.loads(story(config, "explain", ONE, TWO, "--topic", "all", "--json").stdout)
    assert (told["same"], told["recorded"], told["threshold"]) == (True, True, 0.22)


def test_a_story_that_left_the_feed_says_so(config: Path) -> None:
    config.write_text(CONFIG + '[[topic]]\nslug = "all"\nquery = "zeppelin"\n')
    assert CliRunner().invoke(cli, ["once", "--config", str(config)]).exit_code == 0
    assert "no: query" in story(config, "show", ONE).stdout


def test_what_cannot_be_found_or_done_is_said_in_a_sentence(config: Path) -> None:
    unknown = story(config, "show", "http://nowhere.example/")
    assert unknown.exit_code == 1
    assert "no item is known by 'http://nowhere.example/'" in unknown.stderr
    already = story(config, "join", ONE, TWO)
    assert already.exit_code == 1
    assert "tell one story already" in already.stderr
    assert story(config, "explain", ONE, TWO, "--topic", "x").exit_code == 2
