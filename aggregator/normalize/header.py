"""What a source says of itself → Attribution.

attribute    FeedHeader → Attribution
"""

from datetime import tzinfo

from aggregator.model import Attribution, FeedHeader
from aggregator.normalize import constructs, dates
from aggregator.normalize.addresses import cleaned, join, resolve
from aggregator.normalize.characters import line
from aggregator.normalize.text import TITLE_LIMIT, inline

_ID_LIMIT = 1_000
_LINE_LIMIT = 2_000
_CATEGORIES = 10
"""Each entry carries its source's: there are blogs that list every label that they ever used."""


def attribute(header: FeedHeader, *, base: str, zone: tzinfo) -> Attribution:
    """Return a feed's header cleaned: plain text, absolute http(s) addresses, dates in UTC. Never raises."""
    base = join(base, header.base)
    updated = dates.parse(header.updated, zone)
    name = header.id.strip() if header.id else ""
    return Attribution(
        id=(line(name, _ID_LIMIT) or None) if len(name) <= _ID_LIMIT else None,
        title=inline(header.title, TITLE_LIMIT),
        subtitle=inline(header.subtitle, _LINE_LIMIT),
        link=cleaned(header.link, base),
        self_link=resolve(header.self_link, base),
        updated=updated[0] if updated else None,
        language=constructs.language(header.language, header.title.language if header.title else None),
        rights=inline(header.rights, _LINE_LIMIT),
        license=resolve(header.license, base),
        authors=constructs.persons(header.authors, base),
        contributors=constructs.persons(header.contributors, base),
        categories=constructs.categories(header.categories)[:_CATEGORIES],
        image=resolve(header.image, base),
        icon=resolve(header.icon, base),
    )
