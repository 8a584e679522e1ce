"""Stories that come after the store was lost, and the entries that told them: each item looks for the place where it stood.

    tales ─claims→ tales, each with the entry that told it (one for all whose items it told), and what of it was found again

An item stood where title and address agree, or where the entry showed it and two of title, path, date and words do. So it did
where two of path, host and half of the title agree that no other post had, unless it is dated after all that went out and
further from the entry than a story reaches; whatever its date where address and half of the title do; and by a title of many
words alone if it is dated before. For sources change addresses and edit titles, of which archives say nothing, and what is dated
before went out somewhere. That is enough to put it under an entry that others have claimed already, for what an entry told stays
with it. An entry that nobody else claims is also given for less: path and title, one of them with the minted id, a title of many
words that no other post had, or the words.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import SequenceMatcher

from sqlite_utils import Database

from aggregator.dedupe.migration import Facets, folded
from aggregator.dedupe.sketch import SAME, sketch
from aggregator.model import Member
from aggregator.publish import telling
from aggregator.publish.mint import entry_id
from aggregator.store import coverage, heirs, items
from aggregator.store import ledger as lines
from aggregator.store.heirs import Told

WORDS = 4
"""Words of a title that no other post had, by which alone a story is known: fewer return ("Morning briefing")."""

LONGEST = 50
"""Words of a title that are looked at, to find it edited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A story to be told, and how it was before."""

    tale: Sequence[Member]
    entry: Told | None = None
    """The entry that told it."""
    line: int | None = None
    """The line which that entry has already, since others have claimed it."""
    rows: Sequence[Told] = ()
    """Where its items stood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """An item, and where it may have stood."""

    story: int
    item: int
    told: Told
    sure: bool
    agreeing: tuple[bool, int, int, bool]
    """Title, address, what the entry showed, its minted id. Items of one story share words and days: their titles go first."""


def claims(db: Database, slug: str, tales: Sequence[Sequence[Member]], reach: timedelta) -> list[Claimed]:
    """The stories with their entries; those of one entry are one. What is claimed has to be noted (`heirs.claim`).

    `reach` is how far from each other the dates of a story's items may lie.
    """
    if not tales or not heirs.waits(db, slug):
        return [Claimed(tale=tale) for tale in tales]
    newest = heirs.newest(db, slug)
    pairs = [pair for tale in tales for pair in _pairs(db, slug, tale, reach, newest)]
    standing = _standing(db, slug, {pair.told.entry_id for pair in pairs})
    chosen = _choose(pairs, standing)
    entries: dict[int, Told] = {}
    for pair in chosen:
        entries.setdefault(pair.story, pair.told)
    together: dict[object, list[Sequence[Member]]] = {}
    for tale in tales:
        first = telling.first(tale).item
        together.setdefault(entries[first].entry_id if first in entries else first, []).append(tale)
    return [_claimed(of_one, entries, standing, chosen) for of_one in together.values()]


def _claimed(
    tales: Sequence[Sequence[Member]], entries: Mapping[int, Told], standing: Mapping[str, int | None], chosen: Iterable[_Pair]
) -> Claimed:
    stories = {telling.first(tale).item for tale in tales}
    entry = max((entries[story] for story in stories if story in entries), key=lambda told: told.updated, default=None)
    return Claimed(
        tale=[member for tale in tales for member in tale],
        entry=entry,
        line=None if entry is None else standing.get(entry.entry_id),
        rows=[pair.told for pair in chosen if pair.story in stories],
    )


def _standing(db: Database, slug: str, ids: Iterable[str]) -> dict[str, int | None]:
    """Entry id → the line that tells what that entry told, for those that have a line; None where it must not return."""
    found = lines.of_entries(db, slug, ids)
    tellers = coverage.tellers(db, slug, found.values())
    known = lines.lines(db, slug, tellers.values())
    final = {key for key, line in known.items() if line.left_reason in telling.FINAL}
    return {id: None if tellers[line] in final else tellers[line] for id, line in found.items()}


def _choose(pairs: Iterable[_Pair], standing: Mapping[str, int | None]) -> list[_Pair]:
    """Each item one place, each place one item, the surest first, so that nobody takes what is another's."""
    chosen: list[_Pair] = []
    placed: set[int] = set()
    taken: set[Told] = set()
    found: set[int] = set()
    owned = set(standing)
    for pair in sorted(pairs, key=lambda pair: (pair.sure, pair.agreeing), reverse=True):
        id = pair.told.entry_id
        is_free = pair.item not in placed and pair.told not in taken
        is_open = standing.get(id, 0) is not None if pair.sure else id not in owned and pair.story not in found
        if is_free and is_open:
            chosen.append(pair)
            placed.add(pair.item)
            taken.add(pair.told)
            found.add(pair.story)
            owned.add(id)
    return chosen


def _pairs(db: Database, slug: str, tale: Sequence[Member], reach: timedelta, newest: datetime) -> Iterator[_Pair]:
    """The places where the items of a story may have stood."""
    first = telling.first(tale)
    minted = entry_id(slug, first.source_id, first.native_id, lambda _: False)
    for stored in items.get(db, [member.item for member in tale]):
        title, at = folded(stored.item.title), Facets(address=stored.item.link_key or "")
        here = heirs.at(db, slug, title=title, host=at.host, path=at.path)
        if (title or at.path) and len(here) == 1 and here[0].lead and here[0].published == stored.dated:
            # Nothing has changed but the store, and no other place could be surer.
            agreeing = (title != "", (at.path != "") + (at.host != ""), 2, here[0].entry_id == minted)
            yield _Pair(story=first.item, item=stored.pk, told=here[0], sure=True, agreeing=agreeing)
            continue
        said = heirs.saying(db, slug, sketch(stored.item.text), SAME)
        found = heirs.like(
            db, slug, path=at.path, host=at.host, titles=_left_of(title), published=stored.dated, entry_ids=[minted, *said]
        )
        is_long = title.count(" ") >= WORDS - 1
        is_alone = is_long and heirs.alone(db, slug, title=title)
        for told in found:
            is_title = title == told.title != ""
            is_path = at.path == told.path != ""
            is_host = at.host == told.host != ""
            shown = told.lead * ((stored.dated == told.published) + (told.entry_id in said))
            is_telling = is_title and is_alone
            is_place = is_host and at.path == told.path
            is_alike = (is_host or is_path) and _is_alike(title, told.title)
            is_before = stored.item.published is not None and stored.dated <= newest
            is_near = is_before or abs(stored.dated - told.published) <= reach
            sure = (
                (is_title and is_place and (is_path or is_telling))
                or (is_telling and is_before)
                or (shown > 0 and is_title + is_path + shown > 1)
                or (
                    (is_near or (is_place and is_alike) or stored.item.published is None)
                    and _is_the_only(db, slug, told, is_alike, is_host, is_path)
                )
            )
            is_minted = told.entry_id == minted
            if sure or is_telling or (told.lead and told.entry_id in said) or is_title + is_path + is_minted > 1:
                agreeing = (is_title, is_path + is_host, shown, is_minted)
                yield _Pair(story=first.item, item=stored.pk, told=told, sure=sure, agreeing=agreeing)


def _left_of(title: str) -> list[str]:
    """A folded title, and what there was of it if words were put before or after it since."""
    words = title.split()[:LONGEST]
    least = max(WORDS, -(-len(words) // 2))
    fewer = range(1, len(words) - least + 1)
    return [title, *(" ".join(words[count:]) for count in fewer), *(" ".join(words[:-count]) for count in fewer)]


def _is_alike(one: str, other: str) -> bool:
    """Whether two folded titles have a run of many words in common, which is half of each: words were put before or after it."""
    ours, theirs = one.split()[:LONGEST], other.split()[:LONGEST]
    size = SequenceMatcher(None, ours, theirs, autojunk=False).find_longest_match().size
    return size >= WORDS and 2 * size >= max(len(ours), len(theirs))


def _is_the_only(db: Database, slug: str, told: Told, is_title: bool, is_host: bool, is_path: bool) -> bool:
    """Whether two of title, host and path agree, and no other post that went out has them. Where all do, the address counts."""
    host, path = told.host if is_host else None, told.path if is_path else None
    title = told.title if is_title and None in (host, path) else None
    return is_title + is_host + is_path > 1 and heirs.alone(db, slug, title=title, host=host, path=path)
