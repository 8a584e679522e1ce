"""Which item an entry shows, how many sources tell it, and which entry tells a story that several could tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Member, Publication
from aggregator.publish.telling import assign, first, independent, lead, merge, retell

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def member(item: int, hours_ago: float = 1, **fields: object) -> Member:
    dated = NOW - hours_ago * HOUR
    known = {
        "item": item,
        "source_id": f"s{item}",
        "native_id": str(item),
        "dated": dated,
        "revised": dated,
        "domain": f"d{item}",
    }
    return Member(**known | fields)


def line(story: int, position: int | None = None, **fields: object) -> Publication:
    at = NOW - 9 * HOUR
    known = {"lead": story, "lead_revised": at, "topic": "t", "entry_id": f"urn:{story}", "published": at, "updated": at}
    return Publication(**known | {"story": story, "position": position or story} | fields)


def test_the_earliest_leads_unless_a_preferred_source_tells_it() -> None:
    told = [member(1, 2), member(2, 3), member(3, 1), member(4, 2, source_id="list/s4")]
    assert lead(told).item == first(told).item == 2
    assert lead(told, ["nobody", "s3", "s1"]).item == 3
    assert lead(told, ["list"]).item == 4
    assert lead(told, ["nobody"]).item == 2


def test_who_links_to_a_page_does_not_stand_before_the_site_itself() -> None:
    own = member(1, 2, page="a.org/1", at_home=True)
    link, later, other = member(2, 9, page="a.org/1"), member(3, 1, page="a.org/1", at_home=True), member(4, 8, page="b.org/1")
    assert lead([own, link, later]).item == 1
    assert lead([link, other, own]).item == 1
    assert lead([link, other]).item == 2
    assert lead([own, link], ["s2"]).item == 2, "a preferred source is preferred"
    assert lead([member(5, 9), member(6, 1, at_home=True)]).item == 5, "items without an address have none in common"
    assert lead([other, own]).item == 4, "what another source tells itself leads if it is the earliest"


def test_a_source_that_links_to_many_domains_speaks_for_itself_alone() -> None:
    assert independent([member(n, source_id="s1") for n in range(5)]) == 1
    assert independent([*(member(n, source_id="s1") for n in range(5)), member(9)]) == 2


def test_sources_of_one_domain_count_once_and_copies_not_at_all() -> None:
    told = [member(1), member(2, domain="d1"), member(3), member(4, copy=True)]
    assert independent(told) == 2
    assert independent([member(1, copy=True)]) == 1


def test_new_coverage_is_silent_until_the_second_third_and_fifth_source() -> None:
    told, moved = line(1), []
    for count in range(1, 25):
        later = retell(
            told, [member(1, 9, revised=told.lead_revised)] + [member(n) for n in range(2, count + 1)], (), NOW + count * HOUR
        )
        if later.updated != told.updated:
            moved.append(count)
        told = later
    assert moved == [2, 3, 5, 10, 20]
    fewer = retell(told, [member(1, 9, revised=told.lead_revised)], (), NOW + 99 * HOUR)
    assert retell(fewer, [member(1, 9), member(2), member(3)], (), NOW + 100 * HOUR).updated == told.updated


def test_a_changed_lead_is_news_another_lead_is_not_and_what_others_change_is_not() -> None:
    plain, other = member(1, 9), member(2, 2)
    told = retell(line(1, sources=2), [plain, other], (), NOW)
    assert told.updated == line(1).updated
    assert retell(told, [plain, replace(other, revised=NOW)], (), NOW).updated == told.updated
    assert retell(told, [replace(plain, revised=NOW), other], (), NOW).updated == NOW
    turned = retell(told, [plain, replace(other, revised=NOW)], ["s2"], NOW)
    assert (turned.lead, turned.updated) == (2, told.updated)
    assert retell(turned, [plain, replace(other, revised=NOW)], ["s2"], NOW) == turned
    assert retell(turned, [plain, replace(other, revised=NOW + HOUR)], ["s2"], NOW).updated == NOW + HOUR


def test_a_story_is_told_by_its_line_or_is_new() -> None:
    found = assign({7: [7, 8], 9: [9]}, {8: 8}, {8: line(8)})
    assert (found.told, found.new, found.into) == ({7: 8}, [9], {})


def test_of_two_lines_that_stand_the_older_one_tells_both_stories() -> None:
    found = assign({1: [1, 2, 3]}, {1: 1, 2: 2, 3: 3}, {1: line(1, 5), 2: line(2, 4), 3: line(3, 6)})
    assert (found.told, found.into) == ({1: 2}, {1: 2, 3: 2})
    left = merge(line(1, 5), NOW)
    assert (left.left, left.left_reason) == (NOW, "merged")


def test_a_line_that_stands_is_kept_before_an_older_one_that_left() -> None:
    found = assign({1: [1, 2]}, {1: 1, 2: 2}, {1: line(1, left=NOW, left_reason="age"), 2: line(2)})
    assert (found.told, found.into) == ({1: 2}, {1: 2})


def test_a_line_that_was_taken_down_tells_nothing_any_more() -> None:
    found = assign({1: [1, 2]}, {1: 1}, {1: line(1, left=NOW, left_reason="takedown")})
    assert (found.told, found.new) == ({}, [1])


@given(st.dictionaries(st.integers(1, 9), st.lists(st.integers(1, 9), min_size=1)), st.permutations(range(1, 10)))
def test_however_stories_and_lines_cross_each_story_ends_at_a_line_that_was_not_merged(
    stories: dict[int, list[int]], positions: list[int]
) -> None:
    lines = {number: line(number, position) for number, position in enumerate(positions, start=1)}
    found = assign(stories, {item: item for item in range(1, 10)}, lines)
    assert not found.new
    assert not set(found.told.values()) & found.into.keys()
    for story, items in stories.items():
        ends = {item if item not in found.into else None for item in items} - {None}
        assert ends <= {found.told[story]}
