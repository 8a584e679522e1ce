"""The tables, as migrations: each runs once, in order, and never changes after a release.

    source ─< resource        what a source's addresses answered: validators, digest of the body
           ─< sighting        fingerprints of the entries that its documents hold now → item
           ─< ambiguous       ids that the source repeats, and what else tells them apart
           ─< item            an entry as we keep it; `data` is the Item as JSON
    search                    the words of each item, as an FTS5 index; see `aggregator.store.search`
    takedown                  addresses and sources that were taken down, and never come in again; their items stay, emptied
    topic  ─< membership      item × topic, decided when the item arrived
           ─< kept            an item as the topic published it, where it does not follow changes
           ─< heir            entries that went out before the store was lost, until their stories come
           ─< publication     the ledger: story × topic → entry id, position, dates
           ─< digest_row      a story in a digest; the digest itself is an item and a line of the ledger
           ─< archive         closed archives: numbers and what they hold (archive_entry), their files (archive_file) and bytes
    move                      sources whose address redirects for good: where to, since when, and whether it is believed
    alias                     former topic slugs → today's
    setting                   what the program found out for itself, such as how the budget is dealt out
    subscription              feeds that subscription lists name, followed as long as they stand there
    host                      registrable domains that asked for rest
    request                   what commands ask of a running daemon
    page_stale                days of topics whose pages the ledger no longer agrees with; written by triggers
    page_line                 a story as the page of its day or month shows it, until it changes; triggers take it away
    page_note                 what was noted of a topic's pages when they were written
    incident                  what is or was wrong, and since when
    rhythm                    when a source's silence is looked at next

Instants are whole seconds since 1970 (UTC).
"""

import logging
from pathlib import Path

from sqlite_utils import Database, Migrations

from aggregator.errors import StoreError, StoreTooNew
from aggregator.store import archives, pages

migrations = Migrations("aggregator")
_log = logging.getLogger(__name__)


@migrations()
def m001_the_journey(db: Database) -> None:
    for statement in Path(__file__).with_name("journey.sql").read_text(encoding="utf-8").split(";"):
        if statement.strip():
            db.execute(statement)
    for trigger in (*_TRIGGERS, *pages.TRIGGERS):
        db.execute(trigger)


@migrations()
def m002_days_of_pages(db: Database) -> None:
    """What is stale is told by day, not by month. All pages are written anew."""
    pages.divide_into_days(db)


@migrations()
def m003_archives_together(db: Database) -> None:
    """The formats of an archive are compressed together."""
    archives.pack_together(db)


@migrations()
def m004_absences(db: Database) -> None:
    """Since when an item is in no document is noted. What was emptied while a document held it comes back with the next poll."""
    db.execute("create table absent (item integer primary key, since integer not null) strict")
    emptied = "select pk from item where forgotten is not null and takedown is null"
    shown = f"select source_id, url from sighting where item in ({emptied})"
    db.execute(f"update resource set etag = null, last_modified = null, digest = null where (source_id, url) in ({shown})")
    db.execute(f"delete from sighting where item in ({emptied})")


def migrate(db: Database, path: Path) -> None:
    """Bring the store to this version's schema. Raises StoreTooNew if it knows migrations that we do not, StoreError if it is
    another program's."""
    if db.table_names():
        recognize(db, path)
        if waiting := [migration.name for migration in migrations.pending(db)]:
            said = "the store %s is brought along to this version (%s): a large one takes minutes, and a kill takes nothing away"
            _log.warning(said, path, ", ".join(waiting))
    migrations.apply(db)


def recognize(db: Database, path: Path) -> None:
    """Raise StoreError unless the database is a store of ours, StoreTooNew if a newer version wrote it."""
    ours = {migration.name for migration in migrations.pending(Database(memory=True))}
    theirs = {migration.name for migration in migrations.applied(db)}
    if not theirs and set(db.table_names()) != {"_sqlite_migrations"}:  # that alone: killed while it was made
        raise StoreError(f"{path} is a database, but not a store of aggregator: name another file")
    if theirs - ours:
        raise StoreTooNew(
            f"the store {path} was written by a newer version of aggregator (it has {', '.join(sorted(theirs - ours))}): "
            "install that version or a later one, or restore an older copy of the store"
        )


_TRIGGERS = (
    """
    create trigger item_forgotten after update of forgotten on item when new.forgotten is not null
    begin delete from search where rowid = new.pk; end
    """,
    """
    create trigger item_deleted after delete on item
    begin delete from search where rowid = old.pk; end
    """,
)
"""sqlite-utils' transform() drops triggers: make them again after it."""
