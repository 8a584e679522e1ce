"""The pages beside the feeds: pure, a page's bytes from what it lists.

index.html            index(site, topics)                       every topic, its newest stories, how to subscribe
<slug>.html           topic(site, feed, months)                 the newest stories, their sources, the archive
<slug>/<month>.html   month(site, topic, name, lines, …)        what was published in a month (or on a day), a line(story) each
                      days(site, topic, name, counts, …)        of a month whose days have pages of their own: what leads there
sources.html          directory(site, topics, sources)          whose words these are
style.css             stylesheet(), which the feeds name as well
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from itertools import groupby

from aggregator.model import Feed, Site
from aggregator.publish import html
from aggregator.publish.listings import SHOWN, Month, SourceListing, Telling, TopicListing, listing, sources, telling


def index(site: Site, topics: Sequence[TopicListing]) -> bytes:
    """The first page. Nothing in it depends on when it is made; nor in the others."""
    return html.page("index", site, topics=topics, here="index")


def topic(site: Site, feed: Feed, months: Sequence[Month]) -> bytes:
    """A topic's page; `months` newest first."""
    listed = listing(feed)
    return html.page(
        "topic",
        site,
        topics=[listed],
        topic=listed,
        here="topic",
        stories=[telling(entry) for entry in feed.entries[:SHOWN]],
        sources=sources(feed),
        months=months,
    )


def line(story: Telling) -> str:
    """A story on the page of its month or day, as HTML."""
    return html.fragment("line", story=story)


def month(
    site: Site, topic: TopicListing, name: str, lines: Sequence[tuple[datetime, str]], *, before: str | None, after: str | None
) -> bytes:
    """A page of a topic's archive, one folder down: when each story was published and its `line`, newest first.

    `name` is a month or a day, `before` and `after` name those beside it.
    """
    sections = [
        (date.isoformat(), html.day(date), html.listed(text for _, text in group))
        for date, group in groupby(lines, key=lambda line: line[0].date())
    ]
    return _archive(site, topic, name, len(lines), before, after, sections=sections, days=())


def days(
    site: Site, topic: TopicListing, name: str, counts: Mapping[str, int], *, before: str | None, after: str | None
) -> bytes:
    """The page of a month whose days have pages of their own: `counts` says how many stories each has."""
    listed = [(day, counts[day]) for day in sorted(counts, reverse=True)]
    return _archive(site, topic, name, sum(counts.values()), before, after, sections=(), days=listed)


def _archive(
    site: Site, topic: TopicListing, name: str, count: int, before: str | None, after: str | None, **values: object
) -> bytes:
    return html.page(
        "month",
        site,
        root="../",
        topics=[topic],
        topic=topic,
        here="month",
        name=name,
        up=name[: len("2026-11")] if len(name) > len("2026-11") else None,
        count=count,
        before=before,
        after=after,
        **values,
    )


def directory(site: Site, topics: Sequence[TopicListing], listed: Sequence[SourceListing]) -> bytes:
    """The directory of sources."""
    return html.page("sources", site, topics=topics, here="sources", sources=listed)


def stylesheet() -> bytes:
    """style.css: for the pages, and for a feed that somebody opens in a browser."""
    return files("aggregator.publish").joinpath("templates", "style.css").read_bytes()


def icon() -> bytes:
    """icon.svg: what a browser shows in its tab; without one, browsers ask for /favicon.ico in vain."""
    return files("aggregator.publish").joinpath("templates", "icon.svg").read_bytes()
