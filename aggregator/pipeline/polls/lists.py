"""Sources that come and go with a subscription list: named by its last good document, followed by the next look at them.

    document of a list ─parse→ subscriptions ─keep→ the store ─followed→ Source(id="planet/lwn.net-5e1f0a2b") …

Each is a source like others, under the id that it got when it came, also where the key in its address is another one now; but
which networks it may reach is the list's rule, and headers and secrets of the list are the list's alone. What is configured by
itself, or named by an earlier list, is not followed twice.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import chain, count
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.curate.secrecy import without_secrets
from aggregator.model import Source, Subscription
from aggregator.normalize.comparison import comparison_key
from aggregator.sources import adapter
from aggregator.store import subscriptions
from aggregator.store.subscriptions import Followed

KIND = "feed"
"""Of everything that a list names: a list within a list could lead anywhere, and in a circle."""
HOST = 40
"""Characters of a host in an id: what follows tells two of them apart."""


def keep(db: Database, list_id: str, named: Iterable[Subscription]) -> None:
    """Store what a list names now; each address once."""
    subscriptions.replace(db, list_id, called(named, subscriptions.load(db, list_id)))


def called(named: Iterable[Subscription], before: Sequence[Followed]) -> list[Followed]:
    """What a list names now, each address once, under the names of `before` where it is the same feed. Pure."""
    addresses: dict[str, Subscription] = {}
    for subscription in named:
        addresses.setdefault(comparison_key(subscription.url), subscription)
    former = {comparison_key(feed.url): feed for feed in before}
    names = {key: feed.name for key, feed in former.items()}
    came = {key: one.title for key, one in addresses.items() if key not in former}
    names |= {key: names[old] for key, old in readdressed(came, _titles(former, but=addresses)).items()}
    taken = {names[key] for key in addresses.keys() & names.keys()}
    found = []
    for key, subscription in addresses.items():
        if key not in names:
            taken.add(free := _free(name(subscription.url), taken))
            names[key] = free
        found.append(Followed(name=names[key], url=subscription.url, title=subscription.title))
    return found


def readdressed(came: Mapping[str, str | None], gone: Mapping[str, str | None]) -> dict[str, str]:
    """Which of the addresses that came are those that went, but for a key in them: the one now → the one before. Pure.

    Both are comparison keys → titles. Lists of private feeds give each reader a key of their own, and some give another one with
    each download. Public ids may look like keys, too: the title must be the same, and no other have it with such an address.
    """
    came_as, went_as = _alone(came), _alone(gone)
    return {key: went_as[left] for left, key in came_as.items() if left in went_as}


def _alone(titles: Mapping[str, str | None]) -> dict[tuple[str, str], str]:
    """What remains of addresses without the keys in them, and their titles → the address, where only one leaves that."""
    found: dict[tuple[str, str], list[str]] = {}
    for key, title in titles.items():
        bare = without_secrets(key)
        if title and bare != key:
            found.setdefault((bare, title), []).append(key)
    return {left: keys[0] for left, keys in found.items() if len(keys) == 1}


def _titles(feeds: Mapping[str, Followed], *, but: Container[str]) -> dict[str, str | None]:
    return {key: feed.title for key, feed in feeds.items() if key not in but}


def _free(name: str, taken: Container[str]) -> str:
    return next(one for one in chain([name], (f"{name}~{number}" for number in count(2))) if one not in taken)


def followed(configured: Sequence[Source], named: Mapping[str, Sequence[Followed]]) -> tuple[Source, ...]:
    """The configured sources and, behind them, those that their enabled lists name. `named` is what the store holds."""
    if not any(named.values()):
        return tuple(configured)
    taken = {comparison_key(source.url) for source in configured if source.url}
    found: list[Source] = []
    for source in configured:
        former = (source.id, *source.was)
        feeds = next((named[id] for id in former if id in named), ()) if source.enabled else ()
        for feed in feeds:
            key = comparison_key(feed.url)
            if key not in taken:
                taken.add(key)
                found.append(_source(source, feed))
    return (*configured, *found)


def name(url: str) -> str:
    """What a feed is called in the ids of its list: its host, and a digest of its address; the same for http and https."""
    key = comparison_key(url)
    host = (urlsplit(f"//{key}").hostname or "feed") if "/" in key or "." in key else "feed"
    readable = "".join(letter if letter.isascii() and letter.isalnum() else "." for letter in host[:HOST]).strip(".") or "feed"
    return f"{readable}-{blake2b(key.encode(errors='replace'), digest_size=4).hexdigest()}"


def _source(list_: Source, feed: Followed) -> Source:
    return Source(
        id=f"{list_.id}/{feed.name}",
        kind=KIND,
        url=feed.url,
        title=feed.title,
        allow_private=list_.allow_private,
        was=tuple(f"{former}/{feed.name}" for former in list_.was),
        options=adapter.load(KIND).Options(),
        native=list_.native,
    )
