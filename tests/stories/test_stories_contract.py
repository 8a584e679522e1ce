"""What the rest of the program relies on: one run's decisions, restarts, splits and joins by hand."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.stories.index import Stories
from aggregator.stories.telling import Decision, Kept, Settings, Told

START = datetime(2024, 3, 4, 8, tzinfo=UTC)
QUAKE = (
    "A strong earthquake of magnitude 6.1 struck Aceh province on the northern tip of Sumatra, killing at least 22 people and "
    "injuring more than 200, the Indonesian disaster agency said on Tuesday as rescuers dug through collapsed houses."
)
QUAKE_TOO = (
    "Rescuers in Aceh searched collapsed houses after the magnitude 6.1 earthquake that hit Sumatra. Indonesian officials of the "
    "disaster agency counted 22 killed and over 200 injured people across two districts."
)
CHESS = "The world chess championship in Singapore ended with a draw in the ninth game after a quiet Berlin defence and 54 moves."


def told(pk: int, title: str, text: str = "", *, source: str = "a", hours: float = 0, **more: object) -> Told:
    return Told(
        pk=pk, source_id=source, domain=f"{source}.example", title=title, text=text, dated=START + timedelta(hours=hours), **more
    )  # type: ignore[arg-type]


def kept(told: Told, decision: Decision) -> Kept:
    return Kept(
        pk=told.pk,
        source_id=told.source_id,
        domain=told.domain,
        link_key=told.link_key,
        native=told.native,
        dated=told.dated,
        story=decision.story or told.pk,
        copy_of=decision.nearest if decision.kind == "copy" else None,
        trace=decision.trace,
    )


def grouped(*batch: Told) -> dict[int, Decision]:
    return {decision.pk: decision for decision in Stories(Settings()).group(batch)}


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
    assert decisions[3].story is None


def test_the_same_text_elsewhere_is_a_copy() -> None:
    decisions = grouped(
        told(1, "Strong quake kills 22 in Aceh", QUAKE), told(2, "Many dead in Sumatra", QUAKE, source="b", hours=1)
    )
    assert (decisions[2].kind, decisions[2].story, decisions[2].nearest, decisions[2].reason) == ("copy", 1, 1, "contained")
    assert decisions[2].score == 1.0


def test_a_restart_changes_nothing() -> None:
    first: Sequence[Told] = [
        told(1, "Strong quake kills 22 in Aceh", QUAKE),
        told(3, "Chess: ninth game drawn", CHESS, source="c"),
    ]
    second = [told(2, "Aceh earthquake: rescuers search houses", QUAKE_TOO, source="b", hours=5)]
    running = Stories(Settings())
    decisions = {decision.pk: decision for decision in running.group(first)}
    restarted = Stories(Settings())
    restarted.load(kept(item, decisions[item.pk]) for item in first)
    assert running.group(second) == restarted.group(second)


def test_a_split_pair_is_never_joined_again() -> None:
    stories = Stories(Settings())
    stories.group([told(1, "Strong quake kills 22 in Aceh", QUAKE), told(2, "Aceh quake", QUAKE_TOO, source="b")])
    change = stories.split(2)
    assert (change.moved, change.apart) == ({2: 2}, {(1, 2)})
    again = stories.group([told(2, "Aceh earthquake: 22 killed", QUAKE_TOO, source="b")])
    assert [(decision.pk, decision.story) for decision in again] == [(2, None)]
    back = stories.join(2, 1)
    assert (back.moved, back.together) == ({2: 1}, {(1, 2)})


def test_nobody_pays_for_the_word_lists_who_does_not_group(tmp_path: Path) -> None:

    code = "import sys, aggregator.stories.telling; sys.exit('wordfreq' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0
