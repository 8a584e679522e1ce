"""config.toml changed by a program: what stands there stays, byte for byte, and nothing wrong is ever written."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.config.edit import Draft
from aggregator.config.loading import load
from aggregator.config.starter import STARTER
from aggregator.errors import ConfigError

SHIPPED = Path(__file__).parents[2] / "config.toml"
BOTH = """# my planet
[site]
title = "T"   # its name
# author = "Me"

# ── sources ──

# the first
[[source]]
id = "a"
url = "https://a.example/"  # not https://b.example/

[source.headers]
X-Plan = "full"
# the end of a

# ── topics ──

# everything
[[topic]]
slug = "all"
sources = [
    "a",  # the first
]
# the end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(BOTH)
    return path


def lines_added(before: str, after: str) -> list[str]:
    """What is new, where everything else stands in its old order."""
    rest = iter(after.splitlines())
    added: list[str] = []
    for line in before.splitlines():
        for other in rest:
            if other == line:
                break
            added.append(other)
        else:
            raise AssertionError(f"{line!r} is gone")
    return [*added, *rest]


def test_a_source_stands_below_the_last_one_and_comments_stay_with_what_they_explain(file: Path) -> None:
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/?x=1", title='The "B"')
    draft.save({})
    text = file.read_text()
    new = '[[source]]\nid = "b"\nurl = "https://b.example/?x=1"\ntitle = "The \\"B\\""'
    assert text == BOTH.replace('X-Plan = "full"\n', f'X-Plan = "full"\n\n{new}\n\n')
    assert [source.id for source in load(file, {}).sources()] == ["a", "b"]


def test_a_topic_stands_at_the_end_and_one_that_is_there_grows_in_its_own_style(file: Path) -> None:
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/")
    draft.add_topic("news", title="News", sources=["a", "b"])
    draft.extend_topic("all", ["b"])
    draft.save({})
    assert '    "a",  # the first\n    "b",\n]\n' in file.read_text()
    assert set(lines_added(BOTH, file.read_text())) == {
        "", '    "b",', "[[source]]", 'id = "b"', 'url = "https://b.example/"', "[[topic]]", 'slug = "news"', 'title = "News"', 'sources = ["a", "b"]',
    }  # fmt: skip
    assert [(topic.slug, topic.sources) for topic in load(file, {}).topics()] == [("all", ("a", "b")), ("news", ("a", "b"))]


def test_a_list_in_one_line_stays_in_one_line_and_a_long_new_one_gets_a_line_each(file: Path) -> None:
    file.write_text('[[source]]\nid = "a"\nurl = "https://a.example/"\n[[topic]]\nslug = "all"\nsources = ["a"] # so far\n')
    draft = Draft(file)
    for number in range(30):
        draft.add_source(f"b{number}", url=f"https://b.example/{number}")
    draft.extend_topic("all", ["b0"])
    draft.add_topic("many", title=None, sources=[f"b{number}" for number in range(30)])
    draft.save({})
    assert 'sources = ["a", "b0"] # so far\n' in file.read_text()
    assert '\nsources = [\n    "b0",\n    "b1",\n' in file.read_text()


def test_keys_of_the_site_are_changed_in_place_or_put_below_the_others(file: Path) -> None:
    draft = Draft(file)
    draft.set_site("title", "Planet")
    draft.set_site("base_url", "https://planet.example/")
    draft.save({})
    assert file.read_text() == BOTH.replace('title = "T"   #', 'title = "Planet"   #').replace(
        "its name\n", 'its name\nbase_url = "https://planet.example/"\n'
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "",
            '[site]\ntitle = "P"\n\n[[source]]\nid = "b"\nurl = "https://b.example/"\n\n[[topic]]\nslug = "n"\nsources = ["b"]\n',
        ),
        (
            '# about\n\n# all of it\n[[topic]]\nslug = "all"\n',
            '# about\n\n[site]\ntitle = "P"\n\n[[source]]\nid = "b"\nurl = "https://b.example/"\n\n# all of it\n[[topic]]\nslug = "all"\n\n'
            '[[topic]]\nslug = "n"\nsources = ["b"]\n',
        ),
        (
            "[store]\nsnapshots = 3\n# end",
            '[site]\ntitle = "P"\n\n[store]\nsnapshots = 3\n# end\n\n[[source]]\nid = "b"\nurl = "https://b.example/"\n\n[[topic]]\nslug = "n"\n'
            'sources = ["b"]\n',
        ),
    ],
)
def test_tables_find_their_place_where_there_are_none_of_their_kind(tmp_path: Path, text: str, after: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    draft = Draft(file)
    draft.set_site("title", "P")
    draft.add_source("b", url="https://b.example/")
    draft.add_topic("n", title=None, sources=["b"])
    draft.save({})
    assert file.read_text() == after


@pytest.mark.parametrize("given_file", [STARTER, SHIPPED])
def test_what_is_shipped_can_be_added_to_and_nothing_of_it_is_lost(tmp_path: Path, given_file: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(given_file.read_text())
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/", kind="wordpress")
    draft.add_topic("n", title="N", sources=["b"])
    draft.save({})
    assert len([line for line in lines_added(given_file.read_text(), file.read_text()) if line]) == 8


def test_line_ends_marks_modes_and_links_stay_what_they_are(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_bytes(b"\xef\xbb\xbf" + BOTH.replace("\n", "\r\n").encode())
    real.chmod(0o600)
    file = tmp_path / "config.toml"
    file.symlink_to("real.toml")
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/")
    draft.extend_topic("all", ["b"])
    draft.save({})
    body = real.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf# my planet\r\n")
    assert body.count(b"\n") == body.count(b"\r\n") > BOTH.count("\n")
    assert file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "real.toml"]


def test_what_would_be_wrong_is_not_written_but_told(file: Path) -> None:
    draft = Draft(file)
    draft.add_source("a", url="https://b.example/")
    with pytest.raises(ConfigError) as told:
        draft.save({})
    assert told.value.problems[0].startswith("config.toml: is left as it is")
    assert 'url = "https://b.example/"' in told.value.problems
    assert "is taken by source[1] already" in told.value.problems[-1]
    assert file.read_text() == BOTH
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


def test_sources_that_are_written_as_one_value_are_left_to_a_person(file: Path) -> None:
    file.write_text('source = [{id = "a", url = "https://a.example/"}]\n')
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/")
    with pytest.raises(ConfigError, match="by hand"):
        draft.save({})


def test_a_file_that_somebody_else_changed_meanwhile_is_left_alone(file: Path) -> None:
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/")
    file.write_text("# mine\n")
    with pytest.raises(ConfigError, match="changed by somebody else"):
        draft.save({})
    assert file.read_text() == "# mine\n"


def test_a_file_that_is_no_toml_is_not_changed(file: Path) -> None:
    file.write_text("a = = 1\n")
    draft = Draft(file)
    draft.set_site("title", "x")
    with pytest.raises(ConfigError, match="cannot be changed by a program"):
        draft.save({})
    assert file.read_text() == "a = = 1\n"


def test_a_file_that_cannot_be_read_or_replaced_is_said_so(tmp_path: Path, file: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        Draft(tmp_path / "none.toml")
    draft = Draft(file)
    file.unlink()
    with pytest.raises(ConfigError, match="cannot be replaced: No such file"):
        draft.save({})


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(min_size=1, max_size=40),
    path=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), max_size=20),
)
def test_any_title_is_written_so_that_it_is_read_back(tmp_path_factory: pytest.TempPathFactory, title: str, path: str) -> None:
    file = tmp_path_factory.mktemp("any") / "config.toml"
    file.write_text(BOTH)
    draft = Draft(file)
    draft.add_source("b", url=f"https://b.example/{path}", title=title)
    read = tomllib.loads(draft.text())["source"][1]
    assert (read["title"], read["url"]) == (title, f"https://b.example/{path}")


@settings(max_examples=60, deadline=None)
@given(why=st.text(max_size=400))
def test_why_a_source_is_not_polled_is_a_comment_whatever_a_server_made_of_it(
    tmp_path_factory: pytest.TempPathFactory, why: str
) -> None:
    file = tmp_path_factory.mktemp("any") / "config.toml"
    file.write_text(BOTH)
    draft = Draft(file)
    draft.add_source("b", url="https://b.example/", off=f"dead: {why}\n[[topic]]")
    draft.add_source("c", url="https://c.example/")
    read = tomllib.loads(draft.text())
    assert read["source"][1:] == [
        {"id": "b", "url": "https://b.example/", "enabled": False},
        {"id": "c", "url": "https://c.example/"},
    ]
    assert len(read["topic"]) == 1
    assert "enabled = false  # dead: " in draft.text()
