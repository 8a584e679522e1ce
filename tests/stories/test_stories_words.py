"""Words, stems, languages and titles, as grouping sees them; and what is stored of them."""

from importlib import import_module
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories_cases import grouped, told

from aggregator.stories.language import language
from aggregator.stories.lexicon import BACKGROUND, Lexicon
from aggregator.stories.prior import frequencies
from aggregator.stories.stems import ALGORITHMS, stemmer
from aggregator.stories.tables import Table
from aggregator.stories.titles import clean, series
from aggregator.stories.trace import Trace, pack
from aggregator.stories.words import fold, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Türkei-Wahl 2024: 7,2 %", "türkei wahl 2024 7,2"),
        ("The magnitude-6.1 quake", "the magnitude 6.1 quake"),
        ("Up 1,200 points, again. Then 3", "up 1,200 points again then 3"),
        ("東京で地震", "東京 京で で地 地震"),
        ("iPhone発売", "iphone 発売"),
        ("猫", "猫"),
        ("ｗｉｄｅ so\u00adft", "wide soft"),
        ("snake_case", "snake case"),
        ("", ""),
    ],
)
def test_a_text_is_cut_into_words(text: str, expected: str) -> None:
    assert " ".join(words(fold(text))) == expected


@given(st.text())
def test_words_are_cut_once(text: str) -> None:
    found = words(fold(text))
    assert all(found)
    if not any(character >= "\u0e00" for character in text):
        assert words(" ".join(found)) == found


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("en-GB", "Short", "en"),
        (None, "Short", "en"),
        (None, "Größe", "en"),
        (None, "Zwei Tote bei Unfall in der Schweiz", "de"),
        ("en", "Zwei Tote bei Unfall in der Schweiz", "en"),
        (None, "Beyoncé’s “Lemonade” is in stores", "en"),
        ("", "Das ist ein Satz, der auf Deutsch von einer Katze und dem Hund erzählt, die nicht mit der Maus spielen", "de"),
        ("en-US", "Das ist ein Satz, der auf Deutsch von einer Katze und dem Hund erzählt, die nicht mit der Maus spielen", "de"),
        ("en", "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi", "en"),
        (None, "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi", "en"),
        (None, "alpha beta gamma delta épsilon zeta eta theta iota kappa lambda mu nu xi omicron pi", "en"),
        ("da", "Det er en god dag, og vi er på vej til byen med en ven, som ikke har set den før", "da"),
        (None, "東京で地震がありました", "ja"),
        ("en", "北京发生地震", "zh"),
        ("ja", "北京発表", "ja"),
        (None, "서울에서 지진", "ko"),
        ("uk", "Землетрус у Києві", "uk"),
        (None, "Землетрясение в Москве", "ru"),
        ("fa", "زلزله در تهران", "fa"),
    ],
)
def test_the_language_is_the_declared_one_unless_the_text_says_otherwise(declared: str | None, text: str, expected: str) -> None:
    assert language(declared, text, words(fold(text))) == expected


def test_items_of_two_languages_share_no_words() -> None:
    text = "Berlin Paris London Madrid Warschau Wien Prag Budapest Rom Oslo Stockholm Helsinki Kopenhagen Brüssel"
    decisions = grouped(told(1, "Hauptstadt", text, language="de"), told(2, "Capitals", text[:80], source="b", language="fr"))
    assert decisions[2].kind == "first"


def test_words_of_scripts_without_spaces_make_stories() -> None:
    first = told(
        1,
        "東京で震度6の地震、けが人30人",
        "気象庁によりますと、東京都心で震度6弱の地震があり、けが人が30人出ました。",
        language="ja",
    )
    other = told(
        2,
        "東京の地震でけが人30人に",
        "東京都心を襲った震度6弱の地震で、消防は30人がけがをしたと発表した。気象庁が会見。",
        source="b",
    )
    unlike = told(
        3, "将棋の名人戦、第九局は引き分け", "将棋の名人戦は大阪で第九局が指され、千日手で引き分けとなった。", source="c"
    )
    decisions = grouped(first, other, unlike)
    assert (decisions[2].story, decisions[3].story) == (1, None)


@pytest.mark.parametrize(
    ("title", "cleaned", "told_series"),
    [
        ("UPDATE 2-Quake hits Java - Reuters", "quake hits java reuters", "quake hits java reuters"),
        ("UPDATE 2-Quake hits western Java - Reuters", "quake hits western java", "quake hits western java"),
        ("Breaking news: Quake | BBC", "quake bbc", "quake bbc"),
        ("Morning briefing, Monday 3rd March 2024", "morning briefing monday 3rd march 2024", "morning briefing"),
        ("Live Aid", "live aid", "live aid"),
        ("  ", "", ""),
    ],
)
def test_titles_lose_what_outlets_add(title: str, cleaned: str, told_series: str) -> None:
    assert (clean(title), series(clean(title))) == (cleaned, told_series)


def test_stems_and_frequencies_are_those_of_the_language() -> None:
    assert stemmer("en")("reports") == "report"
    assert stemmer("de")("häusern") == "haus"
    assert stemmer("zz")("reports") == "reports"
    assert frequencies("en")["the"] > 0.01
    assert frequencies("zz") == {}
    assert frequencies("hr") == frequencies("sh")
    assert max(map(len, frequencies("zh"))) <= max(2, *(len(word) for word in frequencies("zh") if word.isascii()))


@pytest.mark.parametrize("name", ["arabic", "english", "french", "german", "greek", "russian", "spanish", "turkish"])
def test_stems_are_the_same_whether_c_or_python_makes_them(name: str) -> None:
    language = next(code for code, algorithm in ALGORITHMS.items() if algorithm == name)
    python = getattr(import_module(f"snowballstemmer.{name}_stemmer"), f"{name.capitalize()}Stemmer")().stemWord
    common = [word for word in islice(frequencies(language), 1000) if word in words(fold(word))]
    assert len(common) > 500
    assert [*map(stemmer(language), common)] == [*map(python, common)]


def test_a_vocabulary_that_was_forgotten_says_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    lexicon = Lexicon(frozenset({"AI models"}))
    english = lexicon.of("en")
    first = {word: english.at(100)[word] for word in ("models", "ai", "quake", "the", "people", "modelling")}
    assert english.at(100) == english.at(102) == first
    assert english.at(10) == {}
    chances = {word: entry and entry[1] for word, entry in first.items()}
    assert [chances[word] for word in ("models", "ai", "the")] == [BACKGROUND, BACKGROUND, None]
    long, short = english.at(100)["quake"], english.at(10)["quake"]
    assert long is not None
    assert short is not None
    assert long[0] == short[0]
    assert long[1] > short[1] > 0
    assert first["modelling"] == first["models"]
    monkeypatch.setattr("aggregator.stories.lexicon._WORDS", 2)
    assert lexicon.of("de") is not english
    assert (english.learned, english.at(100)) == (0, {})
    assert {word: english.at(100)[word] for word in first} == first
    english.forget()
    english.forget()
    assert {word: english.at(100)[word] for word in first} == first


def test_a_trace_says_what_was_packed() -> None:
    trace = Trace(
        pack(language="en", headline=True, title=5, series=2**64 - 1, terms=[7, 2], weights=[9, 8], shingles=[4, 12, 16])
    )
    assert (trace.headline, trace.title, trace.series) == (True, 5, 2**64 - 1)
    assert (trace.terms(), [*trace.pairs()], trace.shingles()) == ((7, 2), [(7, 9), (2, 8)], (4, 12, 16))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=60))
def test_a_table_holds_what_was_added_and_not_taken_out(steps: list[tuple[int, int]]) -> None:
    table, model = Table(), dict[int, set[int]]()
    for key, number in steps:
        if number in model.setdefault(key, set()):
            model[key].discard(number)
            table.discard([key], number)
        else:
            model[key].add(number)
            table.add([key], number)
    assert {key: list(table.get(key)) for key in range(4)} == {key: sorted(model.get(key, ())) for key in range(4)}
    assert table.count(range(4)) == [len(model.get(key, ())) for key in range(4)]
    newest = [sorted(model.get(key, ()))[-2:] for key in range(4)]
    assert table.newest(range(4), 2, 100) == [number for numbers in newest for number in numbers]
    assert table.newest(range(4), 2, 0) == next((numbers for numbers in newest if numbers), [])
