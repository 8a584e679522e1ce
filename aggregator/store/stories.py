"""Which items tell the same story, in each grouping, and why: decisions are recorded when they are taken.

An item without a row (it was there before its grouping began) is a story of its own, called by its own pk.
"""

import json
from collections.abc import Collection, Iterable

from sqlite_utils import Database


def of_items(db: Database, grouping: str, items: Iterable[int]) -> dict[int, int]:
    """Item → its story."""
    sql = (
        "select wanted.value, coalesce(told.story, wanted.value) from json_each(?) as wanted"
        " left join told on told.grouping = ? and told.item = wanted.value"
    )
    return dict(db.execute(sql, [json.dumps(list(items)), grouping]).fetchall())


def items_of(db: Database, grouping: str, stories: Collection[int]) -> dict[int, int]:
    """Item → story, for all items of these stories."""
    sql = "select told.item, told.story from json_each(?) as wanted join told on told.grouping = ? and told.story = wanted.value"
    return dict(db.execute(sql, [json.dumps(list(stories)), grouping]).fetchall())
