"""Whether published files are what their formats say."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import jsonschema
import pytest
from lxml import etree


def hold(paths: Iterable[Path], shared: Path) -> None:
    """Atom by its RELAX NG, JSON Feed by its JSON Schema, RSS well-formed."""
    atom = etree.RelaxNG(etree.parse(shared / "schemas" / "atom.rng"))
    schema = jsonschema.Draft7Validator(json.loads((shared / "schemas" / "jsonfeed-1.1.schema.json").read_text()))
    for path in paths:
        if path.suffix == ".json":
            schema.validate(json.loads(path.read_bytes()))
            continue
        document = etree.parse(path)
        if path.suffix == ".atom":
            assert atom.validate(document), (path.name, atom.error_log.last_error)


def hold_for_the_feed_validator(feeds: Path) -> None:
    """No error of w3c/feedvalidator in any Atom or RSS file below a folder; skips where it is not there."""
    if not os.environ.get("FEEDVALIDATOR"):
        pytest.skip("FEEDVALIDATOR does not name an unpacked w3c/feedvalidator")
    tool = Path(__file__).parent / "validity" / "feedvalidator.py"
    done = subprocess.run([sys.executable, tool, feeds], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout
