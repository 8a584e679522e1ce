"""Entry → Item: the door through which everything from a source comes in.

    normalize    an entry as the source said it → an item as we keep it

Nothing here raises for what a source says, and the cost of an entry is bounded by caps on every field.
"""

from datetime import datetime, tzinfo
from hashlib import sha256

from aggregator.model import Attribution, Entry, FeedHeader, Html, Item, Plain, Text
from aggregator.normalize import constructs, dates, html
from aggregator.normalize.addresses import cleaned, join, resolve
from aggregator.normalize.characters import safe
from aggregator.normalize.comparison import comparison_key
from aggregator.normalize.header import attribute
from aggregator.normalize.text import TEXT_LIMIT, TITLE_LIMIT, inline, plain, title_from

_ID_LIMIT = 1_000
_RIGHTS_LIMIT = 2_000


def normalize(entry: Entry, *, base: str, language: str | None, zone: tzinfo) -> Item:
    """Return the item that `entry` is. `base` is where its document came from; `language` and `zone` hold if it says none."""
    base = join(base, entry.base)
    link = cleaned(entry.link, base)
    summary, content = _markup(entry.summary, base), _markup(entry.content, base)
    if summary == content:
        summary = None
    text = plain(content or summary or "")[:TEXT_LIMIT]
    published, updated = dates.parse(entry.published, zone), dates.parse(entry.updated, zone)
    moment = _moment(published) or _moment(updated)
    title = inline(entry.title, TITLE_LIMIT)
    return Item(
        native_id=native_id(entry.id),
        link=link,
        link_key=comparison_key(link) if link else None,
        title=title or title_from(text, link, moment),
        untitled=title is None,
        summary=summary,
        content=content,
        text=text,
        published=_moment(published),
        updated=_moment(updated),
        guessed=any(read is not None and read[1] for read in (published, updated)),
        authors=constructs.persons(entry.authors, base),
        contributors=constructs.persons(entry.contributors, base),
        categories=constructs.categories(entry.categories),
        enclosures=constructs.enclosures(entry.enclosures, base),
        links=constructs.links(entry.links, base),
        image=resolve(entry.image, base),
        language=constructs.language(entry.language, *_languages(entry), language),
        rights=_rights(entry.rights),
        source=_source(entry.source, base, zone),
        comments=cleaned(entry.comments, base),
        extra=constructs.extensions(entry.extra),
    )


def native_id(value: str | None) -> str | None:
    """Return a source's own id, trimmed; its digest if it is too long or cannot stand in XML: distinct ids stay distinct."""
    trimmed = value.strip() if value else ""
    if not trimmed:
        return None
    if len(trimmed) <= _ID_LIMIT and safe(trimmed) == trimmed:
        return trimmed
    return f"sha256:{sha256(trimmed.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _markup(text: Text | None, base: str) -> Html | None:
    if text is None or not text.value:
        return None
    return html.clean(text.value, join(base, text.base)) if text.type == "html" else html.escape(text.value)


def _moment(read: tuple[datetime, bool] | None) -> datetime | None:
    return read[0] if read is not None else None


def _languages(entry: Entry) -> tuple[str | None, ...]:
    return tuple(text.language for text in (entry.content, entry.summary, entry.title) if text is not None)


def _rights(text: Text | None) -> Plain | None:
    return inline(text, _RIGHTS_LIMIT)


def _source(header: FeedHeader | None, base: str, zone: tzinfo) -> Attribution | None:
    """Return an inner atom:source, if it says anything."""
    if header is None:
        return None
    attribution = attribute(header, base=base, zone=zone)
    return attribution if attribution != Attribution() else None
