"""Golden pairs: what a document parses to, as JSON without the fields that are at their default.

Set UPDATE_GOLDEN=1 to write the expectations anew, and read the difference before committing it.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path

from aggregator.model import Parsed

FIXTURES = Path(__file__).parent.parent / "fixtures" / "feed"


def documents() -> list[Path]:
    return sorted(path for path in FIXTURES.iterdir() if not path.name.endswith(".expected.json"))


def expected(document: Path, got: Parsed) -> object:
    """The expectation for a document; written from what came only where UPDATE_GOLDEN says so."""
    path = document.with_name(f"{document.stem}.expected.json")
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(json.dumps(simplified(got), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return json.loads(path.read_text(encoding="utf-8"))


def simplified(parsed: Parsed) -> object:
    return _pruned(dataclasses.asdict(parsed))


def _pruned(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            key: _pruned(one)
            for key, one in value.items()
            if key != "mark" and (one not in (None, (), {}, "", False) or key == "value")
        }
    if isinstance(value, tuple | list):
        return [_pruned(one) for one in value]
    return value
