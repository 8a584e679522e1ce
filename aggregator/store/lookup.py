"""Which item is meant: by its number, by the id of an entry that shows it, or by its address.

12345      urn:uuid:1b2c…      https://example.org/a?utm_source=x (with or without tracking parameters)
"""

from sqlite_utils import Database


def items(db: Database, what: str, key: str | None) -> list[int]:
    """Pks, oldest item first. `key` is the comparison key of `what`, None if that is no address."""
    if what.isascii() and what.isdecimal():
        sql, value = "select pk from item where pk = ?", what
    elif what.startswith("urn:"):
        sql, value = "select lead from publication where entry_id = ? and lead is not null", what
    elif key is not None:
        sql, value = "select pk from item where link_key = ? order by dated, pk", key
    else:
        return []
    return [pk for (pk,) in db.execute(sql, [value])]
