"""The search finds what was published, in the words that were published, and nothing else."""

from types import SimpleNamespace

import pytest
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer
from sqlite_utils import Database

from aggregator.config.loading import load
from aggregator.pipeline.answers import finding
from aggregator.pipeline.answers.finding import Hits
from aggregator.pipeline.policies import policies
from aggregator.pipeline.publishing.entries import compose_head

TOPICS = '[[topic]]\nslug = "sea"\ntitle = "Sea"\nquery = "ferry OR tide"\n[[topic]]\nslug = "all"\nquery = "-title:never"\n'


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def source(url: str, more: str = "") -> str:
    return f'[[source]]\nid = "blog"\nurl = "{url}"\n{more}'


def find(project, text: str) -> Hits:
    config = load(project.config, {})
    rules = policies(config.sources(), config.topics())

    def compose(db: Database, slug: str, lines):
        return compose_head(db, slug, lines, rules)

    return finding.find(config.store.path, text, config.topics(), compose)


def titles(hits: Hits) -> list[str]:
    assert hits.problem == ""
    return [hit.story.title for hit in hits.found]


@pytest.fixture
def stories(site: PublisherSite) -> str:
    told = [
        item(1, "The night ferry", "It leaves at ten from the quay."),
        item(2, "A tide table", "For people who do not like ferries."),
        item(3, "Wind", "The cable is laid by ship."),
        item(4, "Never published", "The ferry is secret."),
    ]
    return site.put("/feed", rss(told))


def test_words_phrases_and_exclusions_find_newest_first_with_their_topics(project, stories) -> None:
    project.configure(source(stories) + TOPICS.replace('"ferry OR tide"', '"(ferry OR tide) -never"'))
    project.once()
    assert titles(find(project, "the")) == ["Wind", "The night ferry"]
    hit = find(project, "night  FERRY").found[0]
    assert [topic.name for topic in hit.topics] == ["All", "Sea"] or [topic.name for topic in hit.topics] == ["Sea", "All"]
    assert hit.title == ((4, 9), (10, 15))
    assert titles(find(project, '"night ferry"')) == ["The night ferry"]
    assert titles(find(project, '"ferry night"')) == []
    assert titles(find(project, "ferr* -night")) == ["A tide table"]
    assert find(project, "quay").found[0].excerpt == ((26, 30),)


def test_what_was_never_published_or_was_taken_out_is_not_found(project, stories) -> None:
    project.configure(source(stories) + TOPICS.replace("ferry OR tide", "tide"))
    project.once()
    assert titles(find(project, "secret")) == []
    assert titles(find(project, "cable")) == ["Wind"]
    project.configure(source(stories) + TOPICS.replace("ferry OR tide", "tide").replace("-title:never", "-title:never -cable"))
    project.once()
    assert titles(find(project, "cable")) == []


def test_topics_that_are_not_published_any_more_are_not_searched(project, stories) -> None:
    project.configure(source(stories) + TOPICS)
    project.once()
    project.configure(source(stories) + TOPICS.partition('[[topic]]\nslug = "all"')[0])
    project.once()
    assert titles(find(project, "cable")) == []
    assert titles(find(project, "tide")) == ["A tide table"]


def test_words_that_a_source_lets_nobody_publish_are_not_found(project, stories) -> None:
    project.configure(source(stories, 'republish = "title"\n') + TOPICS)
    project.once()
    assert titles(find(project, "cable")) == []
    assert [(hit.story.title, hit.story.excerpt) for hit in find(project, "wind").found] == [("Wind", "")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-ferry", "at least one word"),
        ("*", "at least one word"),
        ("ferry /fer.*/", "no /regex/"),
        ("ferry -(night OR title:/(?:a?){200}b/)", "no /regex/"),
        ("(ferry", "cannot be looked for"),
        ("x" * 201, "at most 200 characters"),
    ],
)
def test_what_cannot_be_looked_for_is_said(project, stories, text: str, says: str) -> None:
    project.configure(source(stories) + TOPICS)
    project.once()
    hits = find(project, text)
    assert says in hits.problem
    assert hits.found == ()


def test_nothing_asked_is_nothing_found(project, stories) -> None:
    project.configure(source(stories) + TOPICS)
    assert find(project, "  ") == Hits(query="")


def test_at_most_a_page_is_shown_and_a_long_search_is_cut_off(project, site, monkeypatch) -> None:
    project.configure(source(site.put("/feed", rss([item(n, f"Tide {n}") for n in range(60)]))) + TOPICS + "limit = 100\n")
    project.once()
    hits = find(project, "tide")
    assert (len(hits.found), hits.more) == (finding.SHOWN, True)
    assert hits.found[0].story.title == "Tide 59"
    monkeypatch.setattr(finding, "SECONDS", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(finding, "_STEPS", 1)
        assert "takes too long" in find(project, "tide").problem, "while the store looks"
    monkeypatch.setattr(finding, "_STEPS", 10**9)
    assert "takes too long" in find(project, "tide").problem, "while what it found is looked at"


def test_what_was_found_until_the_time_was_up_is_shown(project, site, monkeypatch) -> None:
    project.configure(source(site.put("/feed", rss([item(n, f"Tide {n}") for n in range(20)]))) + TOPICS)
    project.once()
    seconds = iter(range(100))
    monkeypatch.setattr(finding, "_STEPS", 10**9)
    monkeypatch.setattr(finding, "SECONDS", 10.5)
    monkeypatch.setattr(finding, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    hits = find(project, "tide")
    assert hits.more
    assert titles(hits) == [f"Tide {n}" for n in range(19, 14, -1)], "ten lines: each story is in two topics"
