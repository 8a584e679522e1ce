"""What an entry tells of its story, and which entry tells a story that several could tell: pure.

lead(members, prefer)          the item that the entry shows
independent(members)           how many sources tell the story independently of each other
retell(line, members, …)       the line after its story changed: silently, unless its lead did, or many more tell it now
assign(stories, tellers, …)    which line tells each story: none (it is new), one, or several, which become one
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from aggregator.model import Member, Publication, list_of
from aggregator.publish.ledger import revise

MILESTONES = (2, 3, 5, 10, 20)
"""Numbers of independent sources that are news in themselves (DESIGN: copies and stories)."""
FINAL = frozenset({"takedown"})
"""Reasons for leaving after which a line never returns."""


def first(members: Iterable[Member]) -> Member:
    """The story's first item, by which it is called: a rebuilt store finds the same one."""
    return min(members, key=_age)


def lead(members: Sequence[Member], prefer: Sequence[str] = ()) -> Member:
    """The item that the entry shows: of the source preferred most that tells it, else of all, the earliest.

    Who speaks of somebody else's page does not stand before the site's own item about it, however early it says that it was.
    """
    for name in prefer:
        if told := [member for member in members if name in (member.source_id, list_of(member.source_id))]:
            return first(told)
    shown = first(members)
    own = [member for member in members if member.at_home and member.page is not None and member.page == shown.page]
    return first(own) if own else shown


def independent(members: Iterable[Member]) -> int:
    """How many sources tell a story in words of their own, copies not counted: at least 1.

    Distinct registrable domains, and no more than there are sources: one that links to many domains speaks for itself alone.
    """
    own = [member for member in members if not member.copy]
    return max(1, min(len({member.domain for member in own}), len({member.source_id for member in own})))


def retell(
    line: Publication, members: Sequence[Member], prefer: Sequence[str], now: datetime, quiet: Collection[str] = ()
) -> Publication:
    """The line as its story is now. New coverage and another lead are no news; a changed lead and a milestone are.

    Changes of items from `quiet` sources are no news either.
    """
    shown = lead(members, prefer)
    count = independent(members)
    told = replace(line, lead=shown.item, lead_revised=shown.revised, sources=max(line.sources, count))
    loud = shown.source_id not in quiet
    if loud and shown.item == line.lead and line.lead_revised is not None and shown.revised > line.lead_revised:
        told = revise(told, shown.revised) or told
    if any(line.sources < milestone <= count for milestone in MILESTONES):
        told = revise(told, now) or told
    return told


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which line tells what, after `assign`."""

    new: list[int] = field(default_factory=list)
    """Stories that no line tells."""
    told: dict[int, int] = field(default_factory=dict)
    """Story → the line that tells it."""
    into: dict[int, int] = field(default_factory=dict)
    """Younger line → the older one that tells its story from now on."""


def assign(stories: Mapping[int, Iterable[int]], tellers: Mapping[int, int], lines: Mapping[int, Publication]) -> Assignment:
    """Find a line for each story, given the items of each, the line that tells or told each item, and these lines.

    Of several, one that stands is kept before one that left, and of those the older one.
    """
    found = Assignment()
    for story, items in stories.items():
        keys = {survivor(tellers[item], found.into) for item in items if item in tellers}
        able = [lines[key] for key in keys if lines[key].left_reason not in FINAL]
        if not able:
            found.new.append(story)
            continue
        kept = min(able, key=lambda line: (line.left is not None, line.position))
        found.told[story] = kept.story
        found.into.update((line.story, kept.story) for line in able if line is not kept)
    found.told.update({story: survivor(key, found.into) for story, key in found.told.items()})
    return found


def survivor(key: int, into: Mapping[int, int]) -> int:
    """Follow a line to the one that tells its story in the end."""
    while key in into:
        key = into[key]
    return key


def merge(line: Publication, now: datetime) -> Publication:
    """The younger line, out of the head: its readers find the story under the older one."""
    return replace(line, left=now, left_reason="merged")


def _age(member: Member) -> tuple[datetime, str, str, int]:
    # Store keys come last: a rebuilt store numbers items anew, and must call stories by the same ones.
    return (member.dated, member.source_id, member.native_id, member.item)
