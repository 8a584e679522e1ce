"""Which pages a topic's archive has: one a month, and one for each day of a month that is too full for a page. Pure.

    what was noted + what is counted now ─plan→ Plan: what to note, the pages to write, those to take away

A page is called after its stretch of time, `2026-11` or `2026-11-17`. What is published makes the page of its day, or else of its
month: so a page has no more than so many stories, or those of one day, and a new story costs no more than that.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

NAME = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?")
MANY = 1_000
"""Stories of a month with more of which its days have pages of their own: 250 KB."""

Days = Mapping[str, int]
"""Day → how many stories were published on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a topic's archive is to be."""

    months: Mapping[str, int]
    """Month → its stories, oldest first."""
    days: Mapping[str, Days]
    """The days of the months that are divided."""
    write: tuple[str, ...]
    """Days before their months: what a page leads to is there before it is."""
    remove: tuple[str, ...]

    def around(self, name: str) -> tuple[str | None, str | None]:
        """The pages before and after one: of a month, other months; of a day, those of its month."""
        there = self.months if name in self.months else self.days[month_of(name)]
        return _next_to(name, there)


def month_of(day: str) -> str:
    """`2026-11-17` → `2026-11`"""
    return day[:7]


def plan(
    months: Mapping[str, int], days: Mapping[str, Days], counted: Mapping[str, Days], changed: Collection[str], *, afresh: bool
) -> Plan:
    """What follows from what `months` and `days` were when they were noted, and from the months that were `counted` anew.

    `changed` days are those whose stories are not what they were; `afresh`: none of the pages of the counted months holds.
    """
    counts = {month: sum(stories.values()) for month, stories in counted.items()}
    after = {month: count for month, count in sorted({**months, **counts}.items()) if count}
    divided = {month: stories for month, stories in days.items() if month not in counted}
    divided |= {month: _present(stories) for month, stories in counted.items() if counts[month] > MANY}
    write = (counted.keys() & after.keys()) | beside(after.keys() ^ months.keys(), after)  # neighbours link to each other
    remove = counted.keys() - after.keys()
    for month in counted:
        old, new = days.get(month, {}), divided.get(month, {})
        write |= {day for day in new if afresh or not old or day in changed} | beside(old.keys() ^ new.keys(), new)
        remove |= old.keys() - new.keys()
    return Plan(
        months=after,
        days=divided,
        write=tuple(sorted(write, key=lambda name: (-len(name), name))),
        remove=tuple(sorted(remove)),
    )


def beside(changed: Iterable[str], names: Collection[str]) -> set[str]:
    """The names that stand next to one that came or went."""
    return {one for name in changed for one in _next_to(name, names) if one is not None}


def _next_to(name: str, names: Iterable[str]) -> tuple[str | None, str | None]:
    there = list(names)
    return max((one for one in there if one < name), default=None), min((one for one in there if one > name), default=None)


def _present(stories: Days) -> Days:
    return {day: count for day, count in sorted(stories.items()) if count}
