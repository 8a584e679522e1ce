"""Commands called as a user calls them, in a folder with a configuration."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli.main import cli


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch, config: str) -> None:
    """Make it the current folder, with this configuration and no other."""
    (folder / "config.toml").write_text(config)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("AGGREGATOR_CONFIG", raising=False)


def run(*words: str, typed: str | None = None, **env: str) -> Result:
    """`aggregator` with these words; `typed` is what somebody answers."""
    return CliRunner().invoke(cli, words, input=typed, env=env, prog_name="aggregator")
