"""Feeds to render: from fixtures, and with as little as possible."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from aggregator.model import Feed, FeedEntry, Plain, Site

FIXTURES = Path(__file__).parent.parent / "fixtures" / "publish"
CASES = tuple(sorted(path.stem for path in FIXTURES.glob("*.json") if not path.stem.endswith(".golden")))
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SITE = Site(title="Planet", base_url="https://planet.example.org/")
URN = "urn:uuid:5b4a3c52-6b0b-5b5e-8d5a-6d1f3f0f{:04x}"


def case(name: str) -> Feed:
    """The value that a fixture describes."""
    return TypeAdapter(Feed).validate_json(FIXTURES.joinpath(f"{name}.json").read_bytes())


def entry(number: int = 1, **fields: Any) -> FeedEntry:
    return FeedEntry(
        **{"id": URN.format(number), "title": Plain("Title"), "link": None, "published": WHEN, "updated": WHEN} | fields
    )


def feed(*entries: FeedEntry, **fields: Any) -> Feed:
    given = {"site": SITE, "slug": "all", "id": URN.format(0), "title": Plain("All"), "subtitle": None, "updated": WHEN}
    return Feed(**given | {"entries": entries} | fields)
