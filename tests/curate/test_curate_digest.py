"""Which stories go into which digest, and how it reads."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.curate.digest import Row, called, first_closed, html, order, periods, text
from aggregator.curate.periods import last_end, read
from aggregator.model import Plain, Url

DAILY = read("daily 07:00")


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def row(story, title="T", link="https://x.example/", sources=("One",)):
    return Row(story=story, item=story, title=Plain(title), link=link and Url(link), sources=tuple(map(Plain, sources)))


def test_each_story_goes_into_the_period_in_which_it_is_dated():
    stories = {1: at(1, 8), 2: at(2, 7), 3: at(2, 7, 1), 4: at(4, 6), 5: at(4, 8)}
    assert periods(stories, at(1, 7), DAILY, at(4, 12)) == {at(2, 7): [1, 2], at(3, 7): [3], at(4, 7): [4]}


def test_what_came_late_goes_into_the_first_period_that_is_not_closed():
    assert periods({1: at(1, 8)}, at(3, 7), DAILY, at(4, 7)) == {at(4, 7): [1]}
    assert periods({1: at(1, 8)}, at(3, 7), DAILY, at(4, 6, 59)) == {}
    assert periods({1: datetime(1, 1, 1, tzinfo=UTC)}, at(3, 7), DAILY, at(4, 7)) == {at(4, 7): [1]}


def test_a_digest_begins_with_the_period_that_ended_last():
    assert first_closed(DAILY, at(4, 8)) == at(3, 7)
    assert first_closed(DAILY, at(4, 7)) == at(3, 7)
    assert first_closed(DAILY, at(4, 6)) == at(2, 7)


@given(
    st.dictionaries(st.integers(), st.datetimes(datetime(2026, 1, 1), datetime(2026, 5, 1), timezones=st.just(UTC))),  # noqa: DTZ001
    st.lists(st.integers(0, 100 * 24 * 60), min_size=1, max_size=8).map(sorted),
)
def test_each_story_is_in_exactly_one_digest_whenever_somebody_looks(stories, looks):
    closed, told = at(1, 7), {}
    for minutes in [*looks, 200 * 24 * 60]:
        now = at(1, 8) + timedelta(minutes=minutes)
        arrived = {story: dated for story, dated in stories.items() if dated <= now and story not in told}
        for end, its in periods(arrived, closed, DAILY, now).items():
            assert its, "no digest is empty"
            assert closed < end <= now
            told |= dict.fromkeys(its, end)
        closed = max(closed, last_end(DAILY, now))
    assert told.keys() == stories.keys()
    assert all(told[story] >= dated for story, dated in stories.items())


def test_what_is_beyond_the_quota_of_its_source_stands_below():
    rows = [row(number) for number in range(5)]
    placed = order(rows, dict(enumerate("aabaa")), 2)
    assert [(one.story, one.more) for one in placed] == [(0, False), (1, False), (2, False), (3, True), (4, True)]
    assert [one.more for one in order(rows, dict(enumerate("aaaaa")), None)] == [False] * 5


def test_a_digest_lists_titles_links_and_sources_and_escapes_them():
    rows = [
        row(1, "A <b> & c", 'https://x.example/?a=1&b="2"', ("One & Two", "Three")),
        row(2, "No link", None),
        *order([row(3, "More")], {3: "a"}, 0),
    ]
    assert html(rows) == (
        '<ul><li><a href="https://x.example/?a=1&amp;b=&quot;2&quot;">A &lt;b&gt; &amp; c</a> (One &amp; Two, Three)</li>'
        "<li>No link (One)</li></ul>\n<p>More from these sources:</p>\n"
        '<ul><li><a href="https://x.example/">More</a> (One)</li></ul>'
    )
    assert text(rows) == "A <b> & c (One & Two, Three)\nNo link (One)\nMore (One)"
    assert html([]) == ""


def test_a_digest_is_called_by_the_day_on_which_its_period_ends_in_its_zone():
    assert called("News", DAILY, at(4, 7)) == "News, 2026-03-04"
    assert called("News", read("daily 00:30 Asia/Tokyo"), at(4, 15, 30)) == "News, 2026-03-05"
