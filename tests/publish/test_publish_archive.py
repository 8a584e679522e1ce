"""What an archive takes and what the head shows: nothing is ever in neither."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from publish_values import URN, case, entry

from aggregator.model import FeedEntry, Publication
from aggregator.publish import archive
from aggregator.publish.archive import FRAME_BYTES, Delivered
from aggregator.publish.formats import FORMATS
from aggregator.publish.fragments import Fragments

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
ROOM = 100_000 - FRAME_BYTES


def delivered(turn: int, *sizes: int, **more: object) -> Delivered:
    fields = {"position": turn, "turn": turn} | more
    return Delivered(
        Publication(topic="t", story=turn, entry_id=URN.format(turn), published=WHEN, updated=WHEN, **fields),  # type: ignore[arg-type]
        sizes,
    )


def test_an_archive_closes_once_the_limit_remains_and_holds_half_of_it() -> None:
    waiting = [delivered(turn) for turn in range(1, 16)]
    assert archive.full(waiting[:14], 10, None) == 0
    assert archive.full(waiting, 10, None) == 5
    assert [archive.size(limit) for limit in (1, 2, 3, 10, 50, 1000)] == [1, 1, 1, 5, 25, 50]


def test_what_left_by_age_is_archived_at_once_since_it_would_be_nowhere() -> None:
    waiting = [delivered(1, left=WHEN, left_reason="age"), delivered(2), delivered(3)]
    assert archive.full(waiting, 4, None) == 2
    assert archive.full(waiting[1:], 4, None) == 0


def test_what_was_published_past_the_head_goes_into_an_archive_in_its_turn() -> None:
    waiting = [delivered(turn, left=WHEN, left_reason="quota" if turn % 2 else "backfill") for turn in range(1, 15)]
    assert archive.full(waiting, 10, None) == 0
    assert archive.full([*waiting, delivered(15)], 10, None) == 5
    assert archive.head([*waiting, delivered(15)], 10, None) == (delivered(15).line,)


def test_large_entries_close_an_archive_early_and_leave_half_of_the_room() -> None:
    waiting = [delivered(turn, 10, ROOM // 10) for turn in range(1, 12)]
    assert archive.full(waiting[:10], 50, 100_000) == 0
    assert archive.full(waiting, 50, 100_000) == 6
    assert archive.full(waiting, 50, None) == 0


def test_one_entry_larger_than_all_room_stays_in_the_head() -> None:
    assert archive.full([delivered(1, 2 * ROOM)], 50, 100_000) == 0
    assert archive.full([delivered(1, 5), delivered(2, 2 * ROOM)], 50, 100_000) == 1
    assert [line.turn for line in archive.head([delivered(2, 2 * ROOM)], 50, 100_000)] == [2]


def test_the_head_is_filled_up_with_the_newest_that_are_archived_as_far_as_there_is_room() -> None:
    old = [delivered(turn, ROOM // 4, archive=1) for turn in range(1, 8)]
    new = [delivered(8, ROOM // 4)]
    assert [line.turn for line in archive.head([*old, *new], 5, None)] == [8, 7, 6, 5, 4]
    assert [line.turn for line in archive.head([*old, *new], 5, 100_000)] == [8, 7, 6, 5]
    left = delivered(9, 1, left=WHEN, left_reason="age", archive=1)
    assert [line.turn for line in archive.head([left, *new], 5, None)] == [8]


def test_an_archived_entry_that_changed_stands_in_the_head_at_its_old_place() -> None:
    candidates = [delivered(1, archive=1), delivered(9, position=2), *(delivered(turn) for turn in (3, 4, 5))]
    assert [line.position for line in archive.head(candidates, 3, None)] == [5, 4, 3, 2]


@given(st.lists(st.integers(1, 60_000), max_size=120), st.integers(1, 40), st.one_of(st.none(), st.just(100_000)), st.randoms())
def test_head_and_archives_hold_everything_whatever_comes(sizes, limit, most, chance) -> None:
    waiting: list[Delivered] = []
    archives: list[list[int]] = []
    for turn, taken in enumerate(sizes, 1):
        waiting.append(delivered(turn, taken, taken // 2))
        while chance.random() < 0.9 and (count := archive.full(waiting, limit, most)):
            archives.append([one.line.turn for one in waiting[:count]])
            waiting = waiting[count:]
    while count := archive.full(waiting, limit, most):
        archives.append([one.line.turn for one in waiting[:count]])
        waiting = waiting[count:]
    assert [turn for one in archives for turn in one] + [one.line.turn for one in waiting] == list(range(1, len(sizes) + 1))
    assert all(len(one) <= limit for one in archives)
    if most is None:
        assert {len(one) for one in archives} <= {archive.size(limit)}
        assert min(limit, len(sizes)) <= len(waiting) < limit + archive.size(limit) or not archives
    else:
        assert len(waiting) == 1 or sum(one.sizes[0] for one in waiting) <= ROOM


# ── the bytes of entries ────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_is_rendered_once_as_long_as_it_says_the_same() -> None:
    kept = Fragments()
    first = kept.of("atom", entry(1, content="<p>x</p>"))
    assert kept.of("atom", entry(1, content="<p>x</p>")) is first
    changed = kept.of("atom", entry(1, content="<p>y</p>"))
    assert b"&lt;p&gt;y" in changed.body
    assert kept.of("rss", entry(1, content="<p>y</p>")).body != changed.body


def test_no_more_bytes_are_kept_than_allowed_but_the_newest_always() -> None:
    kept = Fragments(most=2_000)
    of = [kept.of("json", entry(number, content="x" * 900)) for number in range(1, 5)]
    assert kept.of("json", entry(4, content="x" * 900)) is of[3]
    assert kept.of("json", entry(1, content="x" * 900)) is not of[0]
    large = kept.of("json", entry(9, content="x" * 9_000))
    assert kept.of("json", entry(9, content="x" * 9_000)) is large


def test_an_entry_that_cannot_be_rendered_has_no_bytes_but_a_reason() -> None:
    broken: FeedEntry = entry(1, title="a\x07b")
    for format in FORMATS:
        fragment = Fragments().of(format, broken)
        assert fragment.body == b""
        assert "U+0007" in fragment.wrong


def test_a_document_put_together_from_kept_entries_is_the_whole_one() -> None:
    for name in ("full", "podcast", "empty"):
        value, kept = case(name), Fragments()
        for format, renderer in FORMATS.items():
            bodies = [kept.of(format, one).body for one in value.entries]
            assert renderer.fill(renderer.frame(value), bodies) == renderer.render(value).body
