"""An ETag that never changes hides nothing for long, and no request after the first is unconditional."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import cast

import feedparser
import pytest
import time_machine
from publisher_site import item, rss
from pytest_httpserver import HTTPServer
from werkzeug import Request as Asked
from werkzeug import Response
from werkzeug.http import http_date, parse_date

from aggregator.model import Document, Hints, Request, Source
from aggregator.pipeline.polls.gathered import Gathered
from aggregator.pipeline.polls.validators import DISTRUSTED, kept_after, with_validators
from aggregator.store.documents import Resource
from aggregator.store.sources import SourceRow

NOW = datetime(2026, 3, 4, tzinfo=UTC)
URL = "http://a.example/feed"
OLD, NEW = "Sun, 01 Mar 2026 00:00:00 GMT", "Tue, 03 Mar 2026 00:00:00 GMT"
KEPT = Resource(url=URL, answered_by=URL, etag='"x"', last_modified=OLD, digest="one")


def answer(status: int = 304, asked: str | None = '"x"', etag: str | None = '"x"', date: str | None = OLD) -> Document:
    return Document(url=URL, request=Request(url=URL, etag=asked), status=status, etag=etag, last_modified=date)


def sent(kept: Resource, polls: int = 56) -> list[tuple[str | None, str | None]]:
    """What two weeks of polls six hours apart send."""
    times = [NOW + timedelta(hours=6) * number for number in range(polls + 1)]
    asked = [with_validators(Request(url=URL), kept, before, now) for before, now in pairwise(times)]
    return [(request.etag, request.last_modified) for request in asked]


def test_once_a_week_the_date_is_sent_alone() -> None:
    assert sent(KEPT).count((None, OLD)) == 2
    assert set(sent(KEPT)) == {('"x"', OLD), (None, OLD)}


def test_an_etag_without_a_date_is_always_sent() -> None:
    kept = Resource(url=URL, answered_by=URL, etag='"x"')
    assert set(sent(kept)) == {('"x"', None)}
    assert with_validators(Request(url=URL), KEPT, None, NOW).etag == '"x"'


def test_a_304_keeps_what_holds_and_takes_what_is_new() -> None:
    assert kept_after(answer(), KEPT, "one", URL) == KEPT
    assert kept_after(answer(etag=None, date=None), KEPT, "one", URL) == KEPT
    assert kept_after(answer(etag='W/"x"'), KEPT, "one", URL).etag == 'W/"x"'


def test_a_304_with_another_date_ends_the_trust_in_the_etag_and_keeps_the_old_date() -> None:
    kept = kept_after(answer(date=NEW), KEPT, "one", URL)
    assert (kept.etag, kept.last_modified) == (DISTRUSTED, OLD)
    assert set(sent(kept)) == {(None, OLD)}
    again = kept_after(answer(200, None, '"x"', NEW), kept, "two", URL)
    assert (again.etag, again.last_modified) == (DISTRUSTED, NEW)
    without_date = kept_after(answer(200, None, '"x"', None), again, "three", URL)
    assert (without_date.etag, without_date.last_modified) == ('"x"', None)


def test_another_body_under_the_same_etag_ends_the_trust_if_there_is_a_date() -> None:
    assert kept_after(answer(200, date=NEW), KEPT, "two", URL).etag == DISTRUSTED
    assert kept_after(answer(200, date=None), KEPT, "two", URL).etag == '"x"'
    assert kept_after(answer(200, etag='"y"', date=NEW), KEPT, "two", URL).etag == '"y"'
    assert kept_after(answer(200), KEPT, "one", URL).etag == '"x"'
    assert kept_after(answer(200), None, "one", URL) == KEPT


@pytest.mark.parametrize("dated", [True, False])
def test_items_behind_a_constant_etag_come_within_a_week_of_polls_that_are_all_conditional(
    dated: bool, project, httpserver: HTTPServer
) -> None:
    asked: list[dict[str, str]] = []
    body, changed = [rss([item(1)])], [datetime(2026, 3, 1, tzinfo=UTC)]

    def respond(request: Asked) -> Response:
        asked.append(dict(request.headers))
        since = parse_date(request.headers.get("If-Modified-Since"))
        held = request.headers.get("If-None-Match") == '"same"' or (
            "If-None-Match" not in request.headers and since is not None and since >= changed[0]
        )
        headers = {"ETag": '"same"'} | ({"Last-Modified": http_date(changed[0])} if dated and not held else {})
        return Response("" if held else body[0], status=304 if held else 200, headers=headers)

    httpserver.expect_request("/feed").respond_with_handler(respond)
    project.configure(f'[[source]]\nid = "one"\nurl = "{httpserver.url_for("/feed")}"\n[[topic]]\nslug = "all"\n')
    with time_machine.travel("2026-03-02T00:00:00Z", tick=True) as clock:
        project.once()
        body[0], changed[0] = rss([item(1), item(2)]), datetime(2026, 3, 2, 12, tzinfo=UTC)
        new = 0
        for _ in range(8):
            clock.shift(timedelta(days=1))
            new += project.once().sources[0].new
    assert new == (1 if dated else 0)
    conditional = [bool({"If-None-Match", "If-Modified-Since"} & set(headers)) for headers in asked]
    assert conditional == [False, *[True] * 8]


def test_a_charset_that_is_put_right_makes_the_same_bytes_another_document(project, httpserver: HTTPServer) -> None:
    body = rss([item(1, "Привет")]).replace(' encoding="utf-8"', "").encode("koi8-r")
    types = ["application/xml", "application/xml; charset=koi8-r", "application/xml; charset=KOI8-R"]
    answers = iter(types)
    httpserver.expect_request("/feed").respond_with_handler(lambda _: Response(body, content_type=next(answers)))
    project.configure(f'[[source]]\nid = "one"\nurl = "{httpserver.url_for("/feed")}"\n[[topic]]\nslug = "all"\n')
    reports = [project.once().sources[0] for _ in types]
    assert [(report.result, report.new, report.updated) for report in reports] == [
        ("ok", 1, 0),
        ("ok", 0, 1),
        ("not-modified", 0, 0),
    ]
    assert [entry.title for entry in feedparser.parse(str(project.feeds / "all.atom")).entries] == ["Привет"]


def test_a_poll_of_several_documents_is_fresh_until_the_first_is_stale_and_heeds_the_first_that_asks() -> None:
    source, not_needed = Source(id="one", kind="feed", url=URL), cast("SourceRow", None)
    poll = Gathered(source, source, not_needed, {})
    for seconds in (None, 600.0, 60.0, None, 604_800.0):
        poll.notice(seconds)
    for hints in (Hints(), Hints(ttl=3600), Hints(ttl=60), Hints()):
        poll.hint(hints)
    assert (poll.polled().freshness, poll.polled().hints) == (60, Hints(ttl=3600))
