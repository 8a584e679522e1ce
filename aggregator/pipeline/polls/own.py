"""Our own feeds among our sources: recognized, so that nothing goes round in a circle or is published twice.

a document from below base_url, or one that says that it is          → nothing of it is taken in
an entry under an id that our ledger gave out, whoever republishes it → that entry is not
"""

from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.model import Outcome
from aggregator.store import ledger


def may_be_own(outcome: Outcome, url: str, base_url: str) -> bool:
    """Whether it is worth while to ask the ledger: hardly ever."""
    return _says_so(outcome, url, base_url) or any(one.item and _minted(one.item.native_id) for one in outcome.arrivals)


def without_own(db: Database, outcome: Outcome, url: str, base_url: str) -> Outcome:
    """What came from `url`, without what came from us; a sentence says how much that was."""
    ours = _says_so(outcome, url, base_url)
    kept = () if ours else tuple(one for one in outcome.arrivals if one.item is None or not _is_ours(db, one.item.native_id))
    own = len(outcome.arrivals) - len(kept)
    if own == 0:
        return outcome
    sentence = f"{own} of {len(outcome.arrivals)} entries of {url} are this program's own and were left out"
    return replace(outcome, arrivals=kept, dropped=(*outcome.dropped, sentence))


def is_own(url: str, self_link: str | None, base_url: str) -> bool:
    """Whether a document is one that we publish.

    What a document says of itself counts only if no other machine would say the same: a base_url on loopback or in a private
    network is many programs' own.
    """
    if url.startswith(base_url):
        return True
    said = self_link is not None and self_link.startswith(base_url)
    return said and (url.startswith("file:") or not _is_private(urlsplit(base_url).hostname or ""))


def _says_so(outcome: Outcome, url: str, base_url: str) -> bool:
    return is_own(url, outcome.attribution.self_link if outcome.attribution else None, base_url)


def _minted(native_id: str | None) -> bool:
    return native_id is not None and native_id.startswith("urn:uuid:")


def _is_ours(db: Database, native_id: str | None) -> bool:
    return native_id is not None and _minted(native_id) and ledger.taken(db, native_id)


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host
