"""How busy sources are, and how late their items come: by source and day, for pictures."""

from typing import NamedTuple

from sqlite_utils import Database

DAY = 86400


class Day(NamedTuple):
    """`number` counts from the first day asked for. `delay`: mean seconds from an item's own date to its arrival here, over the
    items published since the source is watched; None where there were none."""

    number: int
    items: int
    delay: float | None


def days(db: Database, first: int) -> dict[str, list[Day]]:
    """Source → its days (UTC) with items, from the midnight `first` on (seconds since 1970).

    What came with the first poll of this time says nothing of delay, and what is older than a day then nothing of busyness: it
    was published before anybody watched.
    """
    sql = (
        "with recent as (select source_id, first_seen, dated, min(first_seen) over (partition by source_id) as begun from item"
        " where forgotten is null and first_seen >= ?1)"
        f" select source_id, (first_seen - ?1) / {DAY},"
        f" sum(first_seen > begun or dated > begun - {DAY}),"
        " avg(case when dated >= begun and dated < first_seen then first_seen - dated end) from recent"
        " group by 1, 2 order by 1, 2"
    )
    found: dict[str, list[Day]] = {}
    for source, number, items, delay in db.execute(sql, [first]):
        found.setdefault(source, []).append(Day(number, items, delay))
    return found
