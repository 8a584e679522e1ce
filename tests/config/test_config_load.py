"""config.toml → Config: values, defaults, paths, environment."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from aggregator.config.loading import Config, load
from aggregator.errors import ConfigError
from aggregator.model import Grouping

ROOT = Path(__file__).parent.parent.parent


def written(folder: Path, text: str, env: dict[str, str] | None = None) -> Config:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    return load(path, env or {})


def problems(folder: Path, text: str, env: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        written(folder, text, env)
    return caught.value.problems


def test_an_empty_file_is_a_configuration_with_every_default(tmp_path: Path) -> None:
    config = written(tmp_path, "")
    assert config.sources() == ()
    assert config.topics() == ()
    assert config.roots() == ()
    assert config.store.path == tmp_path / "aggregator.db"
    assert config.store.keep is None
    assert config.publish.directory == tmp_path / "feeds"
    assert (config.serve.host, config.serve.port) == ("127.0.0.1", 8080)
    assert config.fetch.allow_private == ()
    assert config.fetch.host_gap is None
    assert config.fetch.host_parallel is None
    site = config.site()
    assert (site.base_url, site.language, site.formats) == ("http://127.0.0.1:8080/", "en", ("atom", "rss", "json"))


def test_every_key_arrives_in_the_model(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        """
        [site]
        title = "Planet"
        base_url = "https://feeds.example.org/planet"
        author = "Ann"
        contact = "ann@example.org"
        language = "de"
        [store]
        path = "var/planet.db"
        keep = "365d"
        [fetch]
        user_agent = "planet/1"
        allow_private = ["10.0.0.0/8", "::1/128"]
        host_gap = 0
        host_parallel = 4
        [publish]
        directory = "/srv/feeds"
        formats = ["json", "atom", "json"]
        [serve]
        host = "::"
        port = 9000
        [[source]]
        id = "blog"
        kind = "wordpress"
        url = "https://blog.example.org/"
        title = "The blog"
        interval = "1h30m"
        enabled = false
        timezone = "Europe/Berlin"
        allow_private = []
        was = ["old-blog"]
        per_page = 20
        [[source]]
        id = "clips"
        kind = "folder"
        path = "../clips"
        [[topic]]
        slug = "all"
        [[topic]]
        slug = "ai-news"
        title = "AI"
        subtitle = "About AI"
        query = "ai OR openai"
        sources = ["blog", "!clips"]
        limit = 10
        max_age = "7d"
        stories = false
        was = ["ai"]
        """,
    )
    site = config.site()
    assert site.title == "Planet"
    assert site.base_url == "https://feeds.example.org/planet/"
    assert (site.author, site.contact, site.language, site.formats) == ("Ann", "ann@example.org", "de", ("json", "atom"))
    assert (config.store.path, config.store.keep) == (tmp_path / "var/planet.db", 365 * 86400)
    assert config.fetch.allow_private == (ip_network("10.0.0.0/8"), ip_network("::1/128"))
    assert (config.fetch.host_gap, config.fetch.host_parallel) == (0, 4)
    assert config.publish.directory == Path("/srv/feeds")
    assert (config.serve.host, config.serve.port) == ("::", 9000)
    blog, clips = config.sources()
    assert (blog.id, blog.kind, blog.url, blog.path, blog.title) == (
        "blog",
        "wordpress",
        "https://blog.example.org/",
        None,
        "The blog",
    )
    assert (blog.interval, blog.enabled, blog.timezone) == (5400, False, "Europe/Berlin")
    assert (blog.allow_private, blog.was) == ((), ("old-blog",))
    assert blog.options.per_page == 20  # type: ignore[attr-defined] # the kind's own model
    assert (clips.url, clips.path, clips.allow_private, clips.interval) == (None, str(tmp_path.parent / "clips"), None, None)
    assert config.roots() == (tmp_path.parent / "clips",)
    everything, ai = config.topics()
    assert (everything.title, everything.query, everything.limit, everything.stories) == ("All", "*", 50, True)
    assert (ai.title, ai.subtitle, ai.query, ai.sources) == ("AI", "About AI", "ai OR openai", ("blog", "!clips"))
    assert (ai.limit, ai.max_age, ai.stories, ai.was) == (10, 604800, False, ("ai",))


def test_topics_tell_stories_as_the_whole_says_unless_they_say_otherwise(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        """
        [stories]
        strictness = "loose"
        window = "2d"
        prefer = ["a"]
        [[source]]
        id = "a"
        url = "http://a.example/"
        [[topic]]
        slug = "common"
        [[topic]]
        slug = "own"
        stories = { strictness = "strict", max_age = "3d", prefer = [] }
        [[topic]]
        slug = "none"
        stories = false
        """,
    )
    common, own, none = config.topics()
    assert (common.stories, common.grouping, common.prefer) == (True, Grouping(strictness="loose", window=172800), ("a",))
    assert (own.grouping, own.prefer) == (Grouping(strictness="strict", window=172800, max_age=259200), ())
    assert not none.stories
    assert common.grouping.name == "loose/172800/864000"


def test_the_shipped_configuration_reads_the_seeds_into_two_topics() -> None:
    config = load(ROOT / "config.toml", {})
    (source,) = config.sources()
    assert source.path == str(ROOT / "seeds")
    assert len(config.topics()) == 2


def test_the_shipped_configuration_names_its_schema_first() -> None:
    assert (ROOT / "config.toml").read_text("utf-8").startswith("#:schema ./config.schema.json\n")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ('"90s"', 90),
        ('"15m"', 900),
        ('"1h"', 3600),
        ('"7d"', 604800),
        ('"2w"', 1209600),
        ('"1.5h"', 5400),
        ("45", 45),
        ("0.5", 0.5),
    ],
)
def test_durations_are_read_as_seconds(tmp_path: Path, text: str, seconds: float) -> None:
    (source,) = written(tmp_path, f'[[source]]\nid = "a"\nurl = "http://x.example/"\ninterval = {text}').sources()
    assert source.interval == seconds


@pytest.mark.parametrize(
    "text", ['"15"', '"often"', '""', '"-1h"', "-1", "0", "true", '"1 month"', "inf", "nan", '"9999999d"', "[1]", '"١h"']
)
def test_what_is_no_duration_is_refused(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, f'[[source]]\nid = "a"\nurl = "http://x.example/"\ninterval = {text}')
    assert problem.startswith("config.toml:4: source[1] (a).interval: must ")


def test_keep_is_forever_or_a_duration(tmp_path: Path) -> None:
    assert written(tmp_path, '[store]\nkeep = "forever"').store.keep is None
    assert written(tmp_path, '[store]\nkeep = "30d"').store.keep == 30 * 86400
    assert 'must be "forever" or a duration' in problems(tmp_path, "[store]\nkeep = 0")[0]


def test_a_home_folder_is_found_or_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert written(tmp_path, '[store]\npath = "~/a.db"').store.path == Path("/home/ann/a.db")
    (problem,) = problems(tmp_path, '[store]\npath = "~nobody-of-that-name/a.db"')
    assert "names a home folder that cannot be found" in problem


# ── what we call ourselves ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("site", "ends"),
    [
        ("", ""),
        ('base_url = "http://192.168.1.5/"', ""),
        ('base_url = "http://planet.local/"', ""),
        ('base_url = "http://planet/"', ""),
        ('base_url = "https://planet.example.org/"', " (+https://planet.example.org/)"),
        ('base_url = "https://8.8.8.8/"', " (+https://8.8.8.8/)"),
        ('contact = "ann@example.org"', " (+ann@example.org)"),
        ('contact = "https://example.org/a(b)ü"', " (+https://example.org/a%28b%29%C3%BC)"),
    ],
)
def test_the_user_agent_names_a_place_where_strangers_can_ask(tmp_path: Path, site: str, ends: str) -> None:
    agent = written(tmp_path, f"[site]\n{site}").user_agent()
    assert agent.startswith("aggregator/")
    assert agent.partition(" ")[1] + agent.partition(" ")[2] == ends


def test_a_written_user_agent_wins(tmp_path: Path) -> None:
    assert written(tmp_path, '[fetch]\nuser_agent = "me/1"\n[site]\ncontact = "a@b.example"').user_agent() == "me/1"


@pytest.mark.parametrize(
    ("host", "url"), [("0.0.0.0", "http://127.0.0.1:81/"), ("::", "http://[::1]:81/"), ("me.lan", "http://me.lan:81/")]
)
def test_without_base_url_feeds_are_where_we_serve(tmp_path: Path, host: str, url: str) -> None:
    assert written(tmp_path, f'[serve]\nhost = "{host}"\nport = 81').site().base_url == url


# ── environment ─────────────────────────────────────────────────────────────────────────────────────────────


def test_variables_override_the_file(tmp_path: Path) -> None:
    env = {
        "AGGREGATOR_SERVE__PORT": "9000",
        "AGGREGATOR_SITE__TITLE": "From outside",
        "AGGREGATOR_FETCH__ALLOW_PRIVATE": "127.0.0.0/8, ::1/128",
        "AGGREGATOR_PUBLISH__FORMATS": '["rss"]',
        "AGGREGATOR_FETCH__HOST_GAP": "2.5",
        "AGGREGATOR_STORE__KEEP": "7d",
        "AGGREGATOR_CONFIG": "elsewhere.toml",
        "HOME": "/",
    }
    config = written(tmp_path, '[serve]\nport = 1\n[site]\ntitle = "From the file"', env)
    assert config.serve.port == 9000
    assert config.site().title == "From outside"
    assert config.fetch.allow_private == (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    assert config.site().formats == ("rss",)
    assert (config.fetch.host_gap, config.store.keep) == (2.5, 604800)


@pytest.mark.parametrize("name", ["AGGREGATOR_SITE__CONTACT_FILE", "AGGREGATOR_SITE__CONTACT__FILE"])
def test_a_value_can_stand_in_a_file_of_its_own(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("ann@example.org\n")
    assert written(tmp_path, "", {name: str(secret)}).site().contact == "ann@example.org"


def test_a_mistake_in_a_variable_names_the_variable(tmp_path: Path) -> None:
    env = {
        "AGGREGATOR_SERVE__PORT": "many",
        "AGGREGATOR_SERVE__PROT": "1",
        "AGGREGATOR_SERV__PORT": "1",
        "AGGREGATOR_SITE__TITLE_FILE": str(tmp_path / "absent"),
        "AGGREGATOR_PUBLISH__FORMATS": "[atom",
    }
    found = problems(tmp_path, "[serve]\nhost = ''", env)
    assert found[0] == 'config.toml:2: serve.host: must not be empty (got "")'
    assert 'AGGREGATOR_SERVE__PORT: serve.port: must be a whole number (got "many")' in found
    assert 'AGGREGATOR_SERVE__PROT: serve.prot: is not a known key; did you mean "port"?' in found
    assert 'AGGREGATOR_SERV__PORT: serv.port: is not a known variable; did you mean "serve"?' in found
    assert any(text.startswith("AGGREGATOR_SITE__TITLE_FILE: site.title: names a file that cannot be read: ") for text in found)
    assert any(text.startswith("AGGREGATOR_PUBLISH__FORMATS: publish.formats: must be a list") for text in found)
    assert len(found) == 6


def test_a_wrong_value_from_a_file_of_its_own_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hunter2")
    (problem,) = problems(tmp_path, "", {"AGGREGATOR_SITE__CONTACT_FILE": str(tmp_path / "secret")})
    assert problem == "AGGREGATOR_SITE__CONTACT_FILE: site.contact: must be an e-mail address or the http(s) address of a page"


def test_true_and_false_have_the_usual_spellings_in_variables() -> None:
    from pydantic import BaseModel

    from aggregator.config.env import overlay

    class Switch(BaseModel):
        on: bool = False

    for text, value in {"yes": True, "0": False, "TRUE": True, "maybe": "maybe"}.items():
        merged, _, _ = overlay({}, {"AGGREGATOR_SWITCH__ON": text}, {"switch": Switch})
        assert merged == {"switch": {"on": value}}


def test_a_table_that_is_none_stays_wrong_under_a_variable(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "serve = 8080", {"AGGREGATOR_SERVE__PORT": "9000"})
    assert problem == "config.toml:1: serve: must be a table (got 8080)"
