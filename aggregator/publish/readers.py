"""Where a reader subscribes with one click: plain links, which nothing opens but a click.

subscribe(address) → (name, link) …
"""

from urllib.parse import quote

_ONLINE = (
    ("Feedly", "https://feedly.com/i/subscription/feed%2F{}"),
    ("Inoreader", "https://www.inoreader.com/?add_feed={}"),
    ("NewsBlur", "https://www.newsblur.com/?url={}"),
    ("Feedbin", "https://feedbin.com/?subscribe={}"),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={}"),
)
"""Readers that everybody reaches at one address. Those that people host themselves have none."""


def subscribe(address: str) -> tuple[tuple[str, str], ...]:
    """A reader of this machine, by the `feed:` scheme, and those on the web."""
    return (
        ("A reader on this device", f"feed:{address}"),
        *((name, link.format(quote(address, safe=""))) for name, link in _ONLINE),
    )
