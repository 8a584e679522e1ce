"""Sources that come and go with a subscription list: named by its last good document, followed by the next look at them.

    document of a list ─parse→ subscriptions ─keep→ the store ─followed→ Source(id="planet/lwn.net-5e1f0a2b") …

Each is a source like others, but which networks it may reach is the list's rule; headers and secrets of the list are the list's
alone. What is configured by itself, or named by an earlier list, is not followed twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.model import Source, Subscription
from aggregator.normalize.comparison import comparison_key
from aggregator.sources import adapter
from aggregator.store import subscriptions
from aggregator.store.subscriptions import Followed

KIND = "feed"
"""Of everything that a list names: a list within a list could lead anywhere, and in a circle."""
HOST = 40
"""Characters of a host in an id: what follows tells two of them apart."""


def keep(db: Database, list_id: str, named: Iterable[Subscription]) -> bool:
    """Store what a list names now; each address once. True if it names other feeds, or names them otherwise, than before."""
    feeds: dict[str, Followed] = {}
    for subscription in named:
        found = Followed(name=name(subscription.url), url=subscription.url, title=subscription.title)
        feeds.setdefault(found.name, found)
    return subscriptions.replace(db, list_id, list(feeds.values()))


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
