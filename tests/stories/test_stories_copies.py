"""When is it the same text once more? By address, id, title, and by how much of it is found in the other."""

import time
from itertools import chain, repeat

import pytest
from stories_cases import CHESS, QUAKE, QUAKE_TOO, grouped, told

from aggregator.stories.copies import _is_common
from aggregator.stories.shingles import _LARGEST, _RECORD, Index, containment, shingles
from aggregator.stories.words import fold, words

TITLE = "Strong quake kills 22 in Aceh"
LONG = " ".join(f"{QUAKE} {CHESS} number{part}" for part in range(6))


def kind(first: dict[str, object], second: dict[str, object]) -> tuple[str, str]:
    """What becomes of the second item (of another source, if it does not say so), and why."""
    defaults = {"title": TITLE, "text": QUAKE}
    other = {"title": "Something else altogether", "text": CHESS, "source": "b", "hours": 1.0}
    decision = grouped(told(1, **(defaults | first)), told(2, **(other | second)))[2]  # type: ignore[arg-type]
    assert decision.kind != "copy" or (decision.nearest, decision.story) == (1, 1)
    return decision.kind, decision.reason


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"link_key": "e.example/a"}, {"link_key": "e.example/a"}, ("copy", "address")),
        ({"link_key": "e.example/"}, {"link_key": "e.example/"}, ("first", "first")),
        ({"link_key": "e.example/?p=1"}, {"link_key": "e.example/?p=1"}, ("copy", "address")),
        ({"native": "https://e.example/?p=1"}, {"native": "https://e.example/?p=1", "text": QUAKE}, ("copy", "guid")),
        ({"native": "tag:e.example,2024:1"}, {"native": "tag:e.example,2024:1", "text": QUAKE}, ("copy", "guid")),
        ({"native": "tag:e.example,2024:1"}, {"native": "tag:e.example,2024:1"}, ("first", "first")),
        ({"native": "1234"}, {"native": "1234"}, ("first", "first")),
        ({"native": "https://e.example/"}, {"native": "https://e.example/"}, ("first", "first")),
        ({"link_key": "e.example/a"}, {"native": "http://e.example/a", "text": QUAKE}, ("copy", "guid")),
        ({"link_key": "e.example/a"}, {"native": "http://e.example/a"}, ("first", "first")),
        ({"text": LONG}, {"text": LONG}, ("copy", "contained")),
        ({"text": LONG}, {"text": " ".join(LONG.split()[40:100])}, ("copy", "contained")),
        ({"text": " ".join(LONG.split()[:60])}, {"text": LONG}, ("copy", "contained")),
        ({"text": LONG}, {"text": LONG.upper().replace(",", " —")}, ("copy", "contained")),
        ({"text": LONG}, {"text": LONG, "hours": 24 * 7 + 1}, ("first", "window")),
        ({}, {"title": f"UPDATE 2-{TITLE} - Reuters", "text": ""}, ("copy", "title")),
        ({}, {"title": TITLE, "text": QUAKE_TOO}, ("story", "terms")),
        ({}, {"title": TITLE, "text": "", "hours": 73}, ("first", "window")),
        ({"title": "Quake in Aceh", "text": ""}, {"title": "Quake in Aceh", "text": ""}, ("story", "terms")),
    ],
)
def test_what_makes_a_copy(first: dict[str, object], second: dict[str, object], expected: tuple[str, str]) -> None:
    assert kind(first, second) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {"title": TITLE, "text": QUAKE}, "first"),
        ({"link_key": "e.example/a"}, {"link_key": "e.example/a", "title": TITLE, "text": QUAKE}, "copy"),
        ({"link_key": "e.example/a"}, {"link_key": "e.example/a"}, "first"),
        ({"native": "urn:a:1"}, {"native": "urn:a:1", "title": TITLE, "text": QUAKE}, "copy"),
    ],
)
def test_two_items_of_one_source_are_a_copy_only_when_address_or_id_says_so(
    first: dict[str, object], second: dict[str, object], expected: str
) -> None:
    assert kind(first, second | {"source": "a"})[0] == expected


def test_an_address_of_many_items_of_one_source_identifies_nothing_there() -> None:
    posts = [told(pk, TITLE, QUAKE, link_key="e.example/a", hours=pk) for pk in range(1, 6)]
    decisions = grouped(*posts)
    assert [decisions[pk].kind for pk in range(1, 6)] == ["first", "copy", "first", "first", "first"]
    other = told(6, "Something else altogether", CHESS, source="b", link_key="e.example/a", hours=6)
    assert grouped(*posts, other)[6].kind == "first"


def test_a_copy_of_a_copy_is_a_copy_of_the_original() -> None:
    decisions = grouped(
        told(1, TITLE, QUAKE),
        told(2, "Many dead in Sumatra", QUAKE, source="b", hours=1, link_key="b.example/x"),
        told(3, "Something else altogether", CHESS, source="c", hours=2, link_key="b.example/x"),
    )
    assert (decisions[3].kind, decisions[3].nearest, decisions[3].story) == ("copy", 1, 1)


def test_an_edit_with_words_replaced_here_and_there_is_a_copy() -> None:
    whole = f"{QUAKE} {CHESS} {QUAKE_TOO}"
    edited = " ".join("filler" if number % 9 == 4 else word for number, word in enumerate(whole.split()))
    assert containment(_sample(whole), _sample(edited))[0] < 0.8
    assert kind({"text": whole}, {"title": "Quake hits Aceh", "text": edited}) == ("copy", "contained")


def test_containment_is_the_share_of_the_shorter_text() -> None:
    assert containment([1, 2, 3, 4], [2, 3]) == (1.0, 2)
    assert containment([2, 9], [1, 2, 3, 4]) == (0.5, 1)
    assert containment([], [1]) == (0.0, 0)


def test_a_four_gram_that_a_crowd_holds_leads_nowhere() -> None:
    index = Index()
    for number in range(64):
        index.add(number, [8, 16])
    assert index.near([8, 16, 24]) == dict.fromkeys(range(64), 2)
    index.add(64, [8])
    assert index.near([8]) == {}
    assert index.near([4]) == {}
    assert set(index.near([16])) == set(range(64))
    index.discard({number: [8, 16] for number in range(64)})
    assert index.near([8]) == {64: 1}
    assert index.near([16]) == {}


def test_the_bytes_of_one_record_are_not_taken_for_another() -> None:
    """Bucket 0 holds hashes whose bytes, shifted, look like the one that is sought."""
    index = Index()
    index.add(0x00080000, [0x00080000])
    index.add(7, [0x08000000, 0x80000])
    assert index.near([0x08000000]) == {7: 1}
    assert index.near([0x00080000]) == {0x00080000: 1, 7: 1}
    assert index.near([0x80000000]) == {}


def test_a_text_of_three_words_has_no_four_grams() -> None:
    assert list(shingles(["one", "two", "three"])) == []
    assert list(shingles([])) == []
    assert all(value % 4 == 0 for value in _sample(LONG))


def _sample(text: str) -> list[int]:
    return list(shingles(words(fold(text))))


def test_a_phrase_that_one_source_repeats_without_end_costs_no_more_than_a_common_one() -> None:
    index = Index()
    for number in range(200_000):
        index.add(number, [8])
    started = time.process_time()
    assert not any(index.near([8]) for _ in range(300))
    assert time.process_time() - started < 3, "a minute where all of them were counted"


def test_an_address_that_one_source_repeats_without_end_is_common_at_once() -> None:
    assert _is_common(chain(["b"], repeat("a")))
    assert not _is_common(["a", "b", "a", "b", "c"])


def test_hashes_that_somebody_chose_to_meet_lead_nowhere_and_nobody_else_is_lost() -> None:
    met = [(high << 19) | (5 << 3) for high in range(1 << 13)]
    index = Index()
    index.add(1, shingles(LONG.split()))
    for number in (2, 3):
        index.add(number, met)
    assert len(met) * 2 * _RECORD > _LARGEST
    assert set(index.near([*shingles(LONG.split()), *met])) == {1}
    index.discard({3: met})
    assert index.near(met[:9]) == {2: 9}
