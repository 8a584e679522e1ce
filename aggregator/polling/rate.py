"""How often a source posts: learned from its dates, forgotten slowly, shared where it says nothing itself. Pure.

    posts ─learn→ Rate(posts, days, hours, weekdays) ─+ Prior→ level, expected: items per day; pace: their root, averaged
    all paces ─prior_of→ Prior

The estimate is that of a gamma prior and a Poisson process with exponential forgetting: (shape + posts) / (shape / mean + days).
Who was never polled has the prior's mean; who stays silent sinks towards nothing, but never reaches it.

The rhythm is one factor for the hour of the day and one for the day of the week (31 numbers, not 168), each pulled to 1 by
EVIDENCE posts in every one of its bins: a source with few posts has none, one with office hours soon has its own.

The numbers are measured (benchmarks/adaptive.py, docs/polling.md): the mean delay hardly depends on them within a factor of two.
"""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

HALF_LIFE = 7.0
"""Days after which a post counts half."""
RHYTHM_HALF_LIFE = 60.0
"""Days after which a post counts half for the rhythm, which changes more slowly than the rate."""
SHAPE = 0.5
"""How many posts the prior counts for."""
EVIDENCE = 8.0
"""Posts in each bin of the rhythm that the belief in no rhythm counts for."""
UNKNOWN = 1.0
"""Items per day of a source of which nothing is known, while nothing is known of others either."""
LEAST, MOST = 0.05, 20.0
"""Bounds of the prior's mean, in items per day: one strange collection of sources must not starve or storm a new one."""

DAY = 86400.0
SHORTEST = 1.0
"""Days that a first document speaks for at least: twenty posts with the date of the last build are no 100,000 a day."""
LONGEST = 8.0
"""Days that one poll speaks for at most: after a long pause, or a jump of the clock, documents do not hold what was missed."""
LATE = timedelta(days=1)
"""A post dated this long before the last poll, which did not bring it, was filed later: it tells of today, not of that date."""
NARROW = (0.0,) * 24, (0.0,) * 7
_JSON = json.JSONEncoder(separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What is known of one source; `posts` and `days` are weighted by age, `hours` and `weekdays` (0 is Monday) are in UTC."""

    learned: float | None = None
    """Seconds since 1970 up to which this holds; None if nothing was learned yet."""
    posts: float = 0.0
    days: float = 0.0
    hours: tuple[float, ...] = NARROW[0]
    weekdays: tuple[float, ...] = NARROW[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What sources are like in general: mean in items per day, and for how many posts that belief counts."""

    mean: float = UNKNOWN
    shape: float = SHAPE


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Factors by which a source posts more or less than on average, for each hour of the day and day of the week (UTC)."""

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]

    def at(self, seconds: float) -> float:
        """The factor at an instant (seconds since 1970); its mean over a week is 1."""
        return self.hours[int(seconds % DAY // 3600)] * self.weekdays[weekday(seconds)]


def learn(rate: Rate, posts: Sequence[datetime], since: datetime | None, now: datetime) -> Rate:
    """The rate after a poll at `now` that brought new posts, with their effective dates; the poll before it was at `since`.

    `since` None means a first poll: its posts are history, from the oldest of them on. A date that is `now` is none (a post
    without date keeps the instant of its arrival). Never raises; a clock that ran backwards teaches nothing.
    """
    end = now.timestamp()
    if since is None:
        return _learn_history(rate, [post.timestamp() for post in posts], end)
    watched = min(max(0.0, (end - since.timestamp()) / DAY), LONGEST)
    start = end - watched * DAY
    oldest = start - LATE.total_seconds()
    dates = [min(post.timestamp(), end) for post in posts]
    timely = [date for date in dates if date >= oldest]
    late = len(timely) < len(dates)  # any number of old posts that were filed at once are one event
    told = [date for date in timely if start < date < end and date % DAY]  # a date at midnight is a day, not an hour
    return _aged(rate, end, watched, [*(max(date, start) for date in timely), *[end] * late], told)


def level(rate: Rate, prior: Prior) -> float:
    """Items per day, averaged over a week."""
    return (prior.shape + rate.posts) / (prior.shape / prior.mean + rate.days)


def expected(rate: Rate, prior: Prior, at: datetime) -> float:
    """Items per day at an instant, rhythm included."""
    return level(rate, prior) * rhythm(rate).at(at.timestamp())


def pace(rate: Rate, prior: Prior) -> float:
    """The week's mean of the root of `expected`: what a source weighs when requests are dealt out (see polling.adaptive)."""
    hours, weekdays = roots(rate)
    return math.sqrt(level(rate, prior)) * (sum(hours) / 24) * sum(weekdays) / 7


def rhythm(rate: Rate) -> Rhythm:
    """Hours are smoothed with their neighbours (1 : 2 : 1), since a source that posts at 9:55 may as well at 10:05."""
    hours = [(rate.hours[i - 1] + 2 * rate.hours[i] + rate.hours[(i + 1) % 24]) / 4 for i in range(24)]
    return Rhythm(_shrunk(hours), _shrunk(rate.weekdays))


@lru_cache(16)
def roots(rate: Rate) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The roots of the rhythm's factors, by hour and by weekday: each poll asks for them twice, for the pace and for its plan."""
    found = rhythm(rate)
    return tuple(map(math.sqrt, found.hours)), tuple(map(math.sqrt, found.weekdays))


def prior_of(paces: Iterable[float]) -> Prior:
    """The prior from all sources: the square of their mean pace, which a few very busy ones do not carry away."""
    known = [pace for pace in paces if math.isfinite(pace) and pace >= 0]
    if not known:
        return Prior()
    return Prior(mean=min(max((sum(known) / len(known)) ** 2, LEAST), MOST))


def weekday(seconds: float) -> int:
    """0 is Monday; 1970 began on a Thursday."""
    return int(seconds // DAY + 3) % 7


def to_text(rate: Rate) -> str:
    """As JSON, with four digits: a hundred bytes and a bit."""
    fields = {
        "learned": rate.learned,
        "posts": rate.posts,
        "days": rate.days,
        "hours": [round(hour, 4) if hour else 0.0 for hour in rate.hours],  # most sources have few hours
        "weekdays": [round(day, 4) if day else 0.0 for day in rate.weekdays],
    }
    return _JSON.encode(fields)


def from_text(text: str | None) -> Rate:
    """What `to_text` wrote; a Rate that knows nothing if it is anything else: it is learned again."""
    try:
        fields = json.loads(text or "{}")
        rate = Rate(
            learned=None if fields.get("learned") is None else float(fields["learned"]),
            posts=float(fields.get("posts", 0.0)),
            days=float(fields.get("days", 0.0)),
            hours=tuple(map(float, fields.get("hours", NARROW[0]))),
            weekdays=tuple(map(float, fields.get("weekdays", NARROW[1]))),
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Rate()
    numbers = (rate.learned or 0.0, rate.posts, rate.days, *rate.hours, *rate.weekdays)
    fits = len(rate.hours) == 24 and len(rate.weekdays) == 7 and math.isfinite(sum(numbers)) and min(numbers) >= 0
    return rate if fits else Rate()


def last_learned(rate: Rate) -> datetime | None:
    """The `since` of the next `learn`."""
    return None if rate.learned is None else datetime.fromtimestamp(rate.learned, UTC)


def _learn_history(rate: Rate, dates: list[float], end: float) -> Rate:
    """The oldest post only marks where the watch begins: a document is cut off by number, at a post."""
    dated = sorted(date for date in dates if date < end - 1)
    if not dated:
        return _aged(rate, end, 0.0, [], [])
    watched = max((end - dated[0]) / DAY, SHORTEST)
    return _aged(rate, end, watched, dated[1:], [date for date in dated[1:] if date % DAY])


def _aged(rate: Rate, end: float, watched: float, counted: list[float], told: list[float]) -> Rate:
    """`rate` after `watched` more days that end at `end`, with posts that count, and those whose hour is told."""
    kept, kept_rhythm = 0.5 ** (watched / HALF_LIFE), 0.5 ** (watched / RHYTHM_HALF_LIFE)
    hours = [count * kept_rhythm for count in rate.hours]
    weekdays = [count * kept_rhythm for count in rate.weekdays]
    for date in told:
        weight = 0.5 ** ((end - date) / DAY / RHYTHM_HALF_LIFE)
        hours[int(date % DAY // 3600)] += weight
        weekdays[weekday(date)] += weight
    return Rate(
        learned=end,
        posts=rate.posts * kept + sum(0.5 ** ((end - date) / DAY / HALF_LIFE) for date in counted),
        days=rate.days * kept + HALF_LIFE / math.log(2) * (1 - kept),
        hours=tuple(hours),
        weekdays=tuple(weekdays),
    )


def _shrunk(counts: Sequence[float]) -> tuple[float, ...]:
    """Counts → factors with mean 1, pulled to 1 by EVIDENCE."""
    mean = sum(counts) / len(counts) + EVIDENCE
    return tuple((count + EVIDENCE) / mean for count in counts)
