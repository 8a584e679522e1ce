"""What a person decides about stories, in every grouping in force and every topic that told them.

split   the item leaves its story, for ever: where an entry told it beside others it gets one of its own (or the one back that it
        had); an entry that was minted from it stays its own, and the others get a new one
join    the younger story's items move to the older one; of the entries of both the older one stays, silently
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlite_utils import Database

from aggregator.store import coverage, ledger, stories, topics
from aggregator.stories.telling import Change


def split(db: Database, grouping: str, slugs: Iterable[str], change: Change, members: Collection[int]) -> None:
    """Take a story apart as decided; `members` are all items of the story, `slugs` the topics that tell it."""
    _write(db, grouping, change)
    story_of = stories.of_items(db, grouping, members)
    for slug in slugs:
        _take_apart(db, slug, story_of)


def join(db: Database, grouping: str, younger: int, older: int, changes: Iterable[Change], now: datetime) -> None:
    """Make two stories one, as decided."""
    for change in changes:
        _write(db, grouping, change)
        for item in change.moved:
            topics.touch(db, ledger.mark_stale(db, item))
    for item in stories.merge(db, grouping, younger, older, now):
        topics.touch(db, ledger.mark_stale(db, item))


def _write(db: Database, grouping: str, change: Change) -> None:
    stories.move(db, grouping, change.moved)
    stories.set_copies(db, grouping, change.copies)
    stories.keep_apart(db, grouping, change.apart)
    stories.keep_apart(db, grouping, change.together, no_more=True)


def _take_apart(db: Database, slug: str, story_of: Mapping[int, int]) -> None:
    """Let entries go of the items whose story is not the entry's any more; they wait for entries of their own."""
    told: dict[int, list[int]] = {}
    for item, line in coverage.tellers(db, slug, story_of).items():
        told.setdefault(line, []).append(item)
    for line, items in told.items():
        own = story_of.get(line, story_of[min(items)])
        leaving = [item for item in items if story_of[item] != own]
        if leaving:
            topics.touch(db, [slug, *ledger.mark_stale(db, line)])
            coverage.release(db, slug, leaving)
