"""Incidents as a feed: an entry per incident, the same one when it opens and when it is over. Pure.

    (Site, feed id, incidents) → Feed, slug `health`

Nothing here reads a clock: every date is stored, so that the same incidents render to the same bytes.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from html import escape

from aggregator.health.findings import span, when
from aggregator.model import Category, Feed, FeedEntry, Html, Incident, Plain, Site

SLUG = "health"
"""Reserved: no topic can take it."""
LIMIT = 50
"""Entries in the feed, those that changed last."""
NEVER = datetime(2026, 1, 1, tzinfo=UTC)
"""`updated` of a feed in which nothing was ever wrong. With a stored date, the file would differ after the store is lost."""


def feed(site: Site, feed_id: str, incidents: Iterable[Incident]) -> Feed:
    """The newest LIMIT incidents by their last change."""
    newest = sorted(incidents, key=lambda incident: (incident.updated, incident.id), reverse=True)[:LIMIT]
    return Feed(
        site=site,
        slug=SLUG,
        id=feed_id,
        title=Plain(f"{site.title}: health"),
        subtitle=Plain("What is wrong with its sources and feeds, since when, and what to do."),
        updated=max((incident.updated for incident in newest), default=NEVER),
        entries=tuple(map(entry, newest)),
    )


def entry(incident: Incident) -> FeedEntry:
    """One incident. Its id stays when it is resolved; `updated` moves."""
    return FeedEntry(
        id=incident.id,
        title=Plain(incident.title if incident.open else f"Resolved: {incident.title}"),
        link=None,
        published=incident.opened,
        updated=incident.updated,
        content=_content(incident),
        text=incident.sentence,
        categories=(Category(term=incident.kind),),
    )


def _content(incident: Incident) -> Html:
    paragraphs = []
    if incident.resolved is not None:
        because = incident.details.get("because")
        lasted = span(incident.resolved - incident.opened)
        over = f"Resolved at {when(incident.resolved)}, {lasted} after it began."
        paragraphs.append(f"<p><strong>{escape(f'{over} {because}' if because else over)}</strong></p>")
    paragraphs.append(f"<p>{escape(incident.sentence)}</p>")
    notes = [f"Noticed at {when(incident.opened)}."]
    if incident.times > 1:
        notes.append(f"It came back {'once' if incident.times == 2 else f'{incident.times - 1} times'}.")
    if "polls" in incident.details:
        notes.append(f"Polls: {incident.details['polls']}.")
    paragraphs.append(f"<p>{escape(' '.join(notes))}</p>")
    if incident.open and incident.advice:
        paragraphs.append(f"<p>What to do: {escape(incident.advice)}</p>")
    if "edit" in incident.details:
        paragraphs.append(f"<p>Suggested edit: {escape(incident.details['edit'])}</p>")
    return Html("".join(paragraphs))
