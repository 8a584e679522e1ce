"""Which outgoing proxy an address is asked through, and what is checked of an address that a proxy will look up.

    None → none    "http://proxy:3128" → that one for everything    "env" → http_proxy, https_proxy, all_proxy, no_proxy

A proxy is the operator's own: it may stand in a private network. Behind it this program sees no addresses, so that the guard
can judge literal addresses and names only (`inward`); which machines the proxy may dial is for the proxy's own rules.
"""

from ipaddress import ip_network
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it

from yarl import URL

from aggregator.model import Network

ENVIRONMENT = "env"
EVERYWHERE: tuple[Network, ...] = (ip_network("0.0.0.0/0"), ip_network("::/0"))
"""What the connection to a proxy may reach."""
INWARD = frozenset({"localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa"})
"""Last labels of names that mean machines nearby (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`, common custom)."""


class Proxies:
    """The configured proxies. `setting` is an http(s) address, `env`, or None."""

    def __init__(self, setting: str | None) -> None:
        self._setting = setting

    def of(self, url: URL) -> URL | None:
        """The proxy to ask this address through, None for none."""
        if self._setting is None:
            return None
        if self._setting != ENVIRONMENT:
            return URL(self._setting)
        proxies = getproxies_environment()
        if proxy_bypass_environment(url.host or "", proxies):
            return None
        found = proxies.get(url.scheme) or proxies.get("all")
        return URL(found if "://" in found else f"http://{found}") if found else None


def inward(host: str) -> bool:
    """Whether a name means a machine nearby: one label, or an ending that is never in the public tree."""
    labels = host.casefold().rstrip(".").split(".")
    return len(labels) == 1 or labels[-1] in INWARD
