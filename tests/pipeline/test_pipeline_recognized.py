"""Single posts under new ids: what is looked up once for a whole document says of each what it would say of it alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.dedupe import migration
from aggregator.dedupe.changes import dated
from aggregator.model import Arrival, Item, Plain, Url
from aggregator.pipeline.polls import recognized
from aggregator.pipeline.polls.recognized import recognize
from aggregator.store import documents, identities, items
from aggregator.store.database import connect
from aggregator.store.identities import Held

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOCUMENT = "http://blog.example/feed"


def post(id: int, title: str, address: str | None, hours: int | None, text: str) -> Item:
    return Item(
        native_id=f"n{id}",
        link=None if address is None else Url(f"http://{address}"),
        link_key=address,
        title=Plain(title),
        text=text,
        published=None if hours is None else DAY + timedelta(hours=hours),
    )


def put(db: Database, posts: Sequence[Item], stands: Sequence[str | None]) -> list[int]:
    """Posts that the store holds, each with the document that holds it, if one does."""
    pks = []
    for one in posts:
        day = dated(one.published, first_seen=DAY)
        written = items.Written(
            key=f"id:{one.native_id}", native=f"id:{one.native_id}", item=one, substance=one.text, rendition="", dated=day,
            revised=day, bumps=0, source_updated=None,
        )  # fmt: skip
        pks.append(items.insert(db, "blog", written, first_seen=DAY))
    for url in {url for url in stands if url is not None}:
        documents.sight(db, "blog", url, [(str(pk), pk, "") for pk, at in zip(pks, stands, strict=True) if at == url])
    return pks


def take(db: Database, posts: Sequence[Item], before: Set[int]) -> int:
    arrivals = [Arrival(fingerprint=f"f{number}", item=one, substance=one.text) for number, one in enumerate(posts)]
    keyed = {arrival.fingerprint: (f"id:{one.native_id}",) * 2 for arrival, one in zip(arrivals, posts, strict=True)}
    return recognize(
        db, "blog", arrivals, keyed, standing=set(), before=before, holds=lambda url: url != DOCUMENT and url.endswith("holds")
    )


def one_by_one(
    db: Database,
    source_id: str,
    new: Sequence[recognized._New],
    absent: Callable[[Iterable[Held]], list[Held]],
    gone: Set[int],
) -> None:
    """As it was decided when each post was compared with all that had left."""
    for one in new:
        found: list[Held] = []
        if one.item.link_key is not None:
            there = identities.at(db, source_id, one.item.link_key)
            if len(there) == 1 and migration.reposted(one.facets, recognized._facets(there[0])):
                found = absent(there)
        if not found and one.item.published is not None:
            instant = dated(one.item.published, first_seen=one.item.published)
            then = {held.pk: held for held in [*identities.dated(db, source_id, instant), *identities.of(db, gone)]}
            found = absent(held for held in then.values() if everything_but_the_host(one.facets, recognized._facets(held)))
        if len(found) == 1:
            identities.rename(db, found[0].pk, key=one.key, native=one.native)


def everything_but_the_host(new: migration.Facets, stored: migration.Facets) -> bool:
    same = (new.title, new.path, new.date) == (stored.title, stored.path, stored.date)
    return bool(new.title and new.path and new.date) and same


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Database]]:
    db = connect(tmp_path_factory.mktemp("stores") / "a.db")

    def empty() -> Database:
        for table in ("item", "sighting"):
            db.execute(f"delete from {table}")
        return db

    yield empty
    db.conn.close()


_said = (
    st.sampled_from(["", "One", "one!", "Two"]),
    st.sampled_from([None, "blog.example/a", "blog.example/b", "new.example/a", "new.example/b", "blog.example"]),
    st.sampled_from([None, -2, -1, 0, 9]),
    st.sampled_from(["", "words", "others"]),
)


@given(
    st.lists(st.tuples(*_said), min_size=1, max_size=7),
    st.lists(st.tuples(*_said), max_size=7),
    st.lists(st.sampled_from([None, DOCUMENT, "http://blog.example/holds", "http://blog.example/gone"]), min_size=7, max_size=7),
)
@settings(max_examples=300)
def test_posts_looked_up_together_are_recognized_as_if_each_came_alone(stores, new, old, stands) -> None:
    found = []
    for way in (recognized._recognize_alone, one_by_one):
        db, ids = stores(), count()
        with pytest.MonkeyPatch.context() as swapped:
            swapped.setattr(recognized, "_recognize_alone", way)
            pks = put(db, [post(next(ids), *said) for said in old], stands[: len(old)])
            before = {pk for pk, url in zip(pks, stands, strict=False) if url == DOCUMENT}
            migrated = take(db, [post(next(ids), *said) for said in new], before)
        found.append((migrated, db.execute("select pk - ?, key, native from item order by pk", [min(pks, default=0)]).fetchall()))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", ["all new", "all alike"])
def test_what_left_a_document_is_read_once_however_much_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A feed whose every poll brings a thousand posts that nobody saw before would hold up the store for minutes."""
    read: list[Held] = []
    plain = identities._held

    def counted(*asked: object) -> list[Held]:
        read.extend(found := plain(*asked))  # type: ignore[arg-type]  # what it was asked
        return found

    monkeypatch.setattr(identities, "_held", counted)
    posts = [
        post(number, f"Post {number}", f"blog.example/{number}", number, str(number))
        if kind == "all new"
        else post(number, "Post", "blog.example/post", 0, "words")
        for number in range(200)
    ]
    db = connect(tmp_path / "a.db")
    before = put(db, posts[:100], [DOCUMENT] * 100)
    asked: list[str] = []
    db.conn.set_trace_callback(asked.append)
    take(db, posts[100:], set(before))
    db.conn.set_trace_callback(None)
    assert len(read) <= 100 + 50 + 50 + 100, "what may have migrated, what is at the address, what has the date, what has left"
    assert len(asked) < 10 * 100
    assert len({key for (key,) in db.execute("select key from item")}) == 100


def test_a_post_that_left_is_found_among_all_that_did_under_another_date_than_its_own(tmp_path: Path) -> None:
    db = connect(tmp_path / "a.db")
    old = [post(number, f"Post {number}", f"blog.example/{number}", 9, "words") for number in range(3)]
    before = put(db, old, [DOCUMENT] * 3)
    assert take(db, [post(5, "Post 1", "new.example/1", 9, "edited"), *old[::2]], set(before)) == 0
    assert [key for (key,) in db.execute("select key from item order by pk")] == ["id:n0", "id:n5", "id:n2"]
