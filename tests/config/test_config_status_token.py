"""The token of /status: from the environment, long enough, and shown nowhere."""

from pathlib import Path

import pytest

from aggregator.config.loading import load
from aggregator.errors import ConfigError

TOKEN = "0123456789abcdef"
SERVE = '[serve]\nstatus_token_env = "STATUS"\n'


def config(tmp_path: Path, text: str = SERVE) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_the_token_comes_from_a_variable_or_from_the_file_that_one_names(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{TOKEN}\n")
    for env in ({"STATUS": TOKEN}, {"STATUS_FILE": str(tmp_path / "secret")}):
        loaded = load(config(tmp_path), env)
        assert loaded.status_token == TOKEN
        assert TOKEN not in repr(loaded)
    assert load(config(tmp_path, ""), {}).status_token is None


@pytest.mark.parametrize(
    ("env", "says"), [({}, "is not set"), ({"STATUS": TOKEN[1:]}, "fewer than 16 characters"), ({"STATUS": ""}, "holds nothing")]
)
def test_a_token_that_is_missing_or_short_is_a_mistake_with_its_line(tmp_path: Path, env: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config(tmp_path), env)
    assert str(caught.value).startswith("config.toml:2: serve.status_token_env: ")
    assert says in str(caught.value)
    assert TOKEN[1:] not in str(caught.value)


@pytest.mark.parametrize(
    ("base_url", "public"), [("https://planet.example.org/", True), ("http://localhost/", False), ("http://10.0.0.1/", False)]
)
def test_a_site_that_the_world_can_reach_is_public(tmp_path: Path, base_url: str, public: bool) -> None:
    assert load(config(tmp_path, f'[site]\nbase_url = "{base_url}"\n'), {}).is_public() is public
