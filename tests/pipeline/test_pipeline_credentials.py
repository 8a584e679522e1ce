"""Headers and credentials of a source: sent to its origin, and found nowhere else."""

import json
import logging

import pytest
from click.testing import CliRunner
from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

from aggregator.cli.main import cli
from aggregator.config.loading import load
from aggregator.errors import ConfigError
from aggregator.model import Document, Request, Source
from aggregator.pipeline.polls.credentials import with_headers, without_headers

SECRET = "correct-horse-battery"
TOPIC = '[[topic]]\nslug = "all"\n'
SOURCE = Source(id="a", kind="feed", url="https://a.example/feed", headers={"X-Key": SECRET})


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example/feed", True),
        ("https://a.example/other?page=2", True),
        ("http://a.example/feed", False),
        ("https://b.example/feed", False),
        ("https://a.example:8443/feed", False),
        ("https://a.example.evil.example/feed", False),
        ("http://[::1", False),
    ],
)
def test_headers_go_where_the_operator_meant_them_to_go(url: str, sent: bool) -> None:
    request = with_headers(Request(url=url, headers={"A": "b"}), SOURCE, SOURCE.url)
    assert request.headers == ({"A": "b", "X-Key": SECRET} if sent else {"A": "b"})


def test_a_source_that_moved_elsewhere_does_not_take_its_headers_with_it() -> None:
    assert with_headers(Request(url="https://b.example/"), SOURCE, "https://a.example/").headers == {}
    assert with_headers(Request(url="https://a.example/"), SOURCE, "http://a.example/").headers == {"X-Key": SECRET}
    assert with_headers(Request(url="https://a.example/"), SOURCE, None).headers == {}


def test_a_parser_sees_no_headers_and_no_representation_shows_them() -> None:
    request = with_headers(Request(url="https://a.example/feed"), SOURCE, SOURCE.url)
    document = Document(url=request.url, request=request)
    seen, source = without_headers(document, SOURCE)
    assert (seen.request.headers, source.headers) == ({}, {})
    assert SECRET not in repr((SOURCE, request, document))
    assert without_headers(seen, source) == (seen, source)


# ── through the program ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def test_secrets_come_from_the_environment_or_a_file_and_leave_no_trace(project, site, monkeypatch, caplog, tmp_path) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "key").write_text(SECRET + "\n")
    monkeypatch.setenv("LWN_AUTH", f"me:{SECRET}")
    monkeypatch.setenv("LWN_KEY_FILE", str(tmp_path / "key"))
    good, bad = site.put("/feed", rss([item(1)])), site.put("/bad", "", status=401)
    keys = 'auth_env = "LWN_AUTH"\nheaders_env = { X-Key = "LWN_KEY" }\nheaders = { X-Plan = "full" }\n'
    project.configure(f'[[source]]\nid = "good"\nurl = "{good}"\n{keys}[[source]]\nid = "bad"\nurl = "{bad}"\n{keys}{TOPIC}')
    said = []
    for command in (["once", "--json"], ["poll", "bad", "--force"], ["status", "--json"], ["check", "--json"], ["check"]):
        result = CliRunner().invoke(cli, [*command, "--config", str(project.config)])
        said.append(result.output)
    asked = site.requests[0].headers
    assert asked["Authorization"] == "Basic bWU6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"
    assert (asked["X-Key"], asked["X-Plan"]) == (SECRET, "full")
    assert {report["result"] for report in json.loads(said[0])["sources"]} == {"ok", "failed"}
    encoded = "bWU6Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"
    written = b"".join(path.read_bytes() for path in project.root.rglob("*") if path.is_file() and path.name != "key")
    for secret in (SECRET, encoded):
        assert secret not in "".join(said) + caplog.text
        assert secret.encode() not in written


def test_a_token_is_a_bearer_token_and_a_redirect_to_another_origin_gets_none(project, site, monkeypatch) -> None:
    monkeypatch.setenv("TOKEN", SECRET)
    feed = site.put("/feed", rss([item(1)]))
    url = site.put("/go", "", status=302, Location=feed.replace("localhost", "127.0.0.1"))
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\nauth_env = "TOKEN"\n{TOPIC}')
    runner = CliRunner().invoke(cli, ["once", "--config", str(project.config)])
    assert runner.exit_code == 0, runner.output
    assert [request.headers.get("Authorization") for request in site.requests] == [f"Bearer {SECRET}", None]


MISTAKES = {
    'auth_env = "NOT_SET"': "source[1] (one).auth_env: names the variable NOT_SET, which is not set, and neither is NOT_SET_FILE",
    'auth_env = "EMPTY"': "source[1] (one).auth_env: names the variable EMPTY, which holds nothing",
    'auth_env = "BREAKS"': "source[1] (one).auth_env: names the variable BREAKS, which holds nothing, too much, or what cannot",
    'auth_env = "LOST"': "source[1] (one).auth_env: names a variable whose file (LOST_FILE) cannot be read",
    f'auth_env = "me:{SECRET}"': "source[1] (one).auth_env: must be the name of an environment variable",
    f'headers_env = {{ X-Key = "{SECRET}" }}': "source[1] (one).headers_env.X-Key: must be the name of an environment variable",
    f'headers = {{ "X Key" = "{SECRET}" }}': "source[1] (one).headers.X Key: must be the name of an HTTP header",
    f'headers = {{ X-Key = "{SECRET}\\n" }}': "source[1] (one).headers.X-Key: must not hold line breaks",
    f'headers = {{ Host = "{SECRET}" }}': "source[1] (one).headers.Host: is set by the program itself",
    'headers = { x-key = "a" }\nheaders_env = { X-Key = "GOOD" }': "gives the header X-Key a second time",
    'headers = { authorization = "a" }\nauth_env = "GOOD"': "gives the header Authorization a second time",
    "headers = 5": "source[1] (one).headers: must be a table",
}


@pytest.mark.parametrize("written", MISTAKES)
def test_a_mistake_is_told_by_name_and_never_shows_a_value(written: str, project) -> None:
    project.configure(f'[[source]]\nid = "one"\nurl = "http://a.example/"\n{written}\n')
    env = {"EMPTY": "", "BREAKS": f"{SECRET}\n{SECRET}", "LOST_FILE": "/nowhere", "GOOD": SECRET}
    with pytest.raises(ConfigError) as error:
        load(project.config, env)
    assert MISTAKES[written] in str(error.value)
    assert SECRET not in str(error.value)
    assert len(error.value.problems) == 1


def test_a_disabled_source_needs_no_variables(project) -> None:
    project.configure('[[source]]\nid = "one"\nurl = "http://a.example/"\nauth_env = "NOT_SET"\nenabled = false\n')
    assert load(project.config, {}).sources()[0].headers == {}


def test_a_proxy_may_hold_a_password_which_is_never_shown(project) -> None:
    project.configure(f'[fetch]\nproxy = "http://me:{SECRET}@proxy.lan:3128"\n', head="")
    config = load(project.config, {})
    assert config.fetch.proxy is not None
    assert SECRET not in repr(config)
    project.configure(f'[fetch]\nproxy = "socks5://me:{SECRET}@proxy.lan"\n', head="")
    with pytest.raises(ConfigError) as error:
        load(project.config, {})
    assert "config.toml:2: fetch.proxy: must be an absolute address" in str(error.value)
    assert SECRET not in str(error.value)
