"""What a query sees of an item, however hostile."""

import time

import pytest

from aggregator.curate.explain import explain
from aggregator.curate.query import parse
from aggregator.curate.regexes import MAX_PATTERN, RegexError, compile_regex
from aggregator.curate.subject import COUNT_LIMIT, TEXT_LIMIT, subject
from aggregator.model import Category, Item, Person, Plain, Url


def seen(**facts):
    facts = {"native_id": None, "link": None, "title": Plain("x")} | facts
    return subject(Item(**facts), source_id="s", kind="feed", source_title="S")


def finds(query, one):
    return explain(parse(query), one).matched


def test_only_the_start_of_a_giant_text_is_looked_at():
    one = seen(text="word " * TEXT_LIMIT + "end")
    assert finds("word", one)
    assert not finds("end", one)


def test_only_the_first_categories_and_authors_are_looked_at():
    one = seen(
        categories=tuple(Category(term=f"c{number}") for number in range(5000)),
        authors=tuple(Person(name=f"a{number}") for number in range(5000)),
    )
    assert finds("category:c0 author:a0", one)
    assert not finds(f"category:c{COUNT_LIMIT}", one)
    assert not finds(f"author:a{COUNT_LIMIT}", one)


@pytest.mark.parametrize("link", [None, "https://[::1/x", "https:///x", "nonsense", "https://" + "a." * 5000 + "org/"])
def test_an_address_without_a_readable_host_has_no_site(link):
    one = seen(link=link and Url(link))
    assert not finds("site:org", one)
    assert len(one.keys("site")) <= 127


def test_an_international_host_is_found_in_both_spellings():
    for link in ("https://xn--mnchen-3ya.de/x", "https://MÜNCHEN.de./x"):
        one = seen(link=Url(link))
        assert finds("site:münchen.de", one)
        assert finds("site:xn--mnchen-3ya.de", one)


def test_an_item_without_a_language_has_none():
    assert not finds("lang:*", seen())
    assert finds("lang:zh", seen(language="zh_Hans"))


def test_an_author_without_a_name_is_found_by_address_or_page():
    one = seen(authors=(Person(email="ada@example.org"), Person(uri="https://example.org/grace"), Person()))
    assert finds("author:ada author:grace", one)


def test_lone_surrogates_and_controls_do_no_harm():
    one = seen(text="a\ud800b \x00 c \udfff", title=Plain("\ud800"))
    assert finds("c", one)
    assert finds("/c/", one)
    assert not finds("/d/", one)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a*)*b", "(a|aa)+$", r"(.*)(.*)(.*)(.*)(.*)[^a]$", r"(\w{1,5} ?){1,9}$", "([^b]{0,9}){3}b", "(a|!)*a(a|!){300}b"],
)
def test_a_pattern_that_explodes_elsewhere_takes_linear_time(pattern):
    one = seen(text="a" * (TEXT_LIMIT - 1) + "!")
    query = parse(f"text:/{pattern}/")
    started = time.process_time()
    explain(query, one)
    assert time.process_time() - started < 3


def test_a_query_of_a_thousand_terms_on_a_giant_text_is_bounded():
    one = seen(text="word and other " * 6_000)
    query = parse(
        " OR ".join(f'"and x{number}"' for number in range(450)) + " " + " ".join(f"-y{number}*" for number in range(450))
    )
    started = time.process_time()
    assert not explain(query, one).matched
    assert time.process_time() - started < 3


def test_a_long_pattern_is_refused():
    compile_regex("a" * MAX_PATTERN)
    with pytest.raises(RegexError, match="501 characters; at most 500"):
        compile_regex("a" * (MAX_PATTERN + 1))


@pytest.mark.parametrize("pattern", [r"(\w{100}){9}", r"\pL{200}", r"(\pL{9}){9}"])
def test_a_pattern_too_large_once_written_out_is_refused(pattern):
    with pytest.raises(RegexError, match="too large"):
        compile_regex(pattern)


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(RegexError, match="surrogate"):
        compile_regex("\ud800")
