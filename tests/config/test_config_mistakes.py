"""Every mistake of a config.toml at once, each on its line, as a sentence."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from aggregator.config import checks as config_checks
from aggregator.config.loading import LARGEST, SINGLE, load
from aggregator.config.problems import explain, render
from aggregator.config.source_table import SourceTable
from aggregator.config.topic_tables import TopicTable
from aggregator.config.types import RESERVED
from aggregator.errors import ConfigError

SOURCE = '[[source]]\nid = "a"\nurl = "http://x.example/"\n'


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return list(caught.value.problems)


def test_ten_mistakes_yield_ten_lines_in_one_go(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        """# a comment [with brackets]
[site]
titel = "x"
base_url = "feeds.example.org"

[fetch]
allow_private = [   # two lines below is wrong
  "10.0.0.0/8",
  "10.0.0.1/8",
]
[serve]
port = "8080"

[[source]]
id = "heise"
kind = "feeed"
url = "https://www.heise.de/rss"

[[source]]
id = "lwn"
kind = "wordpress"
interval = "often"
per_page = 1000

[[source]]
id = "lwn"
url = "https://lwn.net/"

[[topic]]
slug = "status"
query = "(openai OR"
sources = ["heise", "!lwm"]
""",
    )
    assert [re.match(r"config\.toml:(\d+): ([^:]+): ", text)[0] for text in found] == [  # type: ignore[index] # None fails as it should
        "config.toml:3: site.titel: ",
        "config.toml:4: site.base_url: ",
        "config.toml:9: fetch.allow_private[2]: ",
        "config.toml:12: serve.port: ",
        "config.toml:16: source[1] (heise).kind: ",
        "config.toml:19: source[2] (lwn).url: ",
        "config.toml:22: source[2] (lwn).interval: ",
        "config.toml:23: source[2] (lwn).per_page: ",
        "config.toml:26: source[3] (lwn).id: ",
        "config.toml:30: topic[1] (status).slug: ",
        "config.toml:31: topic[1] (status).query: ",
        "config.toml:32: topic[1] (status).sources[2]: ",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[sites]", 'config.toml:1: sites: is not a known key; did you mean "site"?'),
        (
            "zzz = 1",
            "config.toml:1: zzz: is not a known key; there are: site, store, fetch, publish, serve, stories, source, topic",
        ),
        ("site = 3", "config.toml:1: site: must be a table (got 3)"),
        ("[source]\nid = 'a'", "config.toml:1: source: must be written as [[source]], in two brackets, once for each source"),
        ("topic = [1]", "config.toml:1: topic: must be written as [[topic]], in two brackets, once for each topic"),
        ("\n\n[[source]]\nurl = 'http://x.example/'", "config.toml:3: source[1].id: is required"),
        ("[[source]]\nid = 7\nurl = 'http://x.example/'", "config.toml:2: source[1].id: must be text in quotes (got 7)"),
        (
            "[[source]]\nid = 'A b'\nurl = 'http://x.example/'",
            "config.toml:2: source[1] (A b).id: must be 1 to 80 of a-z, 0-9, dot, dash and underscore, and begin with a letter or digit "
            '(got "A b")',
        ),
        ("[[source]]\nid = 'a'", 'config.toml:1: source[1] (a).url: is required, because kind "feed" is fetched'),
        (
            "[[source]]\nid = 'a'\nkind = 'folder'\nurl = 'http://x.example/'\npath = 'x'",
            'config.toml:4: source[1] (a).url: does not belong here, because kind "folder" reads from disk: it has a path '
            '(got "http://x.example/")',
        ),
        (
            "source = [{id = 'a', url = 'http://x.example/'},\n {id = 'b', url = 'x'}]",
            'config.toml:2: source[2] (b).url: must be an absolute address such as https://example.org/feed.xml (got "x")',
        ),
        (
            SOURCE + "kind = 'xml'",
            'config.toml:4: source[1] (a).kind: must be one of feed, folder, opml, wordpress (got "xml")',
        ),
        (SOURCE + "kind = 7", "config.toml:4: source[1] (a).kind: must be text in quotes (got 7)"),
        (SOURCE + "enabled = 1", None),
        (SOURCE + "enabled = 'yes'", 'config.toml:4: source[1] (a).enabled: must be true or false (got "yes")'),
        (
            SOURCE + "timezone = 'Berlin'",
            'config.toml:4: source[1] (a).timezone: must be a time zone such as "Europe/Berlin" or "UTC" (got "Berlin"); '
            'did you mean "Europe/Berlin"?',
        ),
        (SOURCE + "intervall = 3", 'config.toml:4: source[1] (a).intervall: is not a known key; did you mean "interval"?'),
        (SOURCE + "was = 'b'", 'config.toml:4: source[1] (a).was: must be a list, such as ["one", "two"] (got "b")'),
        (SOURCE + "was = ['a']", 'config.toml:4: source[1] (a).was[1]: must be a former id (got "a"); this one has it now'),
        (
            SOURCE + "was = [3, 'b']\n[[source]]\nid = 'c'\nurl = 'http://x.example/'\nwas = [\n'd',\n'b']",
            'config.toml:10: source[2] (c).was[2]: is claimed by source[1] already (got "b"); only one can take over',
        ),
        ("[[topic]]\nslug = 'a'\nwas = ['b']\n[[topic]]\nslug = 'b'", None),
        (
            "[[topic]]\nslug = 'a'\n[[topic]]\nslug = 'a'",
            'config.toml:4: topic[2] (a).slug: is taken by topic[1] already (got "a"); each needs its own',
        ),
        (
            SOURCE + "was = ['b']\n[[topic]]\nslug = 'x'\nsources = ['b']",
            'config.toml:7: topic[1] (x).sources[1]: is not the id of a source (got "b"); it is called "a" now',
        ),
        ("[stories]\nstrictnes = 1", 'config.toml:2: stories.strictnes: is not a known key; did you mean "strictness"?'),
        ("[stories]\nprefer = ['x']", 'config.toml:2: stories.prefer[1]: is not the id of a source (got "x")'),
        (
            "[[topic]]\nslug = 'a'\nstories = 7",
            'config.toml:3: topic[1] (a).stories: must be true, false or a table, such as { strictness = "strict" } (got 7)',
        ),
        (
            "[[topic]]\nslug = 'a'\nstories = { windw = '3h' }",
            'config.toml:3: topic[1] (a).stories.windw: is not a known key; did you mean "window"?',
        ),
        (
            "[[topic]]\nslug = 'a'\nstories = { prefer = ['x'] }",
            'config.toml:3: topic[1] (a).stories.prefer[1]: is not the id of a source (got "x")',
        ),
        ("[[topic]]\nslug = 'a'\nlimit = 0", "config.toml:3: topic[1] (a).limit: must be at least 1 (got 0)"),
        ("[[topic]]\nslug = 'a'\nlimit = 2000", "config.toml:3: topic[1] (a).limit: must be at most 1000 (got 2000)"),
        ("[[topic]]\nslug = 'a'\nlimit = 5.0", "config.toml:3: topic[1] (a).limit: must be a whole number (got 5.0)"),
        ('[[topic]]\nslug = "a"\ntitle = "a\\nb"', None),
        (
            "[[topic]]\nslug = 'a'\nwas = ['A']",
            'config.toml:3: topic[1] (a).was[1]: must be 1 to 80 of a-z, 0-9 and dash (got "A")',
        ),
        ("[publish]\nformats = []", "config.toml:2: publish.formats: must have at least 1 (got [])"),
        (
            "[publish]\nformats = ['atom', 'xml']",
            "config.toml:2: publish.formats[2]: must be 'atom', 'rss' or 'json' (got \"xml\")",
        ),
        ("[serve]\nport = 0", "config.toml:2: serve.port: must be at least 1 (got 0)"),
        (
            "[serve]\nhost = 'localhost:80'",
            'config.toml:2: serve.host: must be a host name or IP address, such as "127.0.0.1" or "::", without port (got "localhost:80")',
        ),
        (
            "[site]\nbase_url = 'http://me:pw@x.example/'",
            "config.toml:2: site.base_url: must not hold a user name or password, because it is published "
            '(got "http://me:pw@x.example/")',
        ),
        (
            "[site]\nbase_url = 'http://x.example/?a'",
            "config.toml:2: site.base_url: must not hold a query or fragment, because file names are appended to it "
            '(got "http://x.example/?a")',
        ),
        (
            "[site]\ncontact = 'me'",
            'config.toml:2: site.contact: must be an e-mail address or the http(s) address of a page (got "me")',
        ),
        ("[site]\nlanguage = 'de_AT'", None),
        ("[store]\npath = ''", 'config.toml:2: store.path: must be the path of a file or folder (got "")'),
        ("[fetch]\nuser_agent = 'ü'", None),
        ("[fetch]\nallow_private = [10]", None),
        ("[fetch]\nallow_private = ['x']", None),
        ("[fetch]\nhost_parallel = true", None),
    ],
)
def test_each_mistake_has_its_line_and_its_sentence(tmp_path: Path, text: str, problem: str | None) -> None:
    found = mistakes(tmp_path, text)
    if problem is not None:
        assert found[-1 if "was = [3" in text else 0] == problem
    for line in found:
        assert re.fullmatch(r"config\.toml:\d+: [a-z][\w.\[\] ()-]*: (is|must|does|names) [^\n]+", line), line


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "http://", "https://[::1", "http://x.example:99999/", "//x.example/", "a b", "http://x/\\ny"]
)
def test_an_address_that_nobody_can_ask_is_refused(tmp_path: Path, url: str) -> None:
    (problem,) = mistakes(tmp_path, f'[[source]]\nid = "a"\nurl = "{url}"')
    assert problem.startswith("config.toml:3: source[1] (a).url: must be an a")


def test_a_wrong_query_is_shown_with_a_caret_below_its_column(tmp_path: Path) -> None:
    (problem,) = mistakes(tmp_path, '[[topic]]\nslug = "ai"\nquery = """openai\n(china OR"""')
    first, query, caret = problem.split("\n")
    assert (column := re.fullmatch(r"config\.toml:3: topic\[1\] \(ai\)\.query: column (\d+): .+", first))
    assert query == "    openai (china OR"
    assert caret == " " * (3 + int(column[1])) + "^"


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_a_topic_cannot_take_the_name_of_a_page(tmp_path: Path, slug: str) -> None:
    (problem,) = mistakes(tmp_path, f'[[topic]]\nslug = "{slug}"')
    assert "is reserved for a page of ours" in problem


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a = 1\nb = ", 2, "is not valid TOML: invalid value (at the end of the file)"),
        ("[site]\ntitle = Planet\n", 2, "is not valid TOML: invalid value (column 9)"),
        ("[site]\r\n\r\n[site]\r\n", 3, "is not valid TOML: "),
        ('[site]\ntitle = "a\x1b[31m"', 2, "is not valid TOML: illegal character '\\x1b' (column 11)"),
        (b"[site]\n\ntitle = '\xff'", 3, "is not UTF-8 (got byte 0xff); save the file as UTF-8"),
        ("a = " + "[" * 100_000, 1, "is nested too deeply to be a configuration"),
        (b"#" * LARGEST, 1, "is 10 MB or more; is it the file that you mean?"),
    ],
)
def test_what_is_no_toml_names_the_line(tmp_path: Path, text: str | bytes, line: int, says: str) -> None:
    (problem,) = mistakes(tmp_path, text)
    assert problem.startswith(f"config.toml:{line}: {says}")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf[serve]\r\nport = 81\r\n")
    assert load(tmp_path / "config.toml", {}).serve.port == 81


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file; `aggregator init` writes one to start from"):
        load(tmp_path / "config.toml", {})


def test_a_folder_is_not_taken_for_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is a folder; `--config` wants the file in it"):
        load(tmp_path, {})


def test_a_path_that_no_system_can_open_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read: "):
        load(tmp_path / "a\0b", {})
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be read: Not a directory"):
        load(tmp_path / "file" / "config.toml", {})


def test_hostile_text_in_the_file_reaches_the_terminal_harmless(tmp_path: Path) -> None:
    (problem,) = mistakes(tmp_path, '[site]\n"t\\u001b[31m\\u202eitle" = 1')
    assert problem == 'config.toml:2: site.t\\x1b[31m\\u202eitle: is not a known key; did you mean "title"?'


def test_long_values_are_cut(tmp_path: Path) -> None:
    (problem,) = mistakes(tmp_path, f'[serve]\nport = "{"9" * 5000}"')
    assert len(problem) < 200


# ── kinds of other people ───────────────────────────────────────────────────────────────────────────────────


class Inner(BaseModel):
    depth: int


class Lax(BaseModel):
    model_config = ConfigDict(extra="ignore")
    mode: int | bool = 1
    inner: Inner | None = None


def test_a_kind_that_allows_unknown_keys_by_neglect_does_not_hide_a_misspelt_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Foreign:
        Options = Lax
        local = False

    monkeypatch.setattr(config_checks, "kinds", lambda: {"foreign": "elsewhere:Foreign"})
    monkeypatch.setattr(config_checks, "load", lambda kind: Foreign())
    found = mistakes(tmp_path, SOURCE + "kind = 'foreign'\nmodus = 2\nmode = 'x'\n[source.inner]\ndept = 1")
    assert found == [
        'config.toml:5: source[1] (a).modus: is not a known key; did you mean "mode"?',
        'config.toml:6: source[1] (a).mode: must be a whole number (got "x")',
        "config.toml:7: source[1] (a).inner.depth: is required",
    ]


def test_a_kind_that_cannot_be_imported_is_a_mistake_of_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(kind: str) -> object:
        raise ConfigError([f"kind {kind!r}: elsewhere:Foreign cannot be loaded: no module"])

    monkeypatch.setattr(config_checks, "kinds", lambda: {"foreign": "elsewhere:Foreign"})
    monkeypatch.setattr(config_checks, "load", broken)
    (problem,) = mistakes(tmp_path, SOURCE + "kind = 'foreign'")
    assert (
        problem
        == "config.toml:4: source[1] (a).kind: kind 'foreign': elsewhere:Foreign cannot be loaded: no module (got \"foreign\")"
    )


def test_an_error_that_has_no_words_of_ours_keeps_those_of_pydantic() -> None:
    class Model(BaseModel):
        when: __import__("datetime").date  # type: ignore[valid-type] # a type that config.toml does not use

    raw = {"when": "x"}
    try:
        Model.model_validate(raw)
    except ValueError as error:
        (problem,) = explain(error, raw)  # type: ignore[arg-type] # pydantic's is a ValueError
    assert problem.path == ("when",)
    assert problem.message.startswith("input should be a valid date")


# ── anything at all ─────────────────────────────────────────────────────────────────────────────────────────

anything = st.recursive(
    st.one_of(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
        st.sampled_from(["1h", "http://x.example/", "a", "b", "!a", "folder", "wordpress", "status", "10.0.0.0/8", "*", "(a"]),
        st.integers(-1, 2**64),
        st.floats(),
        st.booleans(),
        st.datetimes(),
        st.dates(),
        st.times(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["id", "slug", "was", "x", "\x1b"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def table_of(model: type[BaseModel], *more: str) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from([*model.model_fields, *more]), anything, max_size=6)


single = st.fixed_dictionaries({}, optional={name: st.one_of(anything, table_of(model, "x")) for name, model in SINGLE.items()})
many = st.fixed_dictionaries(
    {},
    optional={
        "source": st.one_of(anything, st.lists(table_of(SourceTable, "glob", "per_page", "x"), max_size=4)),
        "topic": st.one_of(anything, st.lists(table_of(TopicTable, "x"), max_size=4)),
    },
)


@given(single, many)
@settings(max_examples=300, deadline=None)
def test_whatever_the_tables_hold_each_mistake_is_a_harmless_line(first: dict[str, object], second: dict[str, object]) -> None:
    raw = first | second
    tables, options, found = config_checks.check(raw, Path("/srv"))
    assert bool(found) or (tables is not None and len(options) == len(tables.source))
    for text in render(found, raw, "config.toml", {}, {}):
        head, *below = text.split("\n")
        assert head.startswith("config.toml:1: ")
        assert not set(head) & set(map(chr, range(32)))
        assert len(below) in (0, 2)


def test_a_thousand_unknown_ids_among_many_take_no_time(tmp_path: Path) -> None:
    sources = "".join(f"[[source]]\nid = 's{number}'\nurl = 'http://x.example/'\n" for number in range(3000))
    started = time.monotonic()
    found = mistakes(tmp_path, f"{sources}[[topic]]\nslug = 'a'\nsources = {[f't{number}' for number in range(1000)]}")
    assert len(found) == 1000
    assert time.monotonic() - started < 10
