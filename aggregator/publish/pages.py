"""The pages beside the feeds: pure, a page's bytes from what it lists.

index.html            index(site, topics)                       every topic, its newest stories, how to subscribe
<slug>.html           topic(site, feed, months)                 the newest stories, their sources, the archive
<slug>/<month>.html   month(site, topic, name, stories, …)      what was published in a month
sources.html          directory(site, topics, sources)          whose words these are
style.css             stylesheet(), which the feeds name as well
"""

from collections.abc import Sequence
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


def month(
    site: Site, topic: TopicListing, name: str, stories: Sequence[Telling], *, before: str | None, after: str | None
) -> bytes:
    """A page of a topic's archive, one folder down. `stories` newest first; `before` and `after` name the months beside it."""
    days = [(date.isoformat(), list(group)) for date, group in groupby(stories, key=lambda story: story.published.date())]
    return html.page(
        "month",
        site,
        root="../",
        topics=[topic],
        topic=topic,
        here="month",
        name=name,
        count=len(stories),
        days=days,
        before=before,
        after=after,
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
