"""Topics as the store knows them, and which items belong to them.

A membership stands in one of four ways:

    waiting    matched, to be delivered at the next publish, or once enough sources tell its story
    past       matched when the topic was made or widened, to be delivered past the head: it is older than that reaches
    published  in the ledger
    held       matched when the topic was made or widened, but older than its back-fill reaches; or told by too few for too
               long: not delivered, unless its story comes up again
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import NamedTuple

from sqlite_utils import Database

from aggregator.store.instants import to_instant, to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """A topic as stored. `version` is that of the rules by which all memberships were decided, None if they were not yet."""

    slug: str
    feed_id: str
    created: datetime
    title: str
    version: str | None
    generation: int
    """Rises whenever what is published of the topic may look different."""
    rendered: Mapping[str, object]
    """What the last complete publish left: see pipeline.publish."""
    removed: datetime | None


class Membership(NamedTuple):
    """That an item belongs to a topic: how it stands, by which clause, and by which version of the topic's rules."""

    standing: str
    clause: str
    version: str


def load(db: Database, slug: str) -> TopicRow | None:
    """One topic, None if it was never configured."""
    return next(_rows(db, "where slug = ?", [slug]), None)


def load_all(db: Database, slugs: Iterable[str] | None = None) -> list[TopicRow]:
    """Every topic ever configured, by slug; some only, if they are named."""
    if slugs is None:
        return list(_rows(db, "order by slug", []))
    return list(_rows(db, "where slug in (select value from json_each(?)) order by slug", [json.dumps(sorted(slugs))]))


def _rows(db: Database, where: str, parameters: list[object]) -> Iterator[TopicRow]:
    sql = f"select slug, feed_id, created, title, version, generation, rendered, removed from topic {where}"
    for row in db.execute(sql, parameters):
        yield TopicRow(
            slug=row[0],
            feed_id=row[1],
            created=to_instant(row[2]),
            title=row[3],
            version=row[4],
            generation=row[5],
            rendered=json.loads(row[6]) if row[6] else {},
            removed=to_instant(row[7]),
        )


def enter(db: Database, slug: str, *, title: str, feed_id: str, now: datetime) -> None:
    """Make a topic known, or note its title. A topic that comes back keeps its feed id and its ledger."""
    db.execute(
        "insert into topic (slug, feed_id, created, title) values (?, ?, ?, ?)"
        " on conflict do update set title = excluded.title, removed = null",
        [slug, feed_id, to_seconds(now), title],
    )
    db.execute("delete from alias where slug = ?", [slug])


def call(db: Database, slug: str, feed_id: str) -> None:
    """Give a topic the id under which its feed went out before."""
    db.execute("update topic set feed_id = ? where slug = ?", [feed_id, slug])


def rename(db: Database, old: str, new: str) -> bool:
    """Let `new` take over feed id, ledger and memberships of `old`. False if there is nothing to take, or `new` is in use.

    A removed topic that had the slug `new` before steps aside, with its ledger: its entry ids are never given out again.
    """
    if load(db, old) is None:
        return False
    there = load(db, new)
    if there is not None:
        if there.removed is None:
            return False
        _move(db, new, _aside(db, new))
    _move(db, old, new)
    db.execute("insert or replace into alias (slug, topic) values (?, ?)", [old, new])
    return True


_OF_TOPIC = (
    "membership",
    "kept",
    "publication",
    "coverage",
    "archive",
    "archive_entry",
    "archive_file",
    "archive_bytes",
    "digest_row",
    "alias",
)
"""Tables whose rows belong to a topic, by its slug."""


def _move(db: Database, old: str, new: str) -> None:
    db.execute("update topic set slug = ?, rendered = null where slug = ?", [new, old])
    for table in (*_OF_TOPIC, "heir", "heir_sketch"):
        db.execute(f"update {table} set topic = ? where topic = ?", [new, old])


def _aside(db: Database, slug: str) -> str:
    """A name that no configuration can use."""
    taken = {row.slug for row in load_all(db)}
    return next(name for number in count(1) if (name := f"{slug}~{number}") not in taken)


def remove(db: Database, slug: str, now: datetime) -> None:
    """Note that a topic is no longer configured. Its ledger stays; what arrives meanwhile is matched should it come back."""
    db.execute(
        "update topic set removed = coalesce(removed, ?), rendered = null, version = null where slug = ?",
        [to_seconds(now), slug],
    )


def aliases(db: Database) -> dict[str, str]:
    """Former slugs → today's."""
    return dict(db.execute("select slug, topic from alias").fetchall())


def is_known(db: Database, slug: str) -> bool:
    """Whether a topic has this slug, or had it once."""
    sql = "select exists (select 1 from topic where slug = :slug) or exists (select 1 from alias where slug = :slug)"
    return bool(db.execute(sql, {"slug": slug}).fetchone()[0])


def gone(db: Database) -> set[str]:
    """Slugs that were topics and are not any more."""
    return {slug for (slug,) in db.execute("select slug from topic where removed is not null")}


def heads(db: Database) -> dict[str, list[str]]:
    """Slug → ids of the entries that the last publication wrote, for topics that are published."""
    sql = "select slug, json_extract(rendered, '$.head') from topic where removed is null order by slug"
    return {slug: json.loads(ids) for slug, ids in db.execute(sql) if ids is not None}


def ages(db: Database) -> dict[str, int]:
    """Slug → seconds for which its feeds are fresh, as was found when they were rendered."""
    sql = "select slug, json_extract(rendered, '$.max_age') from topic where removed is null and rendered is not null"
    return {slug: age for slug, age in db.execute(sql) if isinstance(age, int)}


def decided(db: Database, slug: str, version: str) -> None:
    """Note that all memberships of a topic were decided by rules of this version."""
    db.execute("update topic set version = ? where slug = ?", [version, slug])


def tell_by(db: Database, slug: str, rules: str) -> bool:
    """Note by which rules a topic tells stories from now on. Returns whether it told them by others."""
    before = db.execute("select telling from topic where slug = ?", [slug]).fetchone()[0]
    if before == rules:
        return False
    db.execute("update topic set telling = ?, generation = generation + 1 where slug = ?", [rules, slug])
    return before is not None


def touch(db: Database, slugs: Iterable[str]) -> None:
    """What is published of these topics may look different."""
    db.conn.executemany("update topic set generation = generation + 1 where slug = ?", [(slug,) for slug in slugs])


def touch_waiting(db: Database, items: Iterable[int]) -> None:
    """Touch every topic in which one of these items waits to be delivered."""
    db.execute(
        "update topic set generation = generation + 1 where slug in (select topic from membership"
        " where standing = 'waiting' and item in (select value from json_each(?)))",
        [json.dumps(list(items))],
    )


def touch_of_source(db: Database, source_id: str) -> None:
    """Touch every topic that holds an item of a source."""
    db.execute(
        "update topic set generation = generation + 1 where slug in"
        " (select distinct membership.topic from item join membership on membership.item = item.pk where item.source_id = ?)",
        [source_id],
    )


def rendered(db: Database, slug: str, result: Mapping[str, object]) -> None:
    """Keep what a complete publish left."""
    db.execute("update topic set rendered = ? where slug = ?", [json.dumps(result, sort_keys=True), slug])


def unpublished(db: Database) -> set[str]:
    """Topics of which not everything is published: something changed since, or the last publication was not complete."""
    # the condition is the index's own
    sql = "select slug from topic where rendered is null or generation <> json_extract(rendered, '$.generation')"
    return {slug for (slug,) in db.execute(sql)}


def quarantined(db: Database) -> dict[str, list[str]]:
    """Slug → sentences about entries that were left out of the last publication, for topics that have any."""
    sql = (
        "select slug, json_extract(rendered, '$.quarantined') from topic"
        " where rendered is not null and json_array_length(rendered, '$.quarantined') > 0"
    )
    return {slug: json.loads(sentences) for slug, sentences in db.execute(sql)}


# ── memberships ─────────────────────────────────────────────────────────────────────────────────────────────


def of_item(db: Database, item: int) -> dict[str, str]:
    """Topic → standing, for one item."""
    return dict(db.execute("select topic, standing from membership where item = ?", [item]).fetchall())


def membership(db: Database, slug: str, item: int) -> Membership | None:
    """How an item belongs to a topic, None if it does not."""
    row = db.execute("select standing, clause, version from membership where topic = ? and item = ?", [slug, item]).fetchone()
    return None if row is None else Membership(*row)


def members(db: Database, slug: str) -> dict[int, str]:
    """Item → standing, for one topic."""
    return dict(db.execute("select item, standing from membership where topic = ?", [slug]).fetchall())


def count_members(db: Database, slug: str) -> int:
    """How many items a topic matches."""
    return int(db.execute("select count(*) from membership where topic = ?", [slug]).fetchone()[0])


def join(db: Database, slug: str, item: int, *, version: str, clause: str, standing: str = "waiting") -> None:
    """Record that an item belongs to a topic, and by which clause. An item that is in already keeps its standing."""
    db.execute(
        "insert into membership (topic, item, version, clause, standing) values (?, ?, ?, ?, ?)"
        " on conflict do update set version = excluded.version, clause = excluded.clause",
        [slug, item, version, clause, standing],
    )


def part(db: Database, slug: str, item: int) -> None:
    """Record that an item no longer belongs to a topic."""
    db.execute("delete from membership where topic = ? and item = ?", [slug, item])
    db.execute("delete from kept where topic = ? and item = ?", [slug, item])


def stand(db: Database, slug: str, items: Iterable[int], standing: str) -> None:
    """Change the standing of some members."""
    db.conn.executemany(
        "update membership set standing = ? where topic = ? and item = ?", [(standing, slug, item) for item in items]
    )
