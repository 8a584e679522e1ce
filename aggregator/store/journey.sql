-- The first migration (schema.py says what the tables are for). Instants are whole seconds since 1970 (UTC).

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

create index topic_unpublished on topic (slug) where rendered is null or generation <> json_extract(rendered, '$.generation');

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
    host text not null,
    lead integer not null,
    published integer not null,
    updated integer not null,
    found integer not null default 0,
    primary key (topic, entry_id, path, title)
) strict, without rowid;

create index heir_path on heir (topic, path, host);

create index heir_title on heir (topic, title, host);

create index heir_published on heir (topic, published);

create index heir_entry on heir (entry_id);

create index heir_waiting on heir (topic) where found = 0;

create table heir_sketch (
    topic text not null,
    number integer not null,
    entry_id text not null,
    primary key (topic, number, entry_id)
) strict, without rowid;

create index heir_sketch_entry on heir_sketch (entry_id);

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

create index publication_left on publication (topic, left_reason, published) where left_reason is not null;

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

create index archive_cut on archive (topic, edition) where edition > 1;

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

create table page_stale (
    topic text not null,
    month text not null,
    changes integer not null default 1,
    primary key (topic, month)
) strict, without rowid;

create table page_line (
    topic text not null,
    story integer not null,
    line text not null,
    primary key (topic, story)
) strict, without rowid;

create table page_note (
    topic text primary key,
    note text not null
) strict, without rowid;

-- What the planner is to believe of these tables, whatever they hold now: topics have many members and lines, of which few wait,
-- are open or stale. Without it, it takes the primary key and walks through all of a topic.
analyze sqlite_schema;

insert into sqlite_stat1 (tbl, idx, stat) values
    ('membership', 'membership', '1000000 10000 1'),
    ('membership', 'membership_item', '1000000 2 1'),
    ('membership', 'membership_waiting', '1000 10 1'),
    ('publication', 'publication', '1000000 10000 1'),
    ('publication', 'publication_entry', '1000000 1'),
    ('publication', 'publication_position', '1000000 10000 1'),
    ('publication', 'publication_story', '1000000 2 1'),
    ('publication', 'publication_stale', '1000 10 1'),
    ('publication', 'publication_turn', '1000000 10000 1'),
    ('publication', 'publication_open', '10000 100 1'),
    ('publication', 'publication_day', '1000000 10000 2'),
    ('publication', 'publication_standing', '900000 9000 2'),
    ('publication', 'publication_lead', '1000000 2'),
    ('publication', 'publication_left', '100000 1000 300 1'),
    ('coverage', 'coverage', '1000000 10000 1'),
    ('coverage', 'coverage_story', '1000000 10000 3 1'),
    ('coverage', 'coverage_item', '1000000 2 1'),
    ('heir', 'heir', '1000000 10000 2 1 1'),
    ('heir', 'heir_path', '1000000 10000 20 2'),
    ('heir', 'heir_title', '1000000 10000 20 2'),
    ('heir', 'heir_published', '1000000 10000 2'),
    ('heir', 'heir_entry', '1000000 2'),
    ('heir', 'heir_waiting', '100000 1000'),
    ('heir_sketch', 'heir_sketch', '1000000 10000 2 1'),
    ('archive', 'archive', '40000 400 1'),
    ('archive', 'archive_cut', '100 1 1');

analyze sqlite_schema;
