"""Items past their time: emptied, not deleted. What identifies them stays, and so do their lines in the ledger."""

from datetime import datetime

from sqlite_utils import Database

from aggregator.store import ledger, stories, topics
from aggregator.store.instants import to_seconds


def forget(db: Database, before: datetime, now: datetime) -> int:
    """Empty items first seen before an instant that no document of a source that is still polled holds. Returns how many.

    Should the source show such an item again, it is known, and not delivered twice.
    """
    passing = [
        (to_seconds(now), pk)
        for (pk,) in db.execute(
            "select pk from item where first_seen < ? and forgotten is null and not exists (select 1 from sighting"
            " join source on source.id = sighting.source_id where sighting.item = item.pk and source.active = 1)",
            [to_seconds(before)],
        )
    ]
    for _, pk in passing:
        slugs = topics.of_item(db, pk)
        for slug in slugs:
            ledger.part(db, slug, pk, now, "forgotten")
        topics.touch(db, slugs)
    stories.let_go(db, [pk for _, pk in passing])
    db.conn.executemany(
        "update item set forgotten = ?, data = json_object('native_id', data ->> 'native_id', 'link', data ->> 'link',"
        " 'link_key', data ->> 'link_key', 'title', data ->> 'title', 'untitled', coalesce(data ->> 'untitled', 0),"
        " 'published', data ->> 'published') where pk = ?",
        passing,
    )
    return len(passing)
