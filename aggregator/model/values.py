"""The types of values: plain text, markup, addresses, and what an adapter remembers."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Literal, NewType

Plain = NewType("Plain", str)
"""One line of text for people: no markup, no control characters, valid in XML 1.0."""
Html = NewType("Html", str)
"""A sanitized HTML fragment with absolute addresses, valid in XML 1.0 once escaped."""
Url = NewType("Url", str)
"""An absolute http(s) address (for an item without one: empty is never used, the field is None)."""

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]
State = Mapping[str, Json]
"""What an adapter wants to remember of a source from poll to poll; kept by the store as JSON."""
Network = IPv4Network | IPv6Network
Updates = Literal["bump", "silent", "ignore"]
"""What a change of the words of a published item does: moves `updated`; is written without a word; or nothing at all."""
Republish = Literal["full", "excerpt", "title"]
"""How much of an item is published."""
