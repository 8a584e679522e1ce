"""Excerpts end where a sentence does, in any language, and never take more room than they may."""

from unicodedata import east_asian_width

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.curate.excerpt import excerpt

LONG = " And then there is much more to be said about all of this, which nobody will read here" * 3


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("A cat sat here.", LONG),
        ("Did it? It did!", LONG),
        ("He said “no.”", LONG),
        ("Dr. Smith of the U.S. Navy paid 3.14 dollars.", LONG),
        ("Version 2.0 is out (at last).", LONG),
        ("Am 3. Oktober kam z. B. der Hr. Müller, Nr. 7 an.", " Danach kam niemand mehr, und es geschah auch nichts, was" * 4),
        ("Una cosa. ¿Y otra?", LONG),
        ("Что-то случилось.", " Потом долго ничего не происходило, и никто ничего не говорил об этом" * 4),
        ("حدث شيء؟", " " + "ثم لم يحدث أي شيء آخر بعد ذلك ولم يقل أحد شيئا " * 5),
        ("कुछ हुआ।", " " + "फिर कुछ और नहीं हुआ और किसी ने कुछ नहीं कहा " * 6),
        ("今日は雨です。", "明日は晴れるでしょうが、まだ誰にもわからないので、傘を持って行くことにします" * 4),
        ("他说：“好！”", "然后就什么也没有发生，大家都回家去了，第二天也没有人再提起这件事情" * 5),
        ("A heading", "\n" + "A paragraph without an end that goes on and on, as if there were nothing else to do " * 4),
        ("First.\nSecond paragraph.", LONG),
    ],
)
def test_what_is_left_are_whole_sentences(first: str, rest: str) -> None:
    assert excerpt(first + rest, 100) == first


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Short.", 100, "Short."),
        ("  Two \t spaces \n\n\n and lines ", 100, "Two spaces\nand lines"),
        ("", 100, ""),
        ("One sentence that does not fit", 20, "One sentence that…"),
        ("Donaudampfschifffahrtsgesellschaft", 10, "Donaudamp…"),
        ("今日は雨が降っています", 10, "今日は雨…"),
        ("e.g. a thing that is far too long to be shown here", 20, "e.g. a thing that…"),
        ("It costs 3.", 10, "It costs…"),
        ("Fits to the dot. More", 16, "Fits to the dot."),
        ("Wait... what? No way", 15, "Wait... what?"),
        (".", 1, "."),
    ],
)
def test_texts_that_fit_stay_and_long_sentences_are_cut_at_a_word(text: str, width: int, shown: str) -> None:
    assert excerpt(text, width) == shown


@given(st.text(alphabet=st.characters() | st.sampled_from(" .。\n“”!?"), max_size=300), st.integers(4, 60))
@example("\n.\n", 4)
@example("。" * 30, 4)
def test_an_excerpt_never_takes_more_room_and_says_nothing_new(text: str, width: int) -> None:
    shown = excerpt(text, width)
    assert sum(2 if east_asian_width(char) in "WF" else 1 for char in shown) <= width
    said = "".join(text.split())
    words = "".join(shown.split())
    assert said.startswith((words, words.removesuffix("…")))
    assert bool(shown) == bool(said)
