"""Our own feeds among our sources: recognized, so that nothing goes round in a circle or is published twice.

a document at the address of what we publish, or one that says that it is → nothing of it is taken in
an entry under an id that our ledger gave out, whoever republishes it      → that entry is not

Other feeds lie below base_url, too: a planet at a site's root, and the site's blog beside it.
"""

import re
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from sqlite_utils import Database

from aggregator.health import entries as health
from aggregator.model import Outcome
from aggregator.store import ledger, topics

_NAME = re.compile(
    r"(?P<slug>[a-z0-9-]+)(?:\.(?:atom|rss|json|html)|/[0-9]+\.(?:atom|rss|json)|/[0-9]{4}-[0-9]{2}(?:-[0-9]{2})?\.html)"
)
"""A topic's feed, an archive of it, and their pages."""


def may_be_own(outcome: Outcome, url: str, base_url: str) -> bool:
    """Whether it is worth while to ask the store: hardly ever."""
    return bool(_claimed(outcome, url, base_url)) or any(one.item and _minted(one.item.native_id) for one in outcome.arrivals)


def without_own(db: Database, outcome: Outcome, url: str, base_url: str) -> Outcome:
    """What came from `url`, without what came from us; a sentence says how much that was."""
    ours = any(slug == health.SLUG or topics.is_known(db, slug) for slug in _claimed(outcome, url, base_url))
    kept = () if ours else tuple(one for one in outcome.arrivals if one.item is None or not _is_ours(db, one.item.native_id))
    own = len(outcome.arrivals) - len(kept)
    if own == 0:
        return outcome
    sentence = f"{own} of {len(outcome.arrivals)} entries of {url} are this program's own and were left out"
    return replace(outcome, arrivals=kept, dropped=(*outcome.dropped, sentence))


def claimed(url: str, self_link: str | None, base_url: str) -> set[str]:
    """Slugs under which we would publish a document: it is ours if a topic has one of them, or had it once.

    What a document says of itself counts only if no other machine would say the same: a base_url on loopback or in a private
    network is many programs' own.
    """
    said = self_link if url.startswith("file:") or not _is_private(urlsplit(base_url).hostname or "") else None
    return {slug for one in (url, said) if one is not None and (slug := _slug(one, base_url)) is not None}


def _claimed(outcome: Outcome, url: str, base_url: str) -> set[str]:
    return claimed(url, outcome.attribution.self_link if outcome.attribution else None, base_url)


def _slug(url: str, base_url: str) -> str | None:
    """Of the topic whose feed, archive or page has this address, if it is made as ours are."""
    if not url.startswith(base_url):
        return None
    named = _NAME.fullmatch(unquote(re.split("[?#]", url[len(base_url) :], maxsplit=1)[0]))
    return named["slug"] if named else None


def _minted(native_id: str | None) -> bool:
    return native_id is not None and native_id.startswith("urn:uuid:")


def _is_ours(db: Database, native_id: str | None) -> bool:
    return native_id is not None and _minted(native_id) and ledger.taken(db, native_id)


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host
