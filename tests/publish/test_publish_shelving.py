"""Lines that are published, but not into the head."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Publication
from aggregator.publish.ledger import return_
from aggregator.publish.shelving import SHELVED, share, shelve

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def line(story, hours=0):
    published = NOW - timedelta(hours=hours)
    return Publication(topic="t", story=story, entry_id=f"urn:{story}", position=story, published=published, updated=published)


def reasons(lines, sources, **policy):
    shares = {one.story: share(one, source) for one, source in zip(lines, sources, strict=True)}
    return [one.left_reason for one in shelve(lines, shares, now=NOW, **policy)]


def test_without_a_policy_everything_stands():
    assert reasons([line(1), line(2)], "aa") == [None, None]


def test_of_each_source_and_day_the_first_come_in_and_the_rest_is_shelved():
    lines = [line(1, 30), line(2, 3), line(3, 2), line(4, 1), line(5)]
    assert reasons(lines, "aaaba", quota=2) == [None, None, None, None, "quota"]
    assert reasons(lines, "aaaba", quota=1) == [None, None, "quota", None, "quota"]


def test_what_came_before_counts():
    taken = {("a", date(2026, 3, 31)): 1, ("b", date(2026, 3, 30)): 5}
    assert reasons([line(1), line(2), line(3)], "aab", quota=2, taken=taken) == [None, "quota", None]


def test_what_a_back_fill_reaches_past_the_head_is_shelved_and_counts_for_no_quota():
    assert reasons([line(1), line(2)], "aa", quota=1, past={1}) == ["backfill", None]


def test_a_digest_takes_all_and_leaves_the_quota_to_its_own_order():
    assert reasons([line(1), line(2), line(3)], "aaa", quota=1, past={2}, digest=True) == ["digest", "backfill", "digest"]


def test_a_shelved_line_keeps_id_and_place_and_never_returns():
    (one,) = shelve([line(1)], {1: ("a", NOW.date())}, now=NOW, past={1})
    assert one == replace(line(1), left=NOW, left_reason="backfill")
    assert return_(one) == one
    for reason in SHELVED:
        assert return_(replace(one, left_reason=reason)).left == NOW
    assert return_(replace(one, left_reason="age")) == line(1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 72)), max_size=30), st.integers(1, 4), st.integers(0, 30))
def test_a_quota_holds_however_the_entries_come(arriving, quota, cut):
    lines = [line(number, hours) for number, (_, hours) in enumerate(arriving)]
    shares = {one.story: share(one, source) for one, (source, _) in zip(lines, arriving, strict=True)}
    standing = [one for one in shelve(lines, shares, now=NOW, quota=quota) if one.left is None]
    counts = [shares[one.story] for one in standing]
    assert all(counts.count(one) <= quota for one in counts)
    assert all(counts.count(one) == min(quota, list(shares.values()).count(one)) for one in set(shares.values()))
    first = [one for one in shelve(lines[:cut], shares, now=NOW, quota=quota) if one.left is None]
    taken = {one: [shares[line.story] for line in first].count(one) for one in shares.values()}
    assert first + [one for one in shelve(lines[cut:], shares, now=NOW, quota=quota, taken=taken) if one.left is None] == standing
