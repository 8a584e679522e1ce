"""Outlets for the tests of stories: folders with a feed each, whose articles tell what happened in their own words."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
BRIDGE = (
    "The Kestrel suspension bridge near Aldermouth collapsed into the river Wend on Monday morning after two cables snapped, "
    "the harbour police said. Divers are searching the Wend for a lorry; nobody was injured on the Kestrel walkway.",
    "Two snapped cables brought down the Kestrel bridge at Aldermouth. Harbour police divers look for a lorry in the river Wend "
    "below the suspension bridge, and the walkway is closed.",
    "Engineers had warned of rusted cables on the Kestrel suspension bridge in Aldermouth, which fell into the Wend. Police "
    "divers recovered a lorry from the river near the harbour.",
)
"""What three outlets write of one event."""
ORCHARD = (
    "Apple growers in the Tarn valley report their largest harvest of Bramley fruit in forty years, says the orchard "
    "association, and cider presses work through the night."
)


class Outlet:
    """A folder with one feed. Its articles are at addresses of its own domain."""

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self._folder = root / name
        self._folder.mkdir()
        self._items: dict[str, str] = {}

    def tell(self, key: str, title: str, text: str, at: datetime | None = NOON, link: str | None = None) -> "Outlet":
        """Publish an article (None: without a date), or rewrite the one of this key."""
        date = "" if at is None else f"<pubDate>{format_datetime(at)}</pubDate>"
        self._items[key] = (
            f"<item><guid isPermaLink='false'>{key}</guid><link>{link or f'http://{self.name}.example/{key}'}</link>"
            f"<title>{escape(title)}</title><description>{escape(text)}</description>{date}</item>"
        )
        (self._folder / "feed.xml").write_text(
            f'<?xml version="1.0"?><rss version="2.0"><channel><title>The {self.name}</title><language>en</language>'
            f"<link>http://{self.name}.example/</link><description>d</description>{''.join(self._items.values())}</channel></rss>"
        )
        return self

    def drop(self, *keys: str) -> "Outlet":
        """Articles that are to be gone when it tells the next one."""
        for key in keys:
            del self._items[key]
        return self

    @property
    def table(self) -> str:
        return f'[[source]]\nid = "{self.name}"\nkind = "folder"\npath = "{self.name}"\n'


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def entries(feeds: Path, slug: str = "all") -> list[Mapping[str, Any]]:
    """The items of a topic's JSON Feed, newest first."""
    found: list[Mapping[str, Any]] = json.loads((feeds / f"{slug}.json").read_bytes())["items"]
    return found


def told(entry: Mapping[str, Any]) -> list[str]:
    """Hosts of all who tell an entry's story, the one that it shows first."""
    others = entry.get("_aggregator", {}).get("also_covered_by", ())
    return [url.split("/")[2].partition(".")[0] for url in (entry["url"], *(other["url"] for other in others))]
