"""Sentences about incidents for a public file: one line of XML characters, without keys and paths of this machine."""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from aggregator.curate.secrecy import looks_secret
from aggregator.health.incidents import Finding
from aggregator.model import Source
from aggregator.publish.lexical import excerpt, xml_text

LONGEST = 600
"""Characters of a sentence that quotes strangers."""
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+", re.IGNORECASE)


class Wording:
    """`places`: paths of this machine, each with the name that is shown instead."""

    def __init__(self, places: Iterable[tuple[str, str]]) -> None:
        self._places = sorted(places, reverse=True)

    def shown(self, finding: Finding | None) -> Finding | None:
        return None if finding is None else replace(finding, sentence=self.public(finding.sentence) or finding.kind)

    def public(self, sentence: str | None) -> str | None:
        """A sentence fit for a public file: one line of XML characters, without keys and without paths of this machine."""
        if sentence is None:
            return None
        text = _ADDRESS.sub(lambda found: _without_key(found[0]), xml_text(sentence))
        for path, name in self._places:
            text = text.replace(path, name)
        return excerpt(text, LONGEST)

    def address(self, source: Source) -> str | None:
        if source.url is None:
            return f"/[{source.id}]" if source.path else None
        return None if looks_secret(source.url) else source.url


def _without_key(address: str) -> str:
    if not looks_secret(address):
        return address
    try:
        return f"https://{urlsplit(address).hostname}/…"
    except ValueError:
        return "an address that cannot be read"
