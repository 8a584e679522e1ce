"""A source that changes its ids: what is recognized, and what is news all the same."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.migration import (
    Facets,
    facets,
    file_name,
    folded,
    may_have_migrated,
    migrated,
    pairs,
    reposted,
    sameness,
)
from aggregator.model import Enclosure, Item, Plain, Url

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = DAY + timedelta(days=60)


def post(number: int, **other: object) -> Facets:
    """A post of a blog; every one has its own title, text, address and date."""
    given = Facets(
        title=f"title {number}",
        text=f"text {number}",
        address=f"blog.example/{2000 + number}/post-{number}",
        date=DAY + timedelta(hours=number),
    )
    return replace(given, **other)  # type: ignore[arg-type]  # keyword arguments of any field


def stored(posts: Sequence[Facets], *, seen: datetime = LATER) -> list[Facets]:
    return [replace(one, seen=seen) for one in posts]


def blog(count: int = 20) -> list[Facets]:
    return [post(number) for number in range(count)]


MIGRATIONS: dict[str, Callable[[int, Facets], Facets]] = {
    "new ids only": lambda _, one: one,
    "another host": lambda _, one: replace(one, address=one.address.replace("blog.example", "www.new.example")),
    "new permalinks": lambda n, one: replace(one, address=f"blog.example/?p={n + 700}"),
    "new permalinks that keep the slug": lambda n, one: replace(one, address=f"blog.example/posts/post-{n}.html"),
    "another host, and dates of the import": lambda n, one: replace(one, address=f"new.example/b/post-{n}", date=LATER + SOON),
    "new titles": lambda n, one: replace(one, title=f"new {n}", text=f"new {n}"),
    "new titles, permalinks that keep the slug": lambda n, one: replace(one, title="", text="", address=f"x.example/post-{n}"),
    "no dates": lambda n, one: replace(one, date=None, address=f"new.example/post-{n}", text=""),
    "without titles": lambda n, one: replace(one, title="", address=f"new.example/{n + 700}"),
    "no dates, and new permalinks": lambda n, one: replace(one, date=None, address=f"blog.example/?p={n + 700}"),
}
SOON = timedelta(hours=1)


@pytest.mark.parametrize("name", MIGRATIONS)
def test_every_item_of_a_migration_finds_itself(name: str) -> None:
    before = blog()
    if name == "without titles":
        before = [replace(one, title="") for one in before]
    after = [MIGRATIONS[name](number, one) for number, one in enumerate(before)]
    pairs = migrated(list(reversed(after)), stored(before), len(after))
    assert pairs == {19 - number: number for number in range(20)}


def test_items_of_one_date_are_told_apart_by_title_and_link() -> None:
    before = [replace(one, date=DAY) for one in blog()]
    moved = [replace(one, address=f"new.example/{number}") for number, one in enumerate(before)]
    assert len(migrated(before, stored(before), 20)) == 20
    assert len(migrated(moved, stored(before), 20)) == 20


def test_items_of_one_title_are_told_apart_by_date() -> None:
    before = [replace(one, title="morning briefing", text="") for one in blog()]
    after = [replace(one, address=f"new.example/{number}") for number, one in enumerate(before)]
    assert len(migrated(after, stored(before), 20)) == 20


def test_true_news_among_a_migration_stays_news() -> None:
    after = [post(number, address=f"new.example/{number}") for number in range(5, 25)]
    pairs = migrated(after, stored(blog(20)), 20)
    assert pairs == {place: place + 5 for place in range(15)}


BURSTS: dict[str, Callable[[int], Facets]] = {
    "nothing in common": lambda n: post(n + 100),
    "one date": lambda n: post(n + 100, date=DAY),
    "the date of an old item": lambda n: post(n + 100, date=DAY + timedelta(hours=n)),
    "one link": lambda n: post(n + 100, address="blog.example"),
    "one date and one link": lambda n: post(n + 100, address="blog.example/news", date=DAY),
    "titles that return, one link": lambda n: post(n, text=f"new {n}", address="blog.example/news", date=LATER + SOON),
    "titles and links that return, with new dates and words": lambda n: post(n, text=f"new {n}", date=LATER + SOON * n),
    "titles and links that return, with new dates and media": lambda n: post(n, media=frozenset({f"{n}.mp3"}), date=LATER + SOON),
    "titles and links that return, with new dates and no words": lambda n: post(n, text="", date=LATER + SOON),
    "one title, one date": lambda n: post(n + 100, title="title 1", date=DAY),
}


@pytest.mark.parametrize("name", BURSTS)
def test_a_burst_of_twenty_posts_is_news(name: str) -> None:
    common = {"one link": {"address": "blog.example"}, "one date": {"date": DAY}, "one date and one link": {"date": DAY}}
    before = [replace(one, **common.get(name, {})) for one in blog()]  # type: ignore[arg-type]  # as above
    if "link" in name and "one" in name:
        before = [replace(one, address="blog.example/news" if "and" in name else "blog.example") for one in before]
    assert migrated([BURSTS[name](number) for number in range(20)], stored(before), 20) == {}


@pytest.mark.parametrize(
    ("pairs", "others", "is_migration"),
    [(5, 5, True), (5, 6, False), (4, 0, True), (4, 1, False), (1, 0, True), (1, 1, False), (10, 0, True)],
)
def test_half_of_a_document_and_five_or_all_of_a_short_one(pairs: int, others: int, is_migration: bool) -> None:
    new = [post(number, address=f"new.example/{number}") for number in range(pairs)]
    found = migrated(new, stored(blog()), pairs + others)
    assert len(found) == (pairs if is_migration else 0)
    assert may_have_migrated(pairs, pairs + others) is is_migration


def test_without_asking_how_many_pairs_are_found_among_news() -> None:
    new = [post(1, address="new.example/1"), *(post(number) for number in range(100, 103))]
    assert pairs(new, stored(blog())) == {0: 1}
    assert migrated(new, stored(blog()), 4) == {}


def test_in_a_short_document_a_title_at_an_address_is_no_evidence_without_date_or_words() -> None:
    picture = Facets(title="photo of the day", address="blog.example/photo", text="yesterday")
    before = stored([picture])
    assert migrated([replace(picture, text="today")], before, 1) == {}
    assert migrated([picture], before, 1) == {0: 0}
    assert migrated([replace(picture, date=LATER + SOON, media=frozenset({"2.jpg"}))], before, 1) == {}


def test_a_single_post_made_anew_is_known_by_address_title_and_date_or_words() -> None:
    old = post(1, seen=LATER)
    assert reposted(post(1), old)
    assert reposted(post(1, text="edited"), old)
    assert reposted(post(1, date=LATER + SOON), old)
    assert not reposted(post(1, text="edited", date=LATER + SOON), old)
    assert not reposted(post(1, address="new.example/2001/post-1"), old)
    assert not reposted(post(1, title=""), replace(old, title=""))
    assert not reposted(post(1, date=None, text=""), replace(old, text=""))


def test_a_single_item_with_everything_but_the_host_is_the_same() -> None:
    old = post(1, seen=LATER)
    moved = post(1, address="new.example/2001/post-1", text="edited")
    assert sameness(moved) == sameness(old) is not None
    for other in (
        {"title": "other"},
        {"address": "new.example/x"},
        {"date": LATER},
        {"date": None},
        {"title": ""},
        {"address": "new.example"},
    ):
        assert sameness(replace(moved, **other)) != sameness(old)
    for lacking in ({"title": ""}, {"address": "new.example"}, {"date": None}):
        assert sameness(replace(old, **lacking)) is None, "nobody's like"


def test_facets_are_what_does_not_depend_on_markup_host_or_case() -> None:
    item = Item(
        native_id="x",
        link=Url("https://www.blog.example/a/Post.html"),
        link_key="blog.example/a/Post.html",
        title=Plain("“It’s  HERE” – now!"),
        text="words",
        enclosures=(Enclosure(href="https://cdn1.example/x/1.mp3?token=1"),),
        published=DAY,
    )
    found = facets(item, "digest")
    assert (found.title, found.text, found.media, found.date) == ("it s here now", "digest", frozenset({"1.mp3"}), DAY)
    assert (found.path, found.slug) == ("a/Post.html", "Post")
    assert facets(replace(item, untitled=True, text=""), "digest").title == ""
    assert facets(replace(item, untitled=True, text=""), "digest").text == ""
    assert file_name("http://[broken") == "http://[broken"


@pytest.mark.parametrize(
    ("address", "path", "slug"),
    [
        ("", "", ""),
        ("e.org", "", ""),
        ("e.org/", "", ""),
        ("e.org?p=12", "?p=12", ""),
        ("e.org?u=a/b", "?u=a/b", ""),
        ("e.org/a/index.php", "a", "a"),
        ("e.org/a/b.aspx", "a/b.aspx", "b"),
    ],
)
def test_paths_and_slugs_of_addresses(address: str, path: str, slug: str) -> None:
    assert (Facets(address=address).path, Facets(address=address).slug) == (path, slug)


_facet = st.builds(
    Facets,
    title=st.sampled_from(["", "a", "b", "c"]),
    text=st.sampled_from(["", "x", "y"]),
    address=st.sampled_from(["", "e.org", "e.org/a", "e.org/b/a", "f.org/a?b"]),
    date=st.sampled_from([None, DAY, DAY + SOON, LATER]),
    seen=st.sampled_from([DAY, LATER]),
)


@given(st.lists(_facet, max_size=8), st.lists(_facet, max_size=8), st.integers(0, 4))
def test_pairs_are_one_to_one_and_do_not_depend_on_the_order(new: list[Facets], absent: list[Facets], more: int) -> None:
    size = len(new) + more
    pairs = migrated(new, absent, size)
    assert len(set(pairs.values())) == len(pairs)
    assert not pairs or 2 * len(pairs) >= size
    backwards = migrated(new[::-1], absent[::-1], size)
    assert pairs == {len(new) - 1 - here: len(absent) - 1 - there for here, there in backwards.items()}


@given(st.text(max_size=30))
def test_folding_a_title_twice_changes_nothing(title: str) -> None:
    assert folded(folded(title)) == folded(title)
