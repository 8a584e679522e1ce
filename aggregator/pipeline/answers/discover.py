"""The feeds behind an address, each asked once: what `aggregator add` chooses from.

    address ─fetch→ document ─worker→ look ─itself | what it announces | what it hints at | common paths→ check each → Found

The first of these groups in which something answers is the answer; common paths end with the first hit. Everything is fetched
through the guard and parsed in workers, as polls are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from aggregator.errors import FetchError, ParseError
from aggregator.fetch.fetcher import Fetcher
from aggregator.model import Document, Network, Request, Source
from aggregator.pipeline.answers.check import Progress, check
from aggregator.pipeline.report import SourceCheck
from aggregator.pipeline.worker import safely
from aggregator.pipeline.workers import Workers
from aggregator.sources import adapter
from aggregator.sources.discovery import Candidate, How, guesses, look

ACCEPT = "text/html, application/xhtml+xml;q=0.9, application/atom+xml;q=0.9, application/rss+xml;q=0.9, */*;q=0.5"
ASKED = 12
"""Candidates asked at most: a page can name any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A feed that answers."""

    how: How
    check: SourceCheck

    @property
    def url(self) -> str:
        """Its address; where that leads for good, if it leads elsewhere."""
        return self.check.moved_to or self.check.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is behind an address. `failed` are candidates that were asked in vain, with their reasons."""

    asked: str
    findings: tuple[Finding, ...] = ()
    failed: tuple[str, ...] = ()


async def discover(
    address: str,
    fetcher: Fetcher,
    workers: Workers,
    allow_private: tuple[Network, ...],
    progress: Progress | None = None,
) -> Found:
    """The feeds behind an address (without a scheme: https, else http). Raises SourceError where nothing comes from it."""
    document = await _first(address, fetcher, allow_private)
    seen, _ = await workers.run(safely, document, look)
    failed: list[str] = []
    vain = ""
    for group, enough in ((seen.announced, ASKED), (seen.hinted, ASKED), (guesses(document.url), 1)):
        findings = await _ask(group[:ASKED] if enough > 1 else group, enough, fetcher, workers, allow_private, failed, progress)
        if findings:
            return Found(asked=document.url, findings=tuple(findings), failed=tuple(failed))
        if seen.what in ("xml-feed", "jsonfeed", "opml", "wordpress") and failed:
            raise ParseError(failed[0])  # it is one, and a broken one: its neighbours are not what was meant
        vain = vain or (failed[0] if failed and enough > 1 else "")
    asked = ", ".join(dict.fromkeys(urlsplit(candidate.url).path for candidate in guesses(document.url)))
    named = f"what it names does not answer as a feed ({vain})" if vain else "no feed is announced there"
    raise ParseError(
        f"{document.url}: {named}, and none is at the usual places ({asked}); look for the word RSS, "
        "Atom or feed on the site, and add that address"
    )


async def _first(address: str, fetcher: Fetcher, allow_private: tuple[Network, ...]) -> Document:
    """The document at the address."""
    if "://" in address:
        return await fetch(address, fetcher, allow_private)
    try:
        return await fetch(f"https://{address}", fetcher, allow_private)
    except FetchError as error:
        try:
            return await fetch(f"http://{address}", fetcher, allow_private)
        except FetchError:
            raise error from None


async def fetch(url: str, fetcher: Fetcher, allow_private: tuple[Network, ...], accept: str = ACCEPT) -> Document:
    """One document. Raises FetchError."""
    async for result in fetcher.fetch(Request(url=url, accept=accept, allow_private=allow_private)):
        if isinstance(result, FetchError):
            raise result
        return result
    raise FetchError(f"nothing came from {url}", url=url)


async def _ask(
    candidates: Sequence[Candidate],
    enough: int,
    fetcher: Fetcher,
    workers: Workers,
    allow_private: tuple[Network, ...],
    failed: list[str],
    progress: Progress | None,
) -> list[Finding]:
    """Those that answer, in order, until there are enough; each feed once, however many addresses lead to it."""
    findings: dict[str, Finding] = {}
    for number, candidate in enumerate(candidates, 1):
        source = Source(id=candidate.url, kind=candidate.kind, url=candidate.url, options=adapter.load(candidate.kind).Options())
        checked = await check(source, fetcher, workers, allow_private)
        if progress is not None:
            progress(candidate.url, number, len(candidates))
        if checked.error is not None:
            failed.append(checked.error)
            continue
        finding = Finding(how=candidate.how, check=replace(checked, id=""))
        findings.setdefault(finding.url, finding)
        if len(findings) >= enough:
            break
    return list(findings.values())
