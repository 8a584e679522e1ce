"""The policies of a topic, as they are written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aggregator.config.loading import load
from aggregator.errors import ConfigError
from aggregator.model import Backfill


def topic(folder: Path, line: str):
    (folder / "config.toml").write_text(f'[[topic]]\nslug = "a"\n{line}\n')
    return load(folder / "config.toml", {}).topics()[0]


@pytest.mark.parametrize(
    ("written", "policy"),
    [
        ("none", Backfill(count=0)),
        ("last 20", Backfill(count=20)),
        ("last  0", Backfill(count=0)),
        ("since 2026-01-31", Backfill(since=datetime(2026, 1, 31, tzinfo=UTC))),
        ("since 30d", Backfill(age=30 * 86400.0)),
        ("since 1d12h", Backfill(age=1.5 * 86400.0)),
    ],
)
def test_a_back_fill_reaches_as_far_as_it_says(tmp_path: Path, written: str, policy: Backfill) -> None:
    assert topic(tmp_path, f'backfill = "{written}"').backfill == policy


def test_policies_that_are_not_written_have_their_defaults(tmp_path: Path) -> None:
    plain = topic(tmp_path, "")
    assert plain.backfill == Backfill()
    assert plain.languages == ()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('backfill = "all"', '.backfill: must be "none", "last 20", "since 2026-01-31" or "since 30d" (got "all")'),
        ("backfill = 20", '.backfill: must be "none", "last 20", "since 2026-01-31" or "since 30d" (got 20)'),
        ('backfill = "last"', '.backfill: must be "none", "last 20", "since 2026-01-31" or "since 30d" (got "last")'),
        ('backfill = "since 2026-02-30"', '.backfill: must name a day of the calendar, not 2026-02-30 (got "since 2026-02-30")'),
        (
            'backfill = "since monday"',
            '.backfill: must name a day, as in "since 2026-01-31", or a duration, as in "since 30d" (got "since monday")',
        ),
        ('languages = ["english!"]', '.languages[1]: must be a language tag such as "en", "de-AT" or "zh-Hans" (got "english!")'),
        ('languages = "en"', ".languages: must be a list"),
    ],
)
def test_a_mistake_in_a_policy_is_told_with_what_to_write(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        topic(tmp_path, line)
    assert said in str(caught.value)
    assert str(caught.value).startswith("config.toml:3: topic[1] (a)")
