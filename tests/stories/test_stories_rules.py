"""What keeps an item from a story that it is like, one rule at a time, and what a person decides against the rules."""

import pytest
from stories_cases import CHESS, QUAKE, QUAKE_LATER, QUAKE_TOO, Store, grouped, told

from aggregator.stories.index import Stories
from aggregator.stories.telling import Settings, Strictness, Told

FIRST = told(1, "Strong quake kills 22 in Aceh", QUAKE)


def second(**more: object) -> object:
    return told(2, "Aceh earthquake: rescuers search houses", QUAKE_TOO, source="b", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(("hours", "reason"), [(71, "terms"), (73, "window"), (-71, "terms"), (-73, "window")])
def test_the_window_looks_both_ways(hours: float, reason: str) -> None:
    stories = Stories(Settings())
    stories.group([FIRST])
    assert stories.group([second(hours=hours)])[0].reason == reason


def test_a_story_grows_no_older_than_its_age() -> None:
    settings = Settings(window=72 * 3600, max_age=100 * 3600)
    decisions = grouped(
        FIRST,
        told(2, "Aceh earthquake: rescuers search houses", QUAKE_TOO, source="b", hours=60),
        told(3, "Death toll of Aceh quake rises", QUAKE_LATER, source="c", hours=110),
        settings=settings,
    )
    assert (decisions[2].story, decisions[3].story, decisions[3].reason) == (1, None, "too-old")


@pytest.mark.parametrize(("strictness", "joined"), [("loose", True), ("normal", False), ("strict", False)])
def test_strictness_is_the_one_number(strictness: Strictness, joined: bool) -> None:
    first = told(1, "Copper news", "copper tariff quota smelter " + " ".join(f"aa{n}bb" for n in range(14)))
    other = told(2, "Metal report", "copper tariff quota smelter " + " ".join(f"cc{n}dd" for n in range(14)), source="b")
    decision = grouped(first, other, settings=Settings(strictness=strictness))[2]
    assert 0.18 <= (decision.score or 0) < 0.22
    assert decision.reason == ("terms" if joined else "score")


def test_words_that_topics_name_make_no_story() -> None:
    first = told(1, "Penguin and kangaroo rules", "The penguin and the kangaroo met. " + CHESS)
    other = told(2, "Penguin, kangaroo: the laws", "Penguin, penguin, kangaroo and penguin: " + QUAKE, source="b")
    plain = grouped(first, other)[2]
    background = grouped(first, other, settings=Settings(background=frozenset({"Penguins", "kangaroo"})))[2]
    assert plain.reason == "terms"
    assert background.story is None
    assert (background.score or 0) < (plain.score or 0) / 2


def test_a_title_that_recurs_on_three_days_is_a_series() -> None:
    stories = Stories(Settings())
    for day in range(3):
        stories.group([told(day + 1, f"Morning briefing, {day + 4} March", f"{CHESS} Number{day}.", hours=24 * day)])
    [decision] = stories.group([told(9, "Chess: ninth game drawn", CHESS + " Late.", source="b", hours=40)])
    assert decision.kind == "copy"  # of an instalment, word for word, is a copy all the same
    stories.group([told(11, "Strong quake kills 22 in Aceh", QUAKE, source="c", hours=71)])
    [decision] = stories.group([told(12, "Morning briefing, 8 March", QUAKE_LATER, hours=80)])
    assert (decision.story, decision.reason) == (None, "recurring-title")


def test_headlines_that_share_one_word_only_prove_nothing() -> None:
    decisions = grouped(told(1, "Zugspitze reopens"), told(2, "Zugspitze fatal", source="b"))
    assert (decisions[2].story, decisions[2].reason) in {(None, "evidence"), (None, "first")}


def fined(name: str) -> list[Told]:
    """Of a company's court case two, of its new factory one."""
    tellings = [
        (f"{name} fined by court", f"{name} must pay, a court in Lisbon says; its shares and workers were calm."),
        (f"{name} hires workers", f"A new factory of {name} wants workers, its owner told shares analysts in Oslo."),
        (f"Court in Lisbon fines {name}", f"{name} has to pay, said the court; workers were calm and shares of the firm too."),
    ]
    return [told(n, *telling, source=f"s{n}", hours=n) for n, telling in enumerate(tellings)]


def test_no_two_texts_are_a_story_by_one_name_that_nobody_has_counted() -> None:
    case, factory, _ = fined("Zorblatt")
    decision = grouped(case, factory)[1]
    assert (decision.story, decision.reason, decision.terms[0][0]) == (None, "evidence", "zorblatt")
    assert decision.score is not None
    assert decision.score >= 0.22 > decision.score - decision.terms[0][1]
    case, factory, _ = fined("Volkswagen")
    assert grouped(case, factory)[1].reason == "terms"


def test_what_shares_more_than_such_a_name_is_a_story() -> None:
    case, _, again = fined("Zorblatt")
    assert grouped(case, again)[2].reason == "terms"


def test_what_everybody_writes_about_is_no_evidence() -> None:
    """Two words are in each of many posts, and each says something else."""

    def chatter(count: int) -> int:
        names = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
        posts = [
            told(n, f"Podcast feeds {n}", " ".join(f"{name}{n}" for name in names), source=f"s{n}", hours=n / 10)
            for n in range(1, count + 1)
        ]
        return sum(decision.reason == "terms" for decision in grouped(*posts).values())

    assert chatter(2) == 1
    assert chatter(300) < 30


def test_a_split_pair_is_never_joined_again() -> None:
    stories, store = Stories(Settings()), Store()
    store.run(stories, [FIRST, second()])
    change = stories.split(2)
    assert (change.moved, change.apart, change.copies) == ({2: 2}, {(1, 2)}, {})
    store.apart |= change.apart
    store.rows.pop(2)
    restarted = store.restarted(Settings())
    [again] = restarted.group([second()])
    assert (again.story, again.reason) == (None, "split")
    back = restarted.join(2, 1)
    assert (back.moved, back.together) == ({2: 1}, {(1, 2)})
    assert restarted.split(1).apart == {(1, 2)}


def test_a_split_pair_is_not_merged_by_a_third() -> None:
    stories = Stories(Settings())
    stories.group([FIRST, second()])
    stories.split(2)
    stories.group([told(3, "Death toll of Aceh quake rises", QUAKE_LATER, source="c", hours=3)])
    assert stories.merges() == []
    assert stories._memory.items[1].story != stories._memory.items[2].story


def test_when_the_first_item_is_split_off_the_others_go_on_under_the_next() -> None:
    stories = Stories(Settings())
    stories.group([FIRST, second(hours=1), told(3, "Death toll of Aceh quake rises", QUAKE_LATER, source="c", hours=3)])
    assert stories.split(1).moved == {1: 1, 2: 2, 3: 2}
    assert stories.split(1).moved == {}
    assert stories.split(99).moved == {}


def test_copies_go_where_their_original_goes() -> None:
    stories = Stories(Settings())
    stories.group([FIRST, second(hours=1), told(3, "Searching", QUAKE_TOO, source="c", hours=2)])
    assert stories.split(2).moved == {2: 2, 3: 2}
    assert stories.join(2, 1).moved == {2: 1, 3: 1}
    change = stories.split(3)
    assert (change.moved, change.copies) == ({3: 3}, {3: None})


def test_an_item_is_put_into_any_story_by_hand() -> None:
    stories = Stories(Settings())
    stories.group([FIRST, told(2, "Chess: ninth game drawn", CHESS, source="b"), second_of_chess()])
    assert stories.join(2, 1).moved == {2: 1, 3: 3}
    assert stories.join(2, 1).moved == {}
    assert stories.join(2, 77).moved == {}
    assert stories.join(77, 1).moved == {}


def second_of_chess() -> object:
    text = "Berlin defence and a quiet draw in Singapore: ninth game of the world chess championship ended after 54 moves, players tired."
    return told(3, "Draw in ninth game of chess championship", text, source="c", hours=1)
