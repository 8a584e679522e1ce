"""Items past their time: emptied, not deleted. What identifies them stays, and so do their lines in the ledger.

    look(db, now)                which items no document of a polled source holds any more, and which one holds again
    forget(db, seen, keep, now)  notes both, and empties what none has held for `keep`

That an item left is noticed by looking, once an hour: no poll pays for it. Its time runs from then; so a source that is disabled,
or whose documents are to be read anew because its configuration changed, takes nothing away by that.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.store import ledger, rates, stories, topics
from aggregator.store.instants import to_seconds

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
"""So much time passes between two looks at most: a clock that jumped ahead empties nothing if it is put right within
the hour."""
_LOOKED = "looked"
_HELD = (
    "exists (select 1 from sighting join source on source.id = sighting.source_id where sighting.item = {} and source.active = 1)"
)


class Look(NamedTuple):
    """What changed since the look before, as items' pks."""

    left: list[int]
    back: list[int]


def look(db: Database, now: datetime) -> Look | None:
    """What left its sources, and what came back; None if that was looked at within the hour. A second for a million items."""
    last = rates.setting(db, _LOOKED)
    if last is not None and 0 <= to_seconds(now) - int(last) < HOUR.total_seconds():
        return None
    unnoticed = "forgotten is null and not exists (select 1 from absent where absent.item = item.pk)"
    left = db.execute(f"select pk from item where {unnoticed} and not {_HELD.format('item.pk')}")
    back = db.execute(f"select item from absent where {_HELD.format('absent.item')}")
    return Look([pk for (pk,) in left], [pk for (pk,) in back])


def forget(db: Database, seen: Look, keep: timedelta, now: datetime) -> int:
    """Note a look, and empty what was away for `keep`. Returns how many.

    Should a source show such an item again, it is known: it is taken in anew, and its entries return under their ids.
    """
    last = rates.setting(db, _LOOKED)
    until = to_seconds(now)
    if last is not None and int(last) <= until:
        until = min(until, int(last) + int(DAY.total_seconds()))
    rates.set_setting(db, _LOOKED, str(to_seconds(now)))
    db.execute("update absent set since = ?1 where since > ?1", [to_seconds(now)])  # the clock was set back
    db.conn.executemany("delete from absent where item = ?", [(pk,) for pk in seen.back])
    db.conn.executemany("insert or ignore into absent (item, since) values (?, ?)", [(pk, to_seconds(now)) for pk in seen.left])
    overdue = [
        (pk, bool(held), forgotten is not None)
        for pk, held, forgotten in db.execute(
            f"select absent.item, {_HELD.format('absent.item')}, forgotten from absent left join item on item.pk = absent.item"
            " where since < ?",
            [until - int(keep.total_seconds())],
        )
    ]
    db.conn.executemany("delete from absent where item = ?", [(pk,) for pk, _, _ in overdue])
    passing = [pk for pk, held, forgotten in overdue if not held and not forgotten]
    _empty(db, passing, now)
    return len(passing)


def _empty(db: Database, passing: list[int], now: datetime) -> None:
    for pk in passing:
        slugs = topics.of_item(db, pk)
        for slug in slugs:
            ledger.part(db, slug, pk, now, "forgotten")
        topics.touch(db, slugs)
    stories.let_go(db, passing)
    for pk in passing:
        # What a source that is not polled showed last: if it is polled again, this item is to come with it.
        db.execute(
            "update resource set etag = null, last_modified = null, digest = null"
            " where (source_id, url) in (select source_id, url from sighting where item = ?)",
            [pk],
        )
        db.execute("delete from sighting where item = ?", [pk])
    db.conn.executemany(
        "update item set forgotten = ?, data = json_object('native_id', data ->> 'native_id', 'link', data ->> 'link',"
        " 'link_key', data ->> 'link_key', 'title', data ->> 'title', 'untitled', coalesce(data ->> 'untitled', 0),"
        " 'published', data ->> 'published') where pk = ?",
        [(to_seconds(now), pk) for pk in passing],
    )
