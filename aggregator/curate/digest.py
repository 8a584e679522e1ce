"""One entry for all that a topic published in a period: which stories go where, and how it reads. Pure.

    periods(stories, closed, schedule, now)   end of a period → what belongs to it, for periods that are over and hold something
    order(rows, quota)                        as many of each source as the topic takes come first, the rest below
    html(rows), text(rows)                    what stands in the entry

A story belongs to the period in which it is dated; where that one is closed, because the story came late, to the first that
is not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape

from aggregator.curate.periods import Schedule, end_at_or_after, last_end, local_date
from aggregator.model import Html, Plain, Url


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A story in a digest, as it was when the period ended."""

    story: int
    """Its line in the ledger."""
    item: int
    """pk of its lead."""
    title: Plain
    link: Url | None
    sources: tuple[Plain, ...]
    """Who tells it, the lead's first."""
    more: bool = False
    """Whether it is beyond the topic's quota."""


def first_closed(schedule: Schedule, now: datetime) -> datetime:
    """What counts as closed when a digest begins: all but the period that ended last, which makes the first entry."""
    return last_end(schedule, last_end(schedule, now) - timedelta(microseconds=1))


def periods(stories: Mapping[int, datetime], closed: datetime, schedule: Schedule, now: datetime) -> dict[datetime, list[int]]:
    """End → stories (as given: story → its date), for all periods that ended after `closed` and not after `now`, in order."""
    found: dict[datetime, list[int]] = {}
    over = last_end(schedule, now)
    for story, dated in stories.items():
        end = end_at_or_after(schedule, max(dated, closed + timedelta(microseconds=1)))
        if end <= over:
            found.setdefault(end, []).append(story)
    return {end: found[end] for end in sorted(found)}


def order(rows: Iterable[Row], origins: Mapping[int, str], quota: int | None) -> list[Row]:
    """The rows in their order, those beyond `quota` of one origin last. `origins`: story → what the quota counts."""
    counts: Counter[str] = Counter()
    counted = []
    for row in rows:
        counts[origins[row.story]] += 1
        counted.append(replace(row, more=quota is not None and counts[origins[row.story]] > quota))
    return sorted(counted, key=lambda row: row.more)


def called(topic: str, schedule: Schedule, end: datetime) -> str:
    """The title of a digest: the topic's, and the day on which the period ended where its time zone is."""
    return f"{topic}, {local_date(schedule, end)}"


def html(rows: Sequence[Row]) -> Html:
    """Titles, links and sources, as lists."""
    parts = [_list([row for row in rows if row.more is more]) for more in (False, True)]
    return Html("\n<p>More from these sources:</p>\n".join(filter(None, parts)))


def _list(rows: Sequence[Row]) -> str:
    return f"<ul>{''.join(map(_item, rows))}</ul>" if rows else ""


def _item(row: Row) -> str:
    title = escape(row.title, quote=False)
    linked = f'<a href="{escape(row.link)}">{title}</a>' if row.link else title
    return f"<li>{linked} ({escape(', '.join(row.sources), quote=False)})</li>"


def text(rows: Sequence[Row]) -> str:
    """The same as plain text, a line each."""
    return "\n".join(f"{row.title} ({', '.join(row.sources)})" for row in rows)
