"""Entries whose bytes were seen before are not parsed again, and what is stored is the same."""

import dataclasses

from aggregator.model import Document, Outcome, Request, Source
from aggregator.pipeline.worker import process

SOURCE = Source(id="one", kind="feed", url="http://delta.example/feed")


def item(name: str, text: str = "text") -> str:
    return f"<item><title>{name}</title><guid isPermaLink='false'>{name}</guid><description>{text}</description></item>"


def outcome(*items: str, title: str = "Delta", known: Outcome | None = None) -> Outcome:
    body = f"<rss version='2.0'><channel><title>{title}</title>{''.join(items)}</channel></rss>".encode()
    seen = {arrival.fingerprint: arrival.mark for arrival in known.arrivals} if known else {}
    assert SOURCE.url is not None
    return process(Document(url=SOURCE.url, request=Request(url=SOURCE.url), body=body), SOURCE, seen)


def test_an_entry_seen_before_arrives_under_its_fingerprint_and_without_an_item() -> None:
    first = outcome(item("a"), item("b"))
    second = outcome(item("new"), item("a"), item("b", "edited"), known=first)
    whole = outcome(item("new"), item("a"), item("b", "edited"))
    assert [arrival.item is None for arrival in second.arrivals] == [False, True, False]
    assert [(one.fingerprint, one.mark) for one in second.arrivals] == [(one.fingerprint, one.mark) for one in whole.arrivals]
    assert second.arrivals[0] == whole.arrivals[0]
    assert second.arrivals[2] == whole.arrivals[2]


def test_where_only_the_header_changed_entries_keep_their_fingerprint_and_get_a_new_mark() -> None:
    first = outcome(item("a"))
    second = outcome(item("a"), title="Renamed", known=first)
    assert second.arrivals[0] == dataclasses.replace(
        first.arrivals[0], item=None, substance="", rendition="", mark=second.arrivals[0].mark
    )
    assert second.arrivals[0].mark != first.arrivals[0].mark
    third = outcome(item("a"), title="Renamed", known=second)
    assert third.arrivals == second.arrivals


def test_without_a_mark_a_fingerprint_still_tells_an_entry_that_is_known() -> None:
    first = outcome(item("a"))
    bare = dataclasses.replace(first, arrivals=tuple(dataclasses.replace(one, mark="") for one in first.arrivals))
    assert outcome(item("a"), known=bare).arrivals[0].item is None
