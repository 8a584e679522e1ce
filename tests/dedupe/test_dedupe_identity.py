"""Identity: whatever the order, the same item has the same key, and distinct ones do not."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from aggregator.dedupe.identity import Identity, identity, key, levels
from aggregator.model import Enclosure, Html, Item, Plain, Url

SOME = st.sampled_from(["", "a", "b", "c"])
IDENTITY = st.builds(Identity, native=st.sampled_from(["id:1", "id:2", "link:x"]), link=SOME, title=SOME, date=SOME)
DOCUMENT = st.lists(IDENTITY, max_size=6)


def item(
    native_id: str | None = None, link: str | None = None, title: str = "T", *, link_key: str | None = None, **more: object
) -> Item:
    url = Url(link) if link else None
    return Item(native_id=native_id, link=url, link_key=link_key or link, title=Plain(title), **more)  # type: ignore[arg-type]  # each test's own


def raised(documents: list[list[Identity]]) -> dict[str, int]:
    known: dict[str, int] = {}
    for document in documents:
        known |= levels(document, known)
    return known


def test_the_native_id_comes_first_then_address_then_title_and_date_then_content() -> None:
    moment = datetime(2024, 6, 29, tzinfo=UTC)
    assert identity(item("1", "https://h.example/a")).native == "id:1"
    assert identity(item(link="https://h.example/a", link_key="h.example/a")).native == "link:h.example/a"
    titled = identity(item(published=moment))
    assert titled.native.startswith("title:")
    assert titled.native != identity(item()).native
    untitled = identity(item(untitled=True, text="x"))
    assert untitled.native.startswith("hash:")
    assert untitled.native != identity(item(untitled=True, text="y")).native
    media = item(untitled=True, summary=Html("<img>"), enclosures=(Enclosure(href="https://h.example/a.mp3"),))
    assert identity(media).native != untitled.native


def test_an_id_that_looks_like_another_kind_does_not_collide_with_it() -> None:
    assert identity(item("link:h.example/a")).native != identity(item(link="h.example/a")).native


def test_entries_of_a_one_page_log_are_told_apart_by_their_fragments() -> None:
    one = identity(item(link="https://h.example/log#1", link_key="h.example/log"))
    other = identity(item(link="https://h.example/log#2", link_key="h.example/log"))
    assert one.native != other.native


def test_an_address_whose_scheme_or_tracking_changes_stays_the_same_item() -> None:
    assert identity(item(link="http://www.h.example/a", link_key="h.example/a")) == identity(
        item(link="https://h.example/a/", link_key="h.example/a")
    )


def test_a_repeated_id_identifies_only_together_with_its_link() -> None:
    one, other = Identity(native="id:1", link="a", title="A", date=""), Identity(native="id:1", link="b", title="A", date="")
    assert levels([one, other], {}) == {"id:1": 1}
    assert key(one, 1) != key(other, 1)
    assert key(one, 0) == key(other, 0) == "id:1"


def test_a_constant_link_takes_the_title_and_a_constant_title_the_date() -> None:
    first = Identity(native="id:1", link="a", title="A", date="1")
    assert levels([first, Identity(native="id:1", link="a", title="B", date="1")], {}) == {"id:1": 2}
    assert levels([first, Identity(native="id:1", link="a", title="A", date="2")], {}) == {"id:1": 3}
    assert levels(
        [first, Identity(native="id:1", link="b", title="A", date="2"), Identity(native="id:1", link="a", title="B", date="1")],
        {},
    ) == {"id:1": 2}


def test_the_same_entry_twice_is_one() -> None:
    one = Identity(native="id:1", link="a", title="A", date="")
    assert levels([one, one], {}) == {}


def test_a_level_that_was_raised_never_falls() -> None:
    one, other = Identity(native="id:1", link="a", title="A", date=""), Identity(native="id:1", link="b", title="A", date="")
    assert levels([one, other], {"id:1": 2}) == {}
    assert levels([one], {"id:1": 1}) == {}


@given(st.lists(DOCUMENT, max_size=4), st.randoms())
def test_the_order_of_documents_and_entries_makes_no_difference(documents: list[list[Identity]], random: object) -> None:
    shuffled = [list(document) for document in documents]
    for document in shuffled:
        random.shuffle(document)  # type: ignore[attr-defined]  # it is a random.Random
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert raised(shuffled) == raised(documents)


@given(DOCUMENT)
def test_at_their_level_different_entries_of_a_document_have_different_keys(document: list[Identity]) -> None:
    known = raised([document])
    keys = {key(one, known.get(one.native, 0)) for one in document}
    assert len(keys) == len(set(document))


@given(IDENTITY, IDENTITY, st.integers(0, 3), st.integers(0, 3))
def test_keys_of_different_levels_never_meet(one: Identity, other: Identity, level: int, another: int) -> None:
    assert level == another or key(one, level) != key(other, another)


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_a_key_is_short_and_stable(native: str) -> None:
    one = Identity(native=f"id:{native}", link=native, title=native, date="")
    for level in range(4):
        assert len(key(one, level)) <= 200
        assert key(one, level) == key(Identity(native=f"id:{native}", link=native, title=native, date=""), level)


def test_long_ids_with_a_common_start_have_different_keys() -> None:
    assert key(Identity(native="id:" + "g" * 500 + "1", link="", title="", date=""), 0) != key(
        Identity(native="id:" + "g" * 500 + "2", link="", title="", date=""), 0
    )
