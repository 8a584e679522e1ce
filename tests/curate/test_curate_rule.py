"""What a topic asks of an item beside its query."""

import pytest

from aggregator.curate.explain import explain
from aggregator.curate.matcher import Matcher
from aggregator.curate.rule import rule
from aggregator.curate.subject import subject
from aggregator.curate.version import version
from aggregator.errors import QueryError
from aggregator.model import Item, Plain, Topic


def topic(query="*", *languages):
    return Topic(slug="t", title="T", query=query, languages=languages)


def seen(language):
    item = Item(native_id=None, link=None, title=Plain("cats"), language=language)
    return subject(item, source_id="s", kind="feed", source_title="S")


@pytest.mark.parametrize(
    ("languages", "let_in", "kept_out"),
    [
        (("en",), ["en", "en-gb", "en-us", "EN", "en_gb", None], ["de", "eng", "e", "zh-en"]),
        (("en-gb",), ["en-gb", "en-gb-oed", None], ["en", "en-us"]),
        (("de", "pt-BR"), ["de-at", "pt-br", "pt_BR", None], ["pt", "pt-pt", "en"]),
        ((), ["en", "x", None], []),
    ],
)
def test_an_item_is_let_in_by_its_language_or_because_it_declares_none(languages, let_in, kept_out):
    matcher = Matcher([topic("cats", *languages)])
    assert [language for language in [*let_in, *kept_out] if matcher.match(seen(language))] == let_in


def test_items_that_declare_no_language_can_be_kept_out():
    matcher = Matcher([topic("lang:*", "en")])
    assert matcher.match(seen("en-gb"))
    assert not matcher.match(seen(None))


def test_the_languages_are_a_clause_like_others_so_that_they_are_explained():
    assert str(rule(topic("cats OR dogs", "en", "de"))) == "(cats OR dogs) lang:(en OR de OR -*)"
    said = explain(rule(topic("cats", "en")), seen("de"))
    assert (said.matched, said.clause) == (False, "lang:(en OR -*)")
    assert Matcher([topic("cats", "en")]).match(seen(None))[0].clause == "cats -lang:*"
    assert str(rule(topic("*", "en"))) == "lang:(en OR -*)"
    assert rule(topic("cats")) == rule(topic("CATS"))


def test_languages_change_a_version_and_their_order_does_not():
    assert version(topic("cats", "en", "de")) == version(topic("cats", "de", "en", "EN"))
    assert len({version(topic("cats", *languages)) for languages in [(), ("en",), ("de",), ("en", "de")]}) == 4


def test_a_wrong_query_has_no_rule():
    with pytest.raises(QueryError):
        rule(topic("(", "en"))
