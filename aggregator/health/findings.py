"""From what a poll or a publish left to what is wrong. Pure; every function returns a Finding, or None where all is well.

    after a failed poll      answers(Seen)                   gone | page | failing: at most one
    after a good one         silent(…), spike(…)
    after a publish          moved(…), quarantined(…), unwritten(…)
    from elsewhere           opened(kind, subject, …)        what only its finder knows: config, store

Sentences given in (of errors) are one line each, valid in XML and without secrets: the caller sees to that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aggregator.health.advice import advice
from aggregator.health.incidents import Finding
from aggregator.model import IncidentKind

FAILURES = 3
"""Failed polls in a row that are no hiccup any more."""
LONG = timedelta(hours=24)
"""Failing for so long is an incident, if two polls say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a failed poll left of a source."""

    id: str
    address: str | None
    """None where it must not be shown."""
    error: str
    """The sentence of the last error."""
    reason: str
    """Its short word."""
    page: bool = False
    """Whether a page came instead of a feed."""
    was_feed: bool = False
    """Whether anything came from this source before."""
    gone: bool = False
    """Whether it is retired: 410 twice, a day apart."""
    failures: int = 1
    """In a row, this one included."""
    since: datetime | None = None
    """When the row began."""


def answers(seen: Seen, now: datetime) -> Finding | None:
    """The one thing that is wrong with how a source answers, if it is more than a hiccup."""
    what_to_do = advice(seen.reason, seen.id, seen.address)
    since = f" since {when(seen.since)}" if seen.since else ""
    if seen.gone:
        sentence = "It answered 410 Gone twice, a day apart, and is not asked any more."
        return Finding(kind="gone", subject=seen.id, sentence=sentence, advice=what_to_do, cause=seen.reason)
    if seen.page and seen.was_feed:
        sentence = f"A page comes where its feed used to be{since}: {seen.error}"
        return Finding(kind="page", subject=seen.id, sentence=sentence, advice=what_to_do, cause=seen.reason)
    lasting = seen.failures > 1 and seen.since is not None and now - seen.since >= LONG
    if seen.failures < FAILURES and not lasting:
        return None
    sentence = f"Every poll{since} failed: {seen.error}"
    return Finding(
        kind="failing",
        subject=seen.id,
        sentence=sentence,
        advice=what_to_do,
        cause=seen.reason,
        details={"polls": f"{seen.failures:,} failed in a row"},
    )


def silent(source_id: str, newest: datetime, gap: timedelta) -> Finding:
    """A source that answers, but has posted nothing for longer than fits it. `gap` is its usual longest."""
    return Finding(
        kind="silent",
        subject=source_id,
        sentence=f"It answers, but its last post is of {when(newest)}; it used to post at least every {span(gap)}.",
        advice="Look at its site: if it goes on there, the feed has a new address or is broken; if not, nothing is to be done.",
        cause=when(newest),
        details={"since": newest.isoformat()},
    )


def spike(source_id: str, new: int, usual: float, now: datetime) -> Finding:
    """A poll that brought far more than usual."""
    return Finding(
        kind="spike",
        subject=source_id,
        sentence=f"One poll, at {when(now)}, brought {new:,} new items; usual is about {max(1, round(usual)):,}.",
        advice="Look whether they are what you want: it may have been taken over, have changed all of its ids, "
        "or have put its archive into its feed.",
        cause="spike",
    )


def migrated(source_id: str, count: int, new: int, now: datetime) -> Finding:
    """A source whose entries came under new ids, and were recognized."""
    return Finding(
        kind="migrated",
        subject=source_id,
        sentence=f"At {when(now)} {count:,} of its entries came under other ids than before. They were recognized by title, "
        f"address and date, and are not delivered again; {new:,} {'is' if new == 1 else 'are'} new.",
        advice="Nothing is to be done, unless what it delivers looks wrong from now on.",
        cause="migrated",
        details={"entries": f"{count:,} recognized"},
    )


def moved(source_id: str, leads_to: str | None, *, key: str, edit: str) -> Finding:
    """A source that is asked at another address than the configured one, because that one leads there for good (301, 308).

    `leads_to` is None where it must not be shown. `key` differs between two targets. `edit` is what settles it.
    """
    return Finding(
        kind="moved",
        subject=source_id,
        sentence=f"Its address leads {f'to {leads_to}' if leads_to else 'elsewhere'} for good, and it is asked there.",
        advice="Write its new address into the configuration"
        + ("." if leads_to else ": `aggregator status` shows it. It stands not here because it seems to hold a key."),
        cause=key,
        details={"edit": edit} if leads_to else {},
    )


def quarantined(slug: str, sentences: Sequence[str]) -> Finding | None:
    """Entries of a topic that cannot be rendered."""
    if not sentences:
        return None
    what = "1 entry cannot" if len(sentences) == 1 else f"{len(sentences):,} entries cannot"
    return Finding(
        kind="quarantined",
        subject=slug,
        sentence=f"{what} be rendered. {sentences[0]}",
        advice="This is a fault of this program, or of a source that it did not see through: report it with this sentence.",
        cause=" ".join(sentences)[:200],
    )


def unwritten(name: str, error: str | None) -> Finding | None:
    """A feed, or the folder of feeds, that cannot be written."""
    if error is None:
        return None
    return Finding(
        kind="unwritten",
        subject=name,
        sentence=error,
        advice="What was published before stays. Make room on the disk, or give this program the right to write there; "
        "it tries again by itself.",
        cause="unwritten",
    )


def restored(notice: str) -> Finding:
    """A store that was damaged at the start, and what was put in its place."""
    return Finding(
        kind="restored",
        subject="store",
        sentence=notice,
        advice="Look at the disk that it lies on. What was set aside can be deleted when nobody needs it.",
        cause=notice,
    )


def unstored(error: str) -> Finding:
    """A store that cannot be written or read."""
    return Finding(
        kind="store",
        subject="store",
        sentence=error,
        advice="Look at the disk: is it full, may this program write there? Nothing is acknowledged that is not stored, "
        "so it is fetched again.",
        cause="store",
    )


def unsnapped(problem: str | None) -> Finding | None:
    """A daily snapshot of the store that cannot be taken."""
    if problem is None:
        return None
    return Finding(
        kind="store",
        subject="snapshots",
        sentence=f"The store has no snapshot of today: {problem}",
        advice="Make room on its disk, or give this program the right to write there. It tries again by itself.",
        cause="snapshots",
    )


def opened(
    kind: IncidentKind, subject: str, sentence: str, advice: str = "", cause: str = "", details: Mapping[str, str] | None = None
) -> Finding:
    """What only its finder knows: `config` (its file). `cause` is `sentence` if not given."""
    return Finding(kind=kind, subject=subject, sentence=sentence, advice=advice, cause=cause or sentence, details=details or {})


def when(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def span(time: timedelta) -> str:
    """`2 hours`, `5 days`: rounded down, never 0."""
    minutes = max(1, int(time.total_seconds() // 60))
    for size, noun in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            return f"{minutes // size} {noun}s"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
