"""Adaptive polling against fixed intervals, the published rules of peers, and the square-root law with the true rates.

    python benchmarks/adaptive.py [--budgets 4,8,24] [--half report|choose|all] [--seed 1] [--corpus ../shared/corpus]

Time is simulated: DAYS days, from the first poll on, of feeds with posting times

    corpus     as in the corpus' feeds: each sequence of dates goes on from a random place, repeated, each repetition moved by up
               to an hour as a whole, so that no rule can learn it by heart; hours and weekdays stay what they were
    regular, bursty, weekday, dying, new   made up, as many together as there are corpus feeds, with rates drawn from those

A first poll shows a rule what the document holds (as many posts as in the corpus, else 20); later polls what came since. Ours
runs the program's own polling.rate and polling.adaptive, with jitter, learning as it goes; k is solved every ten minutes. Every
other rule is scaled by one factor so that all sources together get as many requests as ours made. The delay of a post is from
its date to the poll that finds it. Parameters were chosen on every second source (`--half choose`), figures are of the others.

Peers, by their source code: Miniflux (entry_frequency): 7 days / (weekly count by the mean gap of the last week · factor), in
[5 min, 24 h]. CommaFeed: half the average gap in [5 min, 1 h]; 1, 2, 4 h when the last post is 7, 14, 30 days old. The lines
marked * are these rules held to our own floor and ceiling instead, which their programs do not do.
"""

import argparse
import bisect
import calendar
import csv
import heapq
import io
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from aggregator.polling import adaptive, rate
from aggregator.polling.plan import JITTER

HOUR, DAY, WEEK = 3600.0, 86400.0, 604800.0
DAYS = 28
START = 2900 * WEEK - 3 * DAY  # a Monday, 00:00 UTC
END = START + DAYS * DAY
HISTORY = 300 * DAY
KINDS = ("corpus", "regular", "bursty", "weekday", "dying", "new")
SOLVE = 600.0


@dataclass(frozen=True, slots=True)
class Timeline:
    """One source's posts, in seconds since 1970, sorted. `window`: how many its document holds; `rate`: the true one, per day."""

    kind: str
    posts: Sequence[float]
    window: int
    rate: Callable[[float], float]


# ── posting times ───────────────────────────────────────────────────────────────────────────────────────────


def corpus_dates(corpus: Path) -> list[list[float]]:
    """The dates of each feed that tells a rate: three different dates or more, over two hours or more."""
    found: dict[tuple[float, ...], None] = {}
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            path = corpus / row["path"]
            if int(row["feedparser_entries"] or 0) < 3 or not path.is_file():
                continue
            feed = feedparser.parse(io.BytesIO(path.read_bytes()), sanitize_html=False, resolve_relative_uris=False)
            stamps = [
                entry.get("published_parsed") or ("updated" in entry and entry.get("updated_parsed")) for entry in feed.entries
            ]
            dates = sorted(float(calendar.timegm(stamp)) for stamp in stamps if stamp and 1995 < stamp[0] < 2027)
            if len(set(dates)) >= 3 and dates[-1] - dates[0] >= 2 * HOUR:
                found[tuple(dates)] = None
    return [list(dates) for dates in found]


def rate_of(dates: Sequence[float]) -> float:
    return (len(dates) - 1) / (dates[-1] - dates[0]) * DAY


def continued(dates: Sequence[float], chance: random.Random) -> Timeline:
    """A corpus feed that goes on. Repetitions begin at the same hour (and weekday, if there are weeks to repeat)."""
    span = dates[-1] - dates[0]
    unit = WEEK if span >= 2 * WEEK else DAY if span >= 0.7 * DAY else 1.0
    period = math.ceil(span * len(dates) / (len(dates) - 1) / unit) * unit
    moved = HOUR if unit > 1 else 0.5 * span / (len(dates) - 1)
    first = dates[0] + math.floor((START - dates[0]) / unit) * unit - math.floor(chance.random() * period / unit) * unit
    posts = []
    begin = first - math.ceil(max(HISTORY, period) / period) * period
    while begin < END + 2 * DAY:
        by = chance.uniform(-moved, moved)
        posts += [date - dates[0] + begin + by for date in dates]
        begin += period
    average = len(dates) / period * DAY
    return Timeline("corpus", sorted(posts), len(dates), lambda _: average)


def poisson(rate_at: Callable[[float], float], most: float, chance: random.Random) -> list[float]:
    posts, now = [], START - HISTORY
    while True:
        now += chance.expovariate(most) * DAY
        if now >= END + 2 * DAY:
            return posts
        if chance.random() * most < rate_at(now):
            posts.append(now)


def regular(average: float, chance: random.Random) -> Timeline:
    gap = DAY / average
    count = int((HISTORY + (DAYS + 2) * DAY) / gap)
    begin = START - HISTORY + chance.random() * gap
    return Timeline("regular", sorted(begin + (i + chance.gauss(0, 0.1)) * gap for i in range(count)), 20, lambda _: average)


def bursty(average: float, chance: random.Random) -> Timeline:
    size, gap = chance.choice([3, 5, 10, 20]), chance.choice([300, 1200, 3600])
    posts = []
    for begin in poisson(lambda _: average / size, average / size, chance):
        for _ in range(size):
            posts.append(begin)
            begin += chance.expovariate(1 / gap)
    return Timeline("bursty", sorted(posts), 20, lambda _: average)


def weekday(average: float, chance: random.Random) -> Timeline:
    """Office hours somewhere on Earth, and a twentieth of that outside of them."""
    zone, opens = chance.randrange(24), chance.choice([7, 8, 9])
    closes = opens + chance.choice([8, 9, 10, 14])
    open_hours = 5 * (closes - opens)
    peak = average * 168 / (open_hours + 0.05 * (168 - open_hours))

    def rate_at(now: float) -> float:
        local = now + zone * HOUR
        return peak if rate.weekday(local) < 5 and opens <= local % DAY / HOUR < closes else peak / 20

    return Timeline("weekday", poisson(rate_at, peak, chance), 20, rate_at)


def dying(average: float, chance: random.Random) -> Timeline:
    death = START + chance.uniform(2, 20) * DAY
    return Timeline("dying", *_until(lambda now: average if now < death else 0.0, average, chance))


def new(average: float, chance: random.Random) -> Timeline:
    birth = START + chance.choice([-1, 0, 3, 8]) * DAY
    return Timeline("new", *_until(lambda now: average if now >= birth else 0.0, average, chance))


def _until(
    rate_at: Callable[[float], float], most: float, chance: random.Random
) -> tuple[list[float], int, Callable[[float], float]]:
    return poisson(rate_at, most, chance), 20, rate_at


def timelines(corpus: Path, seed: int) -> list[Timeline]:
    dates = corpus_dates(corpus)
    chance = random.Random(seed)
    rates = [min(max(rate_of(found), 0.01), 200.0) for found in dates]
    made = [make(chance.choice(rates), chance) for _ in range(len(dates) // 5) for make in (regular, bursty, weekday, dying, new)]
    all_of_them = [*(continued(found, chance) for found in dates), *made]
    chance.shuffle(all_of_them)
    return all_of_them


# ── rules ───────────────────────────────────────────────────────────────────────────────────────────────────

Rule = Callable[[Timeline, int, int, float, float], float]
"""(timeline, first post known, first not yet known, now, factor) → seconds to the next poll."""


def bounded(seconds: float) -> float:
    return min(max(seconds, adaptive.FLOOR), adaptive.CEILING)


def fixed(_: Timeline, __: int, ___: int, ____: float, factor: float) -> float:
    return factor * HOUR


def weekly_count(line: Timeline, first: int, known: int, now: float) -> int:
    begin = bisect.bisect_left(line.posts, now - WEEK, first, known)
    if known - begin <= 1:
        return 0
    gap = (line.posts[known - 1] - line.posts[begin]) / (known - begin - 1)
    return math.ceil(WEEK / gap) if gap else 0


def miniflux(line: Timeline, first: int, known: int, now: float, factor: float) -> float:
    weekly = weekly_count(line, first, known, now)
    return min(max(WEEK / weekly * factor, 300.0), DAY) if weekly else DAY


def miniflux_bounded(line: Timeline, first: int, known: int, now: float, factor: float) -> float:
    weekly = weekly_count(line, first, known, now)
    return bounded(WEEK / weekly * factor) if weekly else DAY


def ladder(line: Timeline, known: int, now: float) -> float:
    begin, longest = max(0, known - line.window), 4 * HOUR
    age = now - line.posts[known - 1] if known else math.inf
    for days, part in ((30, 1), (14, 2), (7, 4)):
        if age >= days * DAY:
            return longest / part
    if known - begin < 2:
        return longest
    gap = (line.posts[known - 1] - line.posts[begin]) / (known - begin - 1)
    return min(max(gap / 2, 300.0), longest / 4)


def commafeed(line: Timeline, _: int, known: int, now: float, factor: float) -> float:
    return ladder(line, known, now) * factor


def commafeed_bounded(line: Timeline, _: int, known: int, now: float, factor: float) -> float:
    return bounded(ladder(line, known, now) * factor)


def oracle(line: Timeline, _: int, __: int, now: float, factor: float) -> float:
    """The square-root law with the true rate at every instant."""
    wanted, at = factor * HOUR, now
    while at - now < adaptive.CEILING:
        speed, end = math.sqrt(line.rate(at)), (at // HOUR + 1) * HOUR
        if speed * (end - at) >= wanted:
            return bounded(at + wanted / speed - now)
        wanted -= speed * (end - at)
        at = end
    return adaptive.CEILING


RULES: dict[str, Rule] = {
    "fixed": fixed,
    "miniflux": miniflux,
    "commafeed": commafeed,
    "miniflux *": miniflux_bounded,
    "commafeed *": commafeed_bounded,
    "true rates": oracle,
}
PEERS = ("miniflux", "commafeed")


# ── simulation ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Outcome:
    delays: dict[str, list[float]]
    requests: float
    """Per source and day."""

    @property
    def every(self) -> list[float]:
        return sorted(delay for delays in self.delays.values() for delay in delays)


def follow(line: Timeline, rule: Rule, factor: float) -> tuple[list[float], int]:
    """Delays in seconds and requests of one source under a rule."""
    now, requests, delays = START, 0, []
    known = bisect.bisect_right(line.posts, now)
    first = max(0, known - line.window)
    while True:
        now += max(rule(line, first, known, now, factor), 60.0)
        requests += now < END
        upto = bisect.bisect_right(line.posts, now, known)
        delays += [now - post for post in line.posts[known:upto] if post < END]
        known = upto
        if now >= END and (known == len(line.posts) or line.posts[known] >= END):
            return delays, requests


def scaled(lines: Sequence[Timeline], rule: Rule, wanted: float) -> Outcome:
    """The rule with the factor that makes it ask `wanted` times per source and day."""
    low, high = math.log(1e-4), math.log(1e4)
    for _ in range(25):
        factor = (low + high) / 2
        followed = [follow(line, rule, math.exp(factor)) for line in lines]
        requests = sum(count for _, count in followed) / len(lines) / DAYS
        if abs(requests / wanted - 1) < 0.001:
            break
        low, high = (factor, high) if requests > wanted else (low, factor)
    return Outcome(_by_kind(lines, [delays for delays, _ in followed]), requests)


def ours(lines: Sequence[Timeline], budget: float, seed: int) -> Outcome:
    """The program's own estimate and law, one k for all, learning as it goes."""
    chance = random.Random(seed)
    known = [bisect.bisect_right(line.posts, START) for line in lines]
    rates = [
        rate.learn(rate.Rate(), _instants(line.posts[max(0, upto - line.window) : upto]), None, _instant(START))
        for line, upto in zip(lines, known, strict=True)
    ]
    delays: list[list[float]] = [[] for _ in lines]
    requests, (prior, k), solved = 0, _solve(rates, rate.Prior(), budget), START
    waiting = [(START + _wait(START, rates[i], prior, k, chance), i, START) for i in range(len(lines))]
    heapq.heapify(waiting)
    while waiting:
        now, i, since = heapq.heappop(waiting)
        if solved + SOLVE <= now < END:
            (prior, k), solved = _solve(rates, prior, budget), now
        posts, begin = lines[i].posts, known[i]
        known[i] = bisect.bisect_right(posts, now, begin)
        delays[i] += [now - post for post in posts[begin : known[i]] if post < END]
        requests += now < END
        if now < END or (known[i] < len(posts) and posts[known[i]] < END):
            rates[i] = rate.learn(rates[i], _instants(posts[begin : known[i]]), _instant(since), _instant(now))
            heapq.heappush(waiting, (now + _wait(now, rates[i], prior, k, chance), i, now))
    return Outcome(_by_kind(lines, delays), requests / len(lines) / DAYS)


def _solve(rates: Sequence[rate.Rate], prior: rate.Prior, budget: float) -> tuple[rate.Prior, float]:
    paces = [rate.pace(known, prior) for known in rates]
    return rate.prior_of(paces), adaptive.solve(map(adaptive.Demand, paces), budget * (1 + JITTER / 2))


def _wait(now: float, known: rate.Rate, prior: rate.Prior, k: float, chance: random.Random) -> float:
    return adaptive.next_poll(_instant(now), known, prior, k) * (1 + JITTER * chance.random())


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _instants(posts: Sequence[float]) -> list[datetime]:
    return list(map(_instant, posts))


def _by_kind(lines: Sequence[Timeline], delays: Sequence[list[float]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for line, some in zip(lines, delays, strict=True):
        found[line.kind] += some
    return found


# ── table ───────────────────────────────────────────────────────────────────────────────────────────────────


def mean(delays: Sequence[float]) -> float:
    return sum(delays) / len(delays) / 60 if delays else 0.0


def compare(lines: Sequence[Timeline], budget: float, seed: int) -> Iterator[str]:
    """The lines of the table for one budget."""
    own = ours(lines, budget, seed)
    found = {name: scaled(lines, rule, own.requests) for name, rule in RULES.items()} | {"ours": own}
    for name, outcome in found.items():
        every = outcome.every
        kinds = "".join(f"{mean(outcome.delays.get(kind, [])):9.1f}" for kind in KINDS)
        yield f"{budget:6g}  {name:12}{outcome.requests:9.2f}{mean(every):8.1f}{every[int(0.95 * len(every))] / 60:8.1f} {kinds}"
    best = min(PEERS, key=lambda name: mean(found[name].every))
    against = mean(own.every) / mean(found[best].every), mean(own.every) / mean(found["true rates"].every)
    yield f"{budget:6g}  ours / {best}: {against[0]:.2f} (target 0.70), ours / true rates: {against[1]:.2f} (target 1.15)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budgets", default="4,8,24")
    parser.add_argument("--half", choices=("report", "choose", "all"), default="report")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=Path(__file__).parent.parent.parent / "shared" / "corpus")
    arguments = parser.parse_args()
    if not (arguments.corpus / "MANIFEST.tsv").is_file():
        print(f"skipped: there is no corpus at {arguments.corpus}; --corpus names another place")
        return
    lines = timelines(arguments.corpus, arguments.seed)
    lines = {"report": lines[1::2], "choose": lines[0::2], "all": lines}[arguments.half]
    kinds = ", ".join(f"{sum(line.kind == kind for line in lines)} {kind}" for kind in KINDS)
    posts = sum(bisect.bisect_left(line.posts, END) - bisect.bisect_right(line.posts, START) for line in lines)
    print(f"{len(lines)} sources ({kinds}), {posts} posts in {DAYS} days; delays in minutes\n")
    print(f"budget  rule         requests    mean     p95 {''.join(f'{kind:>9}' for kind in KINDS)}")
    for budget in map(float, arguments.budgets.split(",")):
        for line in compare(lines, budget, arguments.seed):
            print(line, flush=True)


if __name__ == "__main__":
    main()
