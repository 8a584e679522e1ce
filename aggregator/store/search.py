"""The index over the items' words (FTS5): finds candidates for a query without reading every item.

    file(db, pk, marks)            the words of an item, which replace those it had
    candidates(db, groups, …)      pks of the items that have a word of each group, of these sources

Only which words an item has is indexed, not where they stand: what is found is matched again by whoever asks. The words are
kept beside the index, so that they can be taken out again without knowing how they were made. Triggers do that when an item is
forgotten or deleted, whatever statement does it.
"""

from collections.abc import Collection, Sequence

from sqlite_utils import Database

_MADE_BY = "search"


def file(db: Database, pk: int, marks: str) -> None:
    """Let an item be found by these words (blanks between them), and by no others."""
    db.execute("insert or replace into search (rowid, words) values (?, ?)", [pk, marks])


def candidates(db: Database, groups: Sequence[Collection[str]], sources: Collection[str] | None = None) -> list[int]:
    """Pks, in order, of items that have a word of each group and are of these sources (None: of any).

    A word that ends in `*` stands for all that begin so. Without groups: all items (of these sources).
    """
    theirs = None if sources is None else {pk for source in sources for (pk,) in db.execute(_OF_SOURCE, [source])}
    if not groups:
        return [pk for (pk,) in db.execute(_ALL)] if theirs is None else sorted(theirs)
    found = [pk for (pk,) in db.execute("select rowid from search where search match ? order by rowid", [sought(groups)])]
    return found if theirs is None else [pk for pk in found if pk in theirs]


_ALL = "select pk from item where forgotten is null order by pk"
_OF_SOURCE = (
    "select pk from item where (source_id = ?1 or (source_id > ?1 || '/' and source_id < ?1 || '0')) and forgotten is null"
)
"""Of a subscription list's id: of all that it followed (`list/feed`; 0 is what follows the slash)."""


def sought(groups: Sequence[Collection[str]]) -> str:
    """A word of each group, in the index's query language."""
    return " AND ".join(f"({' OR '.join(map(_quoted, sorted(group)))})" for group in groups)


def _quoted(word: str) -> str:
    return f'"{word.removesuffix("*")}" *' if word.endswith("*") else f'"{word}"'


def made_by(db: Database) -> str | None:
    """The version of the rules by which the words of all items were made; None if they were not yet."""
    row = db.execute("select value from setting where key = ?", [_MADE_BY]).fetchone()
    return None if row is None else str(row[0])


def made(db: Database, version: str) -> None:
    """Note that the words of all items were made by rules of this version."""
    db.execute("insert or replace into setting (key, value) values (?, ?)", [_MADE_BY, version])
