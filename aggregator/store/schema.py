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
           ─< archive         closed archives: numbers and what they hold (archive_entry), their bytes (archive_file)
    move                      sources whose address redirects for good: where to, since when, and whether it is believed
    alias                     former topic slugs → today's
    setting                   what the program found out for itself, such as how the budget is dealt out
    subscription              feeds that subscription lists name, followed as long as they stand there
    host                      registrable domains that asked for rest
    request                   what commands ask of a running daemon
    page_stale                months of topics whose pages the ledger no longer agrees with; written by triggers
    page_note                 what was noted of a topic's pages when they were written
    incident                  what is or was wrong, and since when
    rhythm                    when a source's silence is looked at next

Instants are whole seconds since 1970 (UTC).
"""

from pathlib import Path

from sqlite_utils import Database, Migrations

from aggregator.errors import StoreError, StoreTooNew
from aggregator.store import pages

migrations = Migrations("aggregator")


@migrations()
def m001_the_journey(db: Database) -> None:
    for statement in _JOURNEY.split(";"):
        if statement.strip():
            db.execute(statement)
    for trigger in (*_TRIGGERS, *pages.TRIGGERS):
        db.execute(trigger)


def migrate(db: Database, path: Path) -> None:
    """Bring the store to this version's schema. Raises StoreTooNew if it knows migrations that we do not, StoreError if it is
    another program's."""
    if db.table_names():
        recognize(db, path)
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


_JOURNEY = """
create table source (
    id text primary key,
    kind text not null,
    address text not null,
    title text,
    signature text not null,
    active integer not null default 1,
    state text not null default '{}',
    attribution text,
    hints text,
    due integer,
    due_reason text,
    last_poll integer,
    last_result text,
    error text,
    reason text,
    failing_since integer,
    failures integer not null default 0,
    gone_since integer,
    rate text,
    pace real,
    least real
) strict;

create index source_due on source (due) where active = 1;

create table resource (
    source_id text not null,
    url text not null,
    answered_by text,
    etag text,
    last_modified text,
    digest text,
    primary key (source_id, url)
) strict, without rowid;

create table move (
    source_id text primary key,
    address text not null,
    overlay text,
    taken integer,
    candidate text,
    since integer
) strict, without rowid;

create table sighting (
    source_id text not null,
    url text not null,
    fingerprint text not null,
    item integer not null,
    mark text not null default '',
    primary key (source_id, url, fingerprint)
) strict, without rowid;

create index sighting_item on sighting (item);

create table ambiguous (
    source_id text not null,
    native text not null,
    level integer not null,
    primary key (source_id, native)
) strict, without rowid;

create table item (
    pk integer primary key,
    source_id text not null,
    key text not null,
    native text not null,
    link_key text,
    first_seen integer not null,
    dated integer not null,
    revised integer not null,
    bumps integer not null default 0,
    substance text not null,
    rendition text not null,
    source_updated integer,
    forgotten integer,
    takedown integer,
    data text not null
) strict;

create table takedown (
    pk integer primary key,
    kind text not null check (kind in ('address', 'source')),
    subject text not null,
    said text not null,
    asked integer not null,
    comment text
) strict;

create unique index takedown_subject on takedown (kind, subject);

create unique index item_key on item (source_id, key);

create index item_native on item (source_id, native);

create index item_link on item (link_key, source_id);

create index item_takedown on item (takedown) where takedown is not null;

create index item_dated on item (source_id, dated);

create index item_age on item (first_seen) where forgotten is null;

create virtual table search using fts5 (words, detail = none, columnsize = 0, tokenize = "ascii tokenchars '+#:._-'");

create table topic (
    slug text primary key,
    feed_id text not null,
    created integer not null,
    title text not null,
    version text,
    telling text,
    digested integer,
    digest_asked integer,
    generation integer not null default 1,
    rendered text,
    removed integer
) strict;

create table alias (
    slug text primary key,
    topic text not null
) strict, without rowid;

create table membership (
    topic text not null,
    item integer not null,
    version text not null,
    clause text not null,
    standing text not null check (standing in ('waiting', 'past', 'published', 'held')),
    primary key (topic, item)
) strict, without rowid;

create index membership_item on membership (item);

create index membership_waiting on membership (topic, item) where standing in ('waiting', 'past');

create table kept (
    topic text not null,
    item integer not null,
    source_updated integer,
    data text not null,
    primary key (topic, item)
) strict, without rowid;

create table publication (
    topic text not null,
    story integer not null,
    entry_id text not null,
    position integer not null,
    published integer not null,
    updated integer not null,
    revision integer not null default 0,
    left integer,
    left_reason text,
    lead integer,
    lead_revised integer,
    sources integer not null default 1,
    turn integer not null,
    archive integer,
    stale integer not null default 0,
    primary key (topic, story)
) strict, without rowid;

create unique index publication_entry on publication (entry_id);

create unique index publication_position on publication (topic, position);

create index publication_story on publication (story);

create index publication_stale on publication (topic, story) where stale = 1;

create index publication_turn on publication (topic, turn);

create index publication_open on publication (topic, turn) where archive is null;

create index publication_day on publication (topic, published);

create index publication_standing on publication (topic, published) where left is null;

create table heir (
    topic text not null,
    entry_id text not null,
    path text not null,
    title text not null,
    published integer not null,
    updated integer not null,
    primary key (topic, entry_id, path, title)
) strict, without rowid;

create table heir_sketch (
    topic text not null,
    number integer not null,
    entry_id text not null,
    primary key (topic, number, entry_id)
) strict, without rowid;

create index heir_sketch_entry on heir_sketch (entry_id);

create index heir_path on heir (topic, path);

create index heir_title on heir (topic, title);

create index heir_entry on heir (entry_id);

create table coverage (
    topic text not null,
    item integer not null,
    story integer not null,
    primary key (topic, item)
) strict, without rowid;

create index coverage_story on coverage (topic, story);

create index coverage_item on coverage (item);

create table told (
    pk integer primary key,
    grouping text not null,
    item integer not null,
    story integer not null,
    kind text not null check (kind in ('first', 'copy', 'story')),
    domain text not null,
    link_key text,
    native text,
    dated integer not null,
    nearest integer,
    score real,
    gap real,
    terms text,
    reason text not null,
    since integer not null,
    trace blob
) strict;

create unique index told_item on told (grouping, item);

create index told_story on told (grouping, story);

create index told_live on told (grouping, dated) where trace is not null;

create index told_since on told (grouping, since) where trace is not null;

create table story_alias (
    grouping text not null,
    story integer not null,
    into_story integer not null,
    since integer not null,
    primary key (grouping, story)
) strict, without rowid;

create table story_apart (
    grouping text not null,
    one integer not null,
    other integer not null,
    primary key (grouping, one, other)
) strict, without rowid;

create index publication_digest on publication (topic) where left_reason = 'digest';

create table digest_row (
    topic text not null,
    story integer not null,
    digest integer not null,
    place integer not null,
    item integer not null,
    title text not null,
    link text,
    sources text not null,
    more integer not null,
    primary key (topic, story)
) strict, without rowid;

create index digest_row_place on digest_row (digest, place);

create index digest_row_item on digest_row (item);

create table archive (
    topic text not null,
    number integer not null,
    closed integer not null,
    updated integer not null,
    edition integer not null default 1,
    primary key (topic, number)
) strict, without rowid;

create table archive_entry (
    topic text not null,
    number integer not null,
    place integer not null,
    story integer not null,
    entry_id text not null,
    primary key (topic, number, place)
) strict, without rowid;

create index archive_entry_story on archive_entry (topic, story);

create table archive_file (
    topic text not null,
    number integer not null,
    format text not null,
    address text not null,
    bytes integer not null,
    lengths text not null,
    frame blob not null,
    entries blob not null,
    primary key (topic, number, format)
) strict;

create table setting (
    key text primary key,
    value text not null
) strict, without rowid;

create table subscription (
    list text not null,
    name text not null,
    place integer not null,
    url text not null,
    title text,
    primary key (list, name)
) strict, without rowid;

create table host (
    domain text primary key,
    until integer not null,
    reason text not null
) strict, without rowid;

create table request (
    pk integer primary key,
    command text not null,
    arguments text not null,
    asked integer not null,
    answered integer,
    answer text,
    error text
) strict;

create table incident (
    id text primary key,
    kind text not null,
    subject text not null,
    opened integer not null,
    updated integer not null,
    resolved integer,
    times integer not null,
    title text not null,
    sentence text not null,
    advice text not null,
    cause text not null,
    details text not null
) strict, without rowid;

create index incident_updated on incident (updated);

create table rhythm (
    source_id text primary key,
    look integer not null
) strict, without rowid;

create index publication_lead on publication (lead);

create index publication_month on publication (topic, published);

create table page_stale (
    topic text not null,
    month text not null,
    changes integer not null default 1,
    primary key (topic, month)
) strict, without rowid;

create table page_note (
    topic text primary key,
    note text not null
) strict, without rowid;
"""

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
