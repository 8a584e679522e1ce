"""What time alone does to a topic: periods end, and entries get too old for its feed."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from aggregator.model import Topic
from aggregator.pipeline.publishing import digests
from aggregator.publish import ledger
from aggregator.store import ledger as lines


def moves(db: Database, topic: Topic, now: datetime) -> bool:
    """Whether time alone changes the topic: a period ended, or entries are too old."""
    if digests.is_due(db, topic, now):
        return True
    before = None if topic.max_age is None else now - timedelta(seconds=topic.max_age)
    return before is not None and bool(lines.older_than(db, topic.slug, before))


def age(db: Database, topic: Topic, now: datetime) -> int:
    """Let entries leave that are older than the topic's max_age, and return where it was raised. Events, so they are stored."""
    if topic.max_age is None:
        back = lines.left_by(db, topic.slug, "age", None)
        lines.write(db, [ledger.return_(line) for line in back])
        return 0
    before = now - timedelta(seconds=topic.max_age)
    lines.write(db, [ledger.return_(line) for line in lines.left_by(db, topic.slug, "age", before)])
    leaving = [ledger.leave(line, now, "age") for line in lines.older_than(db, topic.slug, before)]
    lines.write(db, leaving)
    return len(leaving)
