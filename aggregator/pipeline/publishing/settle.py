"""What a topic has to tell: items that wait → lines of the ledger, and lines whose story changed → as it is now.

waiting items, changed lines ─grouping→ the stories they belong to ─assign→ a line that tells each, or none
    none     → a new line
    one      → it tells the new items, too: silently, unless a milestone is reached
    several  → the stories merged: the older line tells them all, the younger ones leave
A new line may be one that went out before the store was lost (claims.py).
What an entry told stays with that entry, whatever the grouping finds later: nothing is delivered twice. Only a person's split
takes it out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from aggregator.model import Member, Publication, Topic
from aggregator.pipeline.policies import Policies
from aggregator.pipeline.publishing.claims import Claimed, claims
from aggregator.pipeline.publishing.windows import span
from aggregator.publish import ledger, shelving, telling
from aggregator.store import coverage, heirs, stories, topics, ungrouped
from aggregator.store import ledger as lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """How many entries were added, and how many of the others say something new."""

    added: int = 0
    revised: int = 0


def settle(db: Database, topic: Topic, now: datetime, policies: Policies) -> Settled:
    """Bring the ledger of a topic up to date, but for leaving by age."""
    slug = topic.slug
    waiting, stale = _waiting_items(db, topic), lines.stale(db, slug)
    if not waiting and not stale:
        return Settled()
    tales = _stories(db, topic, waiting | coverage.told(db, slug, stale).keys())
    items = [item for tale in tales.values() for item in tale]
    tellers = coverage.tellers(db, slug, items)
    members = coverage.members(db, slug, grouping(topic), items)
    known = lines.lines(db, slug, tellers.values())
    found = telling.assign(tales, tellers, known)
    _merge(db, slug, found.into, known, now)
    for story, line in found.told.items():
        coverage.cover(db, slug, [(item, line) for item in tales[story] if item in members and tellers.get(item) != line])
    able = [told for story in found.new if (told := [members[item] for item in tales[story] if item in members])]
    new: list[Claimed] = []
    few: list[Sequence[Member]] = []
    again: set[int] = set()
    for claimed in claims(db, slug, able, span(topic.grouping)):
        if claimed.line is not None:
            coverage.cover(db, slug, [(one.item, claimed.line) for one in claimed.tale])
            topics.stand(db, slug, [one.item for one in claimed.tale], "published")
            heirs.claim(db, slug, claimed.rows)
            again.add(claimed.line)
        elif telling.independent(claimed.tale) >= topic.min_sources:
            new.append(claimed)
        else:
            few.append(claimed.tale)
    topics.stand(db, slug, [one.item for tale in few for one in tale if _is_too_late(topic, one, now)], "held")
    _admit(db, topic, new, now)
    topics.stand(db, slug, [item for story in found.told for item in tales[story] if item in members], "published")
    changed = {*stale, *found.told.values(), *again} - found.into.keys()
    returning = again | {line for story, line in found.told.items() if not waiting.isdisjoint(tales[story])}
    revised = _retell(db, topic, changed, returning, now, policies)
    lines.reissue(db, slug, returning)
    lines.settle(db, slug)
    return Settled(added=len(new), revised=revised)


def grouping(topic: Topic) -> str | None:
    """By which grouping the topic tells stories; None where every item is one."""
    return topic.grouping.name if topic.stories else None


def _waiting_items(db: Database, topic: Topic) -> set[int]:
    """What came after the last grouping waits for the next one."""
    found = set(lines.waiting(db, topic.slug))
    if not topic.stories:
        return found
    mark = ungrouped.mark(db, topic.grouping.name) or 0
    return {item for item in found if item <= mark}


def _stories(db: Database, topic: Topic, items: Collection[int]) -> dict[int, list[int]]:
    """Story → all of its items, also those that the topic does not match, for the stories that these items belong to."""
    if not topic.stories:
        return {item: [item] for item in sorted(items)}
    name = topic.grouping.name
    story_of = stories.of_items(db, name, items)
    story_of |= stories.items_of(db, name, set(story_of.values()))
    tales: dict[int, list[int]] = {}
    for item, story in sorted(story_of.items()):
        tales.setdefault(story, []).append(item)
    return tales


def _merge(db: Database, slug: str, into: Mapping[int, int], known: Mapping[int, Publication], now: datetime) -> None:
    told = coverage.told(db, slug, into)
    coverage.cover(db, slug, [(item, telling.survivor(line, into)) for item, line in told.items()])
    lines.write(db, [telling.merge(known[younger], now) for younger in into])


def _admit(db: Database, topic: Topic, new: Sequence[Claimed], now: datetime) -> None:
    """New lines for stories that the topic has not told yet."""
    tales = [claimed.tale for claimed in new]
    by_first = {telling.first(tale).item: tale for tale in tales}
    admitted = ledger.admit(
        topic.slug,
        [_waiting(telling.first(tale), telling.lead(tale, topic.prefer), tale) for tale in tales],
        lines.last_position(db, topic.slug),
        lambda entry_id: lines.taken(db, entry_id) or heirs.held(db, entry_id),
        now,
        {telling.first(claimed.tale).item: claimed.entry for claimed in new if claimed.entry is not None},
    )
    heirs.claim(db, topic.slug, [row for claimed in new for row in claimed.rows])
    lines.write(
        db, _shelved(db, topic, admitted, {line: telling.lead(tale, topic.prefer) for line, tale in by_first.items()}, now)
    )
    others = [(member.item, line) for line, tale in by_first.items() for member in tale if member.item != line]
    coverage.cover(db, topic.slug, others)
    topics.stand(db, topic.slug, [member.item for tale in tales for member in tale], "published")


def _is_too_late(topic: Topic, member: Member, now: datetime) -> bool:
    """Whether nobody else will tell the item's story any more, as far as time says. Should one, all of its items are counted."""
    return member.dated < now - span(topic.grouping)


def _shelved(
    db: Database, topic: Topic, new: Sequence[Publication], leads: Mapping[int, Member], now: datetime
) -> list[Publication]:
    """The new lines, with those out of the head that do not stand there."""
    past = lines.past(db, topic.slug)
    shares = {line.story: shelving.share(line, leads[line.story].source_id) for line in new}
    counted = {} if topic.quota is None else {one: _taken(db, topic, one) for one in set(shares.values())}
    return shelving.shelve(
        new, shares, now=now, past=past & shares.keys(), quota=topic.quota, taken=counted, digest=bool(topic.digest)
    )


def _taken(db: Database, topic: Topic, share: shelving.Share) -> int:
    source_id, day = share
    return lines.count_of_day(db, topic.slug, source_id, day, shelving.SHELVED)


def _waiting(first: Member, lead: Member, tale: Sequence[Member]) -> ledger.Waiting:
    return ledger.Waiting(
        story=first.item,
        source_id=first.source_id,
        native_id=first.native_id,
        dated=lead.dated,
        revised=lead.revised,
        lead=lead.item,
        sources=telling.independent(tale),
    )


def _retell(
    db: Database, topic: Topic, changed: Collection[int], returning: Collection[int], now: datetime, policies: Policies
) -> int:
    """Bring lines up to what their items are now. Returns how many say something new."""
    told = coverage.told(db, topic.slug, changed)
    tales: dict[int, list[Member]] = {}
    for item, member in coverage.members(db, topic.slug, grouping(topic), told).items():
        tales.setdefault(told[item], []).append(member)
    known = lines.lines(db, topic.slug, tales)
    quiet = {one.source_id for tale in tales.values() for one in tale if policies.updates(topic.slug, one.source_id) != "bump"}
    retold = {line: telling.retell(known[line], tale, topic.prefer, now, quiet) for line, tale in tales.items()}
    lines.write(db, [ledger.return_(line) if line.story in returning else line for line in retold.values()])
    return sum(line.updated > known[story].updated for story, line in retold.items())
