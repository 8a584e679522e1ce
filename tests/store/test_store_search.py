"""The index over the items' words."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Item, Plain
from aggregator.store import forgetting, items, search
from aggregator.store.database import connect

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    opened = connect(tmp_path / "a.db")
    yield opened
    opened.close()


def add(db, marks, source="s", key=None):
    item = Item(native_id=None, link=None, title=Plain("x"))
    count = db.execute("select count(*) from item").fetchone()[0]
    pk = items.insert(
        db,
        source,
        items.Written(
            key=key or str(count),
            native="n",
            item=item,
            substance="",
            rendition="",
            dated=NOW,
            revised=NOW,
            bumps=0,
            source_updated=None,
        ),
        first_seen=NOW,
    )
    search.file(db, pk, marks)
    return pk


@pytest.mark.parametrize(
    ("groups", "found"),
    [
        (["openai"], [0, 2]),
        (["openai", "china"], [0]),
        (["china|tokyo"], [0, 1]),
        (["openai|tokyo", "china|:lang:en"], [0, 2]),
        (["chi*"], [0, 1]),
        (["ch*", "to*"], [1]),
        (["c++"], [1]),
        (["c"], []),
        (["c+*"], [1]),
        (["人"], [2]),
        (["straße"], []),
        ([":site:example.org"], [2]),
        ([":lang:en-gb"], []),
        (["lang"], []),
        (["and"], [0]),
        (["OPENAI"], [0, 2]),
        ([], [0, 1, 2]),
    ],
)
def test_candidates_have_a_word_of_each_group(db, groups, found):
    pks = [
        add(db, "openai china and"),
        add(db, "tokyo chinese c++"),
        add(db, "openai 人 :site:example.org :lang:en"),
    ]
    sought = [frozenset(group.split("|")) for group in groups]
    assert search.candidates(db, sought) == [pks[place] for place in found]


def test_candidates_are_of_the_sources_that_are_named(db):
    one, two, three = add(db, "a b", "one"), add(db, "a", "two"), add(db, "b", "one")
    assert search.candidates(db, [frozenset({"a"})], ["one"]) == [one]
    assert search.candidates(db, [], ["one"]) == [one, three]
    assert search.candidates(db, [], ["one", "two", "none"]) == [one, two, three]
    assert search.candidates(db, [frozenset({"a"})], ["none"]) == search.candidates(db, [], []) == []


def test_an_item_that_changed_is_found_by_its_new_words_only(db):
    pk = add(db, "old both")
    search.file(db, pk, "new both")
    assert search.candidates(db, [frozenset({"old"})]) == []
    assert search.candidates(db, [frozenset({"both"})]) == search.candidates(db, [frozenset({"new"})]) == [pk]


def test_what_is_forgotten_or_deleted_leaves_no_word_behind(db):
    pks = [add(db, "secret word"), add(db, "secret other"), add(db, "secret third")]
    seen = forgetting.look(db, NOW)
    assert seen is not None
    assert forgetting.forget(db, seen, timedelta(days=1), NOW) == 0
    for days in (1, 2):
        forgotten = forgetting.forget(db, forgetting.Look([], []), timedelta(days=1), NOW + timedelta(days=days))
    assert forgotten == 3
    assert search.candidates(db, [frozenset({"secret"})]) == []
    pk = add(db, "secret again")
    db.execute("delete from item where pk = ?", [pk])
    assert search.candidates(db, [frozenset({"secret"})]) == []
    assert db.execute("select count(*) from search_content").fetchone() == (0,)
    assert search.candidates(db, []) == []
    db.execute("insert into search (search) values ('integrity-check')")
    assert pks == [1, 2, 3]


def test_a_thousand_words_in_a_group_and_sixteen_groups_are_not_too_many(db):
    pk = add(db, "needle")
    groups = [frozenset({"needle", *(f"w{group}x{number}*" for number in range(999))}) for group in range(16)]
    assert search.candidates(db, groups) == [pk]


def test_who_made_the_words_is_remembered(db):
    assert search.made_by(db) is None
    search.made(db, "1")
    search.made(db, "2")
    assert search.made_by(db) == "2"


_WORDS = st.text(st.sampled_from("ab人çé+#:._-1\u0301𝔘ก"), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(_WORDS, max_size=6), min_size=1, max_size=5),
    st.lists(st.tuples(_WORDS, st.booleans()), min_size=1, max_size=3),
)
def test_any_words_are_found_as_they_are(tmp_path_factory, filed, sought):
    db = connect(tmp_path_factory.mktemp("search") / "a.db")
    for number, words in enumerate(filed, 1):
        search.file(db, number, " ".join(words))
    found = search.candidates(db, [frozenset({word + "*" * starts}) for word, starts in sought])
    db.close()
    assert found == [
        number
        for number, words in enumerate(filed, 1)
        if all(any(word.startswith(one) if starts else word == one for word in words) for one, starts in sought)
    ]
