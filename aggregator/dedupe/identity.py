"""Which item of its source is this? Facets, and a ladder for ids that turn out to be shared.

    identity    Item → its facets: native id, address, title, date
    key         facets at a level of the ladder → the key under which a source's item is stored
    levels      a document, and levels known before → levels that the document raises

    level 0  native                 the rule
          1  native + link          once one document held the native id with two addresses
          2  native + link + title  … and with two titles at one address
          3  … + date               … and with two dates under one title

A level is raised by what stands side by side in one document, is remembered per source and native id, and never falls; so the
order in which documents or entries arrive makes no difference. Entries that agree in all facets are one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.model import Item

_LONGEST_KEY = 200
"""Characters; longer keys are replaced by their digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The facets of an item that may tell it from others of its source; empty where it has none."""

    native: str
    """What the source calls it, with a prefix that says what it is: `id:`, `link:`, `title:` or `hash:`. Never empty."""
    link: str
    title: str
    date: str


def identity(item: Item) -> Identity:
    """Return the facets: native is the source's id, else its address, else title and date, else a digest of its content."""
    link = _address(item)
    title = "" if item.untitled else item.title
    date = item.published.isoformat() if item.published else ""
    if item.native_id:
        native = f"id:{item.native_id}"
    elif link:
        native = f"link:{link}"
    elif title:
        native = f"title:{_digest(title, date)}"
    else:
        native = f"hash:{_digest(item.text, item.content or item.summary or '', *(media.href for media in item.enclosures))}"
    return Identity(native=native, link=link, title=title, date=date)


def key(identity: Identity, level: int) -> str:
    """Return the key of an item in its source at a level (0 to 3). Keys of different levels or facets never meet."""
    if level <= 0:
        return identity.native if len(identity.native) <= _LONGEST_KEY else f"digest:{_digest(identity.native)}"
    facets = (identity.native, identity.link, identity.title, identity.date)[: level + 1]
    return f"level{min(level, 3)}:{_digest(*facets)}"


def levels(document: Sequence[Identity], known: Mapping[str, int]) -> Mapping[str, int]:
    """Return native → level for those natives of `document` whose level is higher now than in `known` (where missing is 0)."""
    groups: dict[str, list[Identity]] = {}
    for one in document:
        groups.setdefault(one.native, []).append(one)
    needed = ((native, _needed(group)) for native, group in groups.items() if len(group) > 1)
    return {native: level for native, level in needed if level > known.get(native, 0)}


def _needed(group: Sequence[Identity]) -> int:
    """Return the lowest level at which all of a group that differ in a facet have different keys."""
    facets = {(one.link, one.title, one.date) for one in group}
    if len(facets) == 1:
        return 0
    if len({link for link, _, _ in facets}) == len(facets):
        return 1
    return 2 if len({(link, title) for link, title, _ in facets}) == len(facets) else 3


def _address(item: Item) -> str:
    """Return the comparison key of the address with its fragment, which tells the entries of a one-page log apart."""
    if item.link is None:
        return ""
    fragment = item.link.partition("#")[2]
    return f"{item.link_key or item.link}#{fragment}" if fragment else item.link_key or item.link


def _digest(*parts: str) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:%s" % (len(raw), raw))
    return digest.hexdigest()
