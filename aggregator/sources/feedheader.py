"""feedparser's feed dict → FeedHeader and Hints.

header(fields, url)       also for an inner atom:source and an RSS source element
hints(fields, outside)    `outside` is the document without its entries: feedparser keeps only the last hour and day
"""

import re

from aggregator.model import FeedHeader, Hints, Person
from aggregator.sources.feedvalues import (
    NAME,
    Fields,
    address,
    alternate,
    apart,
    categories,
    links,
    number,
    people,
    single,
    string,
    text,
    web,
)

PERIODS = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
"""RSS 1.0 syndication module: updatePeriod, in seconds."""
YEAR = 31_536_000.0
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
DAY = re.compile(rb"<day>\s*([a-z]{6,9})\s*</day>", re.IGNORECASE)


def header(fields: Fields, url: str) -> FeedHeader:
    """What a feed says of itself."""
    found = links(fields, url)
    title = text(fields, "title", url)
    given = address(string(fields, "link"), url)
    return FeedHeader(
        id=string(fields, "id"),
        title=title,
        subtitle=text(fields, "subtitle", url),
        # feedparser takes the id of a feed without a link for one
        link=alternate(found) or (given if web(given) and given != string(fields, "id") else None),
        self_link=next((link.href for link in found if link.rel == "self"), None) or address(string(fields, "href"), url),
        updated=string(fields, "updated") or string(fields, "published"),
        language=string(fields, "language"),
        rights=text(fields, "rights", url),
        license=next((link.href for link in found if link.rel == "license"), None),
        authors=_authors(fields, url),
        contributors=people(fields, "contributors", url),
        categories=categories(fields),
        image=_image(fields, url),
        icon=address(string(fields, "icon"), url),
        generator=string(fields, "generator"),
        base=(title.base if title else None) or url,
    )


def _authors(fields: Fields, url: str) -> tuple[Person, ...]:
    """The authors; feedparser writes itunes:owner over the one that stood before it, and `author` still names that one."""
    found, first = people(fields, "authors", url), string(fields, "author")
    if not first or any((one.name or one.email or first) in first for one in found):
        return found
    name, email = apart(first[:NAME])
    return (Person(name=name, email=email), *found)


def _image(fields: Fields, url: str) -> str | None:
    image = single(fields, "image") or {}
    return address(string(image, "href") or string(fields, "logo") or string(fields, "icon"), url)


def hints(fields: Fields, outside: bytes) -> Hints:
    """What a feed asks of its pollers. Nonsense is no hint."""
    complete = (string(fields, "itunes_complete") or "").lower()
    return Hints(
        ttl=_ttl(fields),
        skip_hours=tuple(sorted({int(hour[1]) % 24 for hour in HOURS.finditer(outside) if int(hour[1]) <= 24})),
        skip_days=tuple(sorted({DAYS.index(name) for day in DAY.finditer(outside) if (name := day[1].decode().lower()) in DAYS})),
        moved_to=string(fields, "itunes_new-feed-url") or string(fields, "newlocation"),
        complete=complete in ("yes", "true"),
    )


def _ttl(fields: Fields) -> float | None:
    """Seconds. RSS ttl is in minutes; sy:updateFrequency is so many times in a period."""
    minutes = number(string(fields, "ttl"), YEAR / 60)
    if minutes:
        return minutes * 60
    period = PERIODS.get((string(fields, "sy_updateperiod") or "").lower())
    times = number(string(fields, "sy_updatefrequency") or "1", 1e6)
    return period / times if period and times else None
