"""A topic feed, put together from the ledger and the store: pure, and without a clock.

    attribute(said, source)        what is said of a source, once for all of its entries
    entry(publication, item, said) one line and its item → FeedEntry
    told_by(entry, coverage, more) the entry with who else tells its story
    feed(site, topic, …, entries)  the entries → Feed
    announced(feed, tombstones)    … with the entries that were taken down

Rendering reads state, never now: leaving by age is an event that the store keeps.
"""

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from html import escape

from aggregator.curate.secrecy import looks_secret
from aggregator.model import (
    Attribution,
    Coverage,
    Feed,
    FeedEntry,
    Html,
    Plain,
    Publication,
    Site,
    Source,
    StoredItem,
    Tombstone,
    Topic,
    Url,
)

ANNOUNCED = 100
"""Most deletions that a feed tells of."""
KEPT_FOR = timedelta(days=90)
"""How long a feed tells of a deletion, by its own dates: by then whoever follows it has asked again."""
COVERED = "<p>Also covered by:</p>"
"""Where an entry's own words end."""
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
LISTED = 50
"""Others that an entry names: a story that hundreds tell names those who told it first."""
OF_ONE_SOURCE = 10
"""Of these, items of one source: it may tell a story a thousand times, and is not to stand in it alone."""


def entry(publication: Publication, stored: StoredItem, outer: Attribution) -> FeedEntry:
    """The entry of a publication. `outer` is what is said of the source that we polled: see `attribute`."""
    item = stored.item
    return FeedEntry(
        id=publication.entry_id,
        title=item.title,
        link=item.link,
        published=publication.published,
        updated=publication.updated,
        summary=item.summary,
        content=item.content,
        text=item.text,
        authors=item.authors,
        contributors=item.contributors,
        categories=item.categories,
        enclosures=item.enclosures,
        links=item.links,
        image=item.image,
        language=item.language,
        rights=item.rights,
        source=_origin(item.source, outer),
        comments=item.comments,
        extra=item.extra,
    )


def told_by(made: FeedEntry, coverage: Sequence[Coverage], more: int) -> FeedEntry:
    """The entry with who else tells its story, also at the end of its content: most readers show nothing else.

    `more` others are only counted.
    """
    if not coverage:
        return made
    rows = "".join(
        f'<li>{escape(one.source, quote=False)}: <a href="{escape(one.link)}">{escape(one.title, quote=False)}</a></li>'
        for one in coverage
    )
    rest = f"<li>and {more} more</li>" if more else ""
    shown = made.content or made.summary or ""
    content = Html(f"{shown}\n{COVERED}\n<ul>{rows}{rest}</ul>".lstrip())
    return replace(made, content=content, coverage=tuple(coverage))


def _origin(inner: Attribution | None, outer: Attribution) -> Attribution:
    """Where an entry comes from: what it says itself (it was republished before it came to us), else the source that we polled.

    One that does not say what it speaks of speaks of the source that we polled.
    """
    if inner is None:
        return outer
    if inner.id or inner.title or inner.link or inner.self_link:
        return _without_secrets(inner)
    said = {field.name: value for field in fields(inner) if (value := getattr(inner, field.name))}
    return _without_secrets(replace(outer, **said))


def attribute(attribution: Attribution | None, source: Source | None, source_id: str) -> Attribution:
    """What is said of a source: the user's title before its own, its address only if it is no secret.

    `source` is None where it is no longer configured; its attribution still holds.
    """
    said = attribution or Attribution()
    title = plain((source.title if source else None) or said.title or source_id)
    self_link = said.self_link or (Url(source.url) if source and source.kind == "feed" and source.url else None)
    return _without_secrets(replace(said, title=title, self_link=self_link))


def _without_secrets(said: Attribution) -> Attribution:
    """The attribution with an id, and without addresses that look secret: the site's stands for them."""
    link = _open(said.link)
    self_link = _open(said.self_link)
    id = said.id if said.id and not looks_secret(said.id) else None
    id = id or plain(self_link or link or "") or None
    return replace(said, id=id, link=link, self_link=self_link, image=_open(said.image), icon=_open(said.icon))


def _open(url: Url | None) -> Url | None:
    return None if url is None or looks_secret(url) else url


def via(entry: FeedEntry) -> FeedEntry:
    """The entry with a visible last line that names its source and leads there; as it is, if that has no name."""
    source = entry.source
    if source is None or source.title is None:
        return entry
    name, address = escape(source.title), source.link or source.self_link
    said = f'<a href="{escape(address)}">{name}</a>' if address else name
    line = f"<p>via {said}</p>"
    if entry.content or not entry.summary:
        return replace(entry, content=Html((entry.content or "") + line))
    return replace(entry, summary=Html(entry.summary + line))


def feed(site: Site, topic: Topic, feed_id: str, created: datetime, entries: Sequence[FeedEntry]) -> Feed:
    """The feed of a topic. `entries` newest first; `updated` is the newest of theirs, an empty topic's is `created`."""
    return Feed(
        site=site,
        slug=topic.slug,
        id=feed_id,
        title=plain(topic.title),
        subtitle=plain(topic.subtitle) or None,
        updated=max((one.updated for one in entries), default=created),
        entries=tuple(entries),
    )


def announced(feed: Feed, tombstones: Sequence[Tombstone]) -> Feed:
    """The feed with the entries that are to be deleted, as long as their end is no older than KEPT_FOR before the newest of all.

    Its `updated` is the newest of entries and deletions: a feed that loses its newest entry does not go back in time.
    """
    updated = max([feed.updated, *(one.when for one in tombstones)])
    return replace(feed, updated=updated, deleted=tuple(one for one in tombstones if one.when >= updated - KEPT_FOR))


def plain(text: str) -> Plain:
    """Text of the configuration as one line that XML 1.0 can hold (section 2.2)."""
    return Plain(" ".join(_NOT_IN_XML.sub(" ", text).split()))
