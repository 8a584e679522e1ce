"""What the rest of the program relies on: a run's decisions and what they say."""

import subprocess
import sys

from stories_cases import CHESS, QUAKE, QUAKE_LATER, QUAKE_TOO, grouped, told

from aggregator.stories.index import Stories
from aggregator.stories.telling import Settings


def test_two_outlets_that_report_one_event_make_a_story() -> None:
    decisions = grouped(
        told(1, "Strong quake kills 22 in Aceh", QUAKE),
        told(2, "Aceh earthquake: rescuers search houses", QUAKE_TOO, source="b", hours=5),
        told(3, "Chess: ninth game drawn", CHESS, source="c", hours=6),
    )
    assert (decisions[1].kind, decisions[1].story, decisions[1].reason) == ("first", None, "first")
    assert (decisions[2].kind, decisions[2].story, decisions[2].nearest, decisions[2].reason) == ("story", 1, 1, "terms")
    assert decisions[2].gap == 5 * 3600
    assert "aceh" in dict(decisions[2].terms)
    assert sum(part for _, part in decisions[2].terms) <= (decisions[2].score or 0)
    assert [part for _, part in decisions[2].terms] == sorted((part for _, part in decisions[2].terms), reverse=True)
    assert decisions[3].story is None


def test_decisions_come_by_effective_date_whatever_the_order_of_the_batch() -> None:
    late, early = (
        told(1, "Strong quake kills 22 in Aceh", QUAKE, hours=5),
        told(2, "Aceh: rescuers search", QUAKE_TOO, source="b"),
    )
    assert [(decision.pk, decision.story) for decision in Stories(Settings()).group([late, early])] == [(2, None), (1, 2)]


def test_a_late_report_of_an_earlier_date_joins_too() -> None:
    stories = Stories(Settings())
    stories.group([told(1, "Strong quake kills 22 in Aceh", QUAKE, hours=40)])
    [decision] = stories.group([told(2, "Aceh: rescuers search", QUAKE_TOO, source="b")])
    assert (decision.story, decision.gap) == (1, 40 * 3600)


def test_one_source_alone_never_makes_a_story() -> None:
    stories = Stories(Settings())
    [_, second] = stories.group(
        [told(1, "Strong quake kills 22 in Aceh", QUAKE), told(2, "Aceh: rescuers search", QUAKE_TOO, hours=1)]
    )
    assert (second.story, second.reason, second.nearest) == (None, "own-source", 1)


def test_what_one_source_told_apart_comes_together_when_another_reports_it() -> None:
    stories = Stories(Settings())
    stories.group([told(1, "Strong quake kills 22 in Aceh", QUAKE), told(2, "Aceh: rescuers search", QUAKE_TOO, hours=1)])
    [third] = stories.group([told(3, "Death toll of Aceh quake rises", QUAKE_LATER, source="b", hours=3)])
    assert third.kind == "story"
    assert stories.merges() == [(2, 1)]
    assert {item.story for item in stories._memory.items.values()} == {1}
    assert third.story == 1


def test_a_merge_within_one_run_shows_in_its_decisions_only() -> None:
    stories = Stories(Settings())
    decisions = {
        decision.pk: decision
        for decision in stories.group(
            [
                told(1, "Strong quake kills 22 in Aceh", QUAKE),
                told(2, "Aceh: rescuers search", QUAKE_TOO, hours=1),
                told(3, "Death toll of Aceh quake rises", QUAKE_LATER, source="b", hours=3),
            ]
        )
    }
    assert stories.merges() == []
    assert [decisions[pk].story for pk in (1, 2, 3)] == [None, 1, 1]
    assert (decisions[2].kind, decisions[2].reason) == ("story", "merged")
    assert decisions[2].terms
    assert (decisions[2].score or 0) > 0.22


def test_two_items_that_are_compared_by_hand_leave_no_trace() -> None:
    stories = Stories(Settings())
    first, second = (
        told(1, "Strong quake kills 22 in Aceh", QUAKE),
        told(2, "Aceh: rescuers search", QUAKE_TOO, source="b", hours=100),
    )
    decision = stories.compare(first, second)
    assert (decision.reason, decision.gap) == ("window", 100 * 3600)
    assert len(stories) == 0


def test_nobody_pays_for_the_word_lists_who_does_not_group() -> None:
    code = "import sys, aggregator.stories.telling; sys.exit('wordfreq' in sys.modules or 'snowballstemmer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_big_run_is_read_in_slices_and_decided_all_the_same() -> None:
    batch = [told(pk, f"Item {pk}", f"Word{pk} and thing{pk} of {pk}", source=f"s{pk}", hours=pk / 100) for pk in range(1, 1202)]
    assert [decision.pk for decision in Stories(Settings()).group(batch)] == list(range(1, 1202))
