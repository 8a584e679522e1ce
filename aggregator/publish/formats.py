"""The formats we publish: name (as in `[publish] formats`, and the suffix of the file) → the module that renders it."""

from collections.abc import Mapping
from types import MappingProxyType

from aggregator.publish import atom, jsonfeed, rss
from aggregator.publish.rendered import Renderer

FORMATS: Mapping[str, Renderer] = MappingProxyType({"atom": atom, "rss": rss, "json": jsonfeed})
