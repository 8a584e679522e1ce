"""w3c/feedvalidator finds no error in the golden feeds. Runs where FEEDVALIDATOR names an unpacked checkout."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parent / "feedvalidator.py"
FIXTURES = Path(__file__).parent.parent / "fixtures" / "publish"


def _run(directory: Path, setting: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | ({"FEEDVALIDATOR": setting} if setting is not None else {})
    return subprocess.run(
        [sys.executable, HARNESS, directory, "--json"], capture_output=True, text=True, env=environment, check=False
    )


@pytest.fixture
def available() -> None:
    if not os.environ.get("FEEDVALIDATOR"):
        pytest.skip("FEEDVALIDATOR does not name an unpacked w3c/feedvalidator")


@pytest.mark.usefixtures("available")
def test_the_validator_finds_no_error_in_the_golden_feeds() -> None:
    done = _run(FIXTURES)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["documents"] == 2 * len([path for path in FIXTURES.glob("*.json") if ".golden." not in path.name])
    assert [name for name, kind in told["kinds"].items() if kind["level"] == "error"] == []


@pytest.mark.usefixtures("available")
def test_the_validator_finds_an_error_where_there_is_one(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "full.golden.atom", tmp_path / "good.atom")
    broken = FIXTURES.joinpath("full.golden.atom").read_bytes().replace(b"<published>", b"<published>yesterday ")
    tmp_path.joinpath("bad.atom").write_bytes(broken)
    done = _run(tmp_path)
    assert done.returncode == 1
    kind = json.loads(done.stdout)["kinds"]["InvalidRFC3339Date"]
    assert (kind["level"], kind["count"], kind["documents"]) == ("error", 3, 1)
    assert kind["example"].startswith("bad.atom:")


@pytest.mark.parametrize("setting", ["", "/nowhere/at/all"])
def test_without_a_validator_the_harness_says_what_it_needs(tmp_path: Path, setting: str) -> None:
    done = _run(tmp_path, setting)
    assert done.returncode == 2
    assert "FEEDVALIDATOR" in done.stderr
