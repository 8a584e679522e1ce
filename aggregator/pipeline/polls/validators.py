"""Which validators are sent, and which are kept, so that an ETag that never changes cannot hide what changed. Pure.

    If-None-Match wins over If-Modified-Since (RFC 9110 section 13.2.2): a server whose ETag never changes answers 304 for ever.

    once a week                → the date alone is sent, where there is one: still a conditional request, answered by the date
    304 with another date      → the document changed under its ETag: no ETag of this address is sent again, the old date stays
    200, same ETag, other body → the same; without a date the ETag is sent on, and bodies are compared by their digests

A server that gives such an ETag and no date cannot be seen through without asking unconditionally, which is never done: the
source falls silent, and health says so.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import blake2b

from aggregator.model import Document, Request
from aggregator.store.documents import Resource

WEEK = timedelta(days=7)
DISTRUSTED = ""
"""Kept in place of an ETag that was the same for two versions: no server can give it."""


def with_validators(request: Request, kept: Resource, last_poll: datetime | None, now: datetime) -> Request:
    """The request as a conditional one. `last_poll` is when the source was asked before."""
    by_date = kept.last_modified is not None and _begins_a_week(kept.url, last_poll, now)
    etag = None if by_date else kept.etag or None
    return replace(request, etag=etag, last_modified=kept.last_modified, validators_of=kept.answered_by)


def kept_after(document: Document, kept: Resource | None, digest: str | None, url: str) -> Resource:
    """What to remember of an answer: a new document's own validators; after a 304 those that still hold.

    `digest` is that of the body, or after a 304 of the body that we had.
    """
    date, etag = document.last_modified, document.etag
    if document.not_modified and kept is not None:
        etag = etag or kept.etag
        if kept.last_modified is not None and date not in (None, kept.last_modified) and document.request.etag is not None:
            date, etag = kept.last_modified, DISTRUSTED
        date = date or kept.last_modified
    elif kept is not None and kept.etag and etag == kept.etag and date is not None and digest != kept.digest:
        etag = DISTRUSTED
    if kept is not None and kept.etag == DISTRUSTED and date is not None:
        etag = DISTRUSTED
    return Resource(url=url, answered_by=document.url, etag=etag, last_modified=date, digest=digest)


def _begins_a_week(url: str, last_poll: datetime | None, now: datetime) -> bool:
    """Whether a week has begun since the last poll. Weeks begin at another second for each address: no host gets a crowd."""
    if last_poll is None:
        return False
    shift = int.from_bytes(blake2b(url.encode(errors="replace"), digest_size=4).digest(), "big") % int(WEEK.total_seconds())
    seconds = WEEK.total_seconds()
    return (last_poll.timestamp() + shift) // seconds < (now.timestamp() + shift) // seconds
