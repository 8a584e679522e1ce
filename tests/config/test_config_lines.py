"""Where the keys of a TOML document stand."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config.lines import Path, line_of, scan

DOCUMENT = '''# [not.a.table]
title = "a # b"            # line 2
"quoted.key" = 'x = [1]'
a.b.c = 1
a . "d" = 2

[site] # line 7
text = """
[[source]]
slug = "no"
""\\""" """""
after = 1979-05-27 07:32:00  # line 12
list = [
  1, [2,
    3],
  { x = 1, y.z = { w = "}" } },   # line 16
  \'\'\'
]\'\'\'
  , "]",
]
[[source]]
id = "one"
[source.options]
deep = true
[[source.parts]]
n = 1
[[source.parts]]
n = 2

[[ source ]]
id = "two"
[source.options]
deep = false
'''

EXPECTED: dict[Path, int] = {
    ("title",): 2,
    ("quoted.key",): 3,
    ("a",): 4,
    ("a", "b"): 4,
    ("a", "b", "c"): 4,
    ("a", "d"): 5,
    ("site",): 7,
    ("site", "text"): 8,
    ("site", "after"): 12,
    ("site", "list"): 13,
    ("site", "list", 0): 14,
    ("site", "list", 1): 14,
    ("site", "list", 1, 0): 14,
    ("site", "list", 1, 1): 15,
    ("site", "list", 2): 16,
    ("site", "list", 2, "x"): 16,
    ("site", "list", 2, "y"): 16,
    ("site", "list", 2, "y", "z"): 16,
    ("site", "list", 2, "y", "z", "w"): 16,
    ("site", "list", 3): 17,
    ("site", "list", 4): 19,
    ("source",): 21,
    ("source", 0): 21,
    ("source", 0, "id"): 22,
    ("source", 0, "options"): 23,
    ("source", 0, "options", "deep"): 24,
    ("source", 0, "parts"): 25,
    ("source", 0, "parts", 0): 25,
    ("source", 0, "parts", 0, "n"): 26,
    ("source", 0, "parts", 1): 27,
    ("source", 0, "parts", 1, "n"): 28,
    ("source", 1): 30,
    ("source", 1, "id"): 31,
    ("source", 1, "options"): 32,
    ("source", 1, "options", "deep"): 33,
}


def paths(value: object, path: Path = ()) -> set[Path]:
    """Every path of a parsed document."""
    found = {path} if path else set()
    if isinstance(value, dict):
        for key, part in value.items():
            found |= paths(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            found |= paths(part, (*path, index))
    return found


def test_every_key_is_on_its_line() -> None:
    assert scan(DOCUMENT) == EXPECTED
    assert paths(tomllib.loads(DOCUMENT)) == set(EXPECTED)


def test_what_is_missing_is_on_the_line_of_its_table() -> None:
    lines = scan(DOCUMENT)
    assert line_of(("source", 1, "url"), lines) == 30
    assert line_of(("serve", "port"), lines) == 1
    assert line_of((), lines) == 1


def test_text_that_is_no_toml_is_refused_rather_than_looped_over() -> None:
    with pytest.raises(ValueError, match="no TOML at offset 4"):
        scan("a = = 1".replace("= 1", '"1'))


scalars = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    st.sampled_from(
        ['"a"', "'b]'", '"""x\n"y"\n"""', "'''z\n'''", '"\\"}"', '""', '""""""', "1979-05-27 07:32:00", "1.5", "inf", '"#"']
    ),
)
keys = st.sampled_from(["a", "b-c", "1", '"d e"', "'f.g'", '"h\\"i"'])
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: "[ # c ]\n" + ",\n".join(parts) + "\n]"),
        st.dictionaries(keys, inner, max_size=3).map(
            lambda pairs: "{ " + ", ".join(f"{k} = {v}" for k, v in pairs.items()) + " }"
        ),
    ),
    max_leaves=8,
)


@given(st.dictionaries(keys, values, max_size=4), st.lists(st.dictionaries(keys, values, max_size=3), max_size=3))
def test_the_scanner_finds_exactly_the_paths_that_tomllib_finds(top: dict[str, str], tables: list[dict[str, str]]) -> None:
    def body(pairs: dict[str, str]) -> str:
        return "".join(f"{key} = {value} # = [x]\n\n" for key, value in pairs.items())

    text = body(top) + "".join(f"[[source]]\n{body(pairs)}" for pairs in tables)
    lines = scan(text)
    assert set(lines) == paths(tomllib.loads(text))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
