"""The reference of the query language is generated from it, fresh, and says the truth."""

import re
from pathlib import Path

import pytest

from aggregator.curate import reference
from aggregator.curate.clauses import FIELDS
from aggregator.curate.lexis import ALIASES
from aggregator.curate.query import parse, terminals
from aggregator.errors import QueryError

PAGE = (Path(__file__).parents[2] / reference.DOCUMENT).read_text("utf-8")
NO_SIGNS = {"WORD", "BLANKS", "OPEN_QUOTE", "OPEN_REGEX", "BARE_MINUS"}
"""Terminals that are the words themselves, what parts them, and what can only be wrong."""


def test_the_committed_page_is_fresh():
    assert reference.documented(PAGE) == PAGE, "run `python -m aggregator.curate.reference`"


def test_every_terminal_and_field_has_a_meaning():
    assert set(reference.MEANINGS) == set(terminals()) - NO_SIGNS
    assert tuple(reference.COMPARED) == FIELDS
    assert set(ALIASES.values()) <= set(FIELDS)


EXAMPLES = {
    "AND": ("a {} b", "a b"),
    "OR": ("a {} b", "a OR b"),
    "NOT": ("c {}(a OR b)", "c -(a OR b)"),
    "LPAR": ("c {}a OR b)", "c (a OR b)"),
    "RPAR": ("c (a OR b{}", "c (a OR b)"),
    "FIELD": ("title{}a", "title:a"),
    "PHRASE": ('{}a b"', '"a b"'),
    "REGEX": ("{}a/", "/a/"),
}


@pytest.mark.parametrize(("name", "row"), list(zip(reference.MEANINGS, reference.signs().splitlines()[2:], strict=True)))
def test_every_sign_of_the_table_does_what_its_row_says(name, row):
    place, means = EXAMPLES[name]
    written = [sign.replace("\\|", "|") for sign in re.findall(r"`([^`]+)`", row.split(" | ")[0])]
    assert written
    for sign in written:
        assert parse(place.format(sign)) == parse(means), sign


def test_what_elsewhere_is_called_otherwise_leads_to_our_name_for_it():
    for alias, field in ALIASES.items():
        with pytest.raises(QueryError, match=f"did you mean {field}:"):
            parse(f"{alias}:x")


def test_a_page_without_a_mark_is_not_overwritten():
    with pytest.raises(ValueError, match="must hold the marks of limits"):
        reference.documented(PAGE.replace("<!-- generated limits", "<!-- limits"))


def test_running_the_module_renews_the_page(tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / reference.DOCUMENT).write_text(PAGE.replace("binds less than AND", "stale words"), "utf-8")
    monkeypatch.chdir(tmp_path)
    reference.main()
    assert (tmp_path / reference.DOCUMENT).read_text("utf-8") == PAGE
