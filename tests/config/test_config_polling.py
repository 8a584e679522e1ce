"""The keys that say when sources are polled."""

from pathlib import Path

import pytest

from aggregator.config.loading import Config, load
from aggregator.errors import ConfigError


def written(folder: Path, source: str, fetch: str = "") -> Config:
    path = folder / "config.toml"
    path.write_text(f'[fetch]\n{fetch}\n[[source]]\nid = "a"\nurl = "http://example.org/"\n{source}\n', "utf-8")
    return load(path, {})


def test_floor_ceiling_cron_and_budget_arrive_in_the_model(tmp_path: Path) -> None:
    config = written(tmp_path, 'floor = "5m"\nceiling = "2d"', "budget = 8.5")
    assert config.fetch.budget == 8.5
    source = config.sources()[0]
    assert (source.floor, source.ceiling, source.cron, source.interval) == (300.0, 172800.0, None, None)
    assert written(tmp_path, 'cron = " */15  6-22 * * mon-fri"').sources()[0].cron == "*/15 6-22 * * mon-fri"
    assert written(tmp_path, "").fetch.budget == 24.0


@pytest.mark.parametrize(
    ("source", "fetch", "said"),
    [
        ("", "budget = 0", "config.toml:2: fetch.budget: must be more than 0"),
        ("", "budget = 100000", "config.toml:2: fetch.budget: must be at most 1440"),
        ("", 'budget = "many"', "config.toml:2: fetch.budget: must be a number"),
        ('cron = "hourly"', "", "config.toml:6: source[1] (a).cron: must have five fields"),
        ('cron = "0 0 30 2 *"', "", "config.toml:6: source[1] (a).cron: must come at some time"),
        ('cron = "99 * * * *"', "", "config.toml:6: source[1] (a).cron: cannot be read"),
        ('cron = "0 9 * * *"\ninterval = "1h"', "", "config.toml:6: source[1] (a).cron: must not stand beside interval"),
        ('interval = "1h"\nfloor = "1m"', "", "config.toml:7: source[1] (a).floor: does nothing beside interval"),
        ('cron = "0 9 * * *"\nceiling = "1d"', "", "config.toml:7: source[1] (a).ceiling: does nothing beside cron"),
        ('floor = "2d"\nceiling = "1d"', "", "config.toml:7: source[1] (a).ceiling: must not be shorter than the floor (2d)"),
        ("floor = 0", "", "config.toml:6: source[1] (a).floor: must be longer than nothing"),
        ('floor = "soon"\nceiling = "1d"', "", "config.toml:6: source[1] (a).floor: must be a duration"),
    ],
)
def test_a_mistake_about_times_has_its_line_and_its_sentence(tmp_path: Path, source: str, fetch: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        written(tmp_path, source, fetch)
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(said)
