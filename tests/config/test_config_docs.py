"""Configurations in the documentation are right: each by itself, and those of the tutorial below what `init` writes."""

import re
from pathlib import Path

import pytest

from aggregator.config.loading import load
from aggregator.config.starter import STARTER

ROOT = Path(__file__).parents[2]
ELSEWHERE = ("writing-a-source.md",)
"""Pages whose tables are for another program, or for a kind that is not installed here."""
ENV = {"MINIFLUX_KEY": "k" * 32, "AGGREGATOR_STATUS_TOKEN": "t" * 32}
"""Variables that the pages tell people to set."""


def blocks(page: Path) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CASES = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    if page.name not in ELSEWHERE
    for number, block in enumerate(blocks(page), 1)
]


def test_there_are_configurations_to_look_at() -> None:
    assert len(CASES) >= 15


@pytest.mark.parametrize("block", CASES)
def test_a_configuration_of_the_documentation_is_right(tmp_path: Path, block: str) -> None:
    (tmp_path / "config.toml").write_text(block, "utf-8")
    load(tmp_path / "config.toml", ENV)


def test_what_the_tutorial_tells_to_write_fits_below_what_init_wrote(tmp_path: Path) -> None:
    told = blocks(ROOT / "docs" / "tutorial.md")
    (tmp_path / "config.toml").write_text("\n".join([STARTER.read_text("utf-8"), *told]), "utf-8")
    config = load(tmp_path / "config.toml", {})
    assert [topic.slug for topic in config.topics()] == ["everything", "kernel"]
    assert len(config.fetch.allow_private) == 2
