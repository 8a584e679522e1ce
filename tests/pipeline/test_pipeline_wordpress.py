"""WordPress sites whose API is not where it is usually, or not where it was, through real requests."""

import asyncio
import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from aggregator.asking import Asking
from aggregator.config.loading import load
from aggregator.pipeline.report import SourceCheck


def post(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "date_gmt": f"2026-03-01T10:00:{number:02}",
        "modified_gmt": f"2026-03-01T10:00:{number:02}",
        "guid": {"rendered": f"https://blog.example/?p={number}"},
        "status": "publish",
        "link": f"https://blog.example/{number}/",
        "title": {"rendered": f"Post {number}"},
        "content": {"rendered": f"<p>Number {number}</p>", "protected": False},
    }


class Blog:
    """A site at `/`, which announces its API nowhere; `at` says where that is: a path, or `parameter`."""

    def __init__(self, server: HTTPServer) -> None:
        self.at, self.posts, self.asked = "parameter", [post(1)], list[str]()
        self.conditional = list[bool]()
        server.expect_request("/").respond_with_handler(self._front)
        server.expect_request("/wp-json/wp/v2/posts").respond_with_handler(self._usual)

    def _front(self, request: Request) -> Response:
        self.asked.append(request.args.get("rest_route", "front"))
        if "rest_route" not in request.args:
            self.conditional.append(bool(request.if_none_match))
            return Response("<!doctype html><title>Blog</title>", content_type="text/html", headers={"ETag": '"front"'})
        return self._answer(self.at == "parameter")

    def _usual(self, _: Request) -> Response:
        self.asked.append("usual")
        return self._answer(self.at == "usual")

    def _answer(self, there: bool) -> Response:
        if not there:
            return Response("<h1>Not Found</h1>", status=404, content_type="text/html")
        return Response(json.dumps(self.posts), content_type="application/json", headers={"X-WP-TotalPages": "1"})


@pytest.fixture
def blog(httpserver: HTTPServer, project: Any) -> Blog:
    blog = Blog(httpserver)
    url = httpserver.url_for("/")
    project.configure(f'[[source]]\nid = "blog"\nkind = "wordpress"\nurl = "{url}"\n[[topic]]\nslug = "all"\nstories = false\n')
    return blog


def titles(project: Any) -> list[str]:
    return [entry["title"] for entry in json.loads((project.feeds / "all.json").read_text())["items"]]


def check(project: Any) -> SourceCheck:
    (checked,) = asyncio.run(Asking(load(project.config, {})).check()).sources
    return checked


def test_where_the_usual_path_has_nothing_the_parameter_is_asked(project: Any, blog: Blog) -> None:
    assert project.once().sources[0].result == "ok"
    assert blog.asked == ["front", "usual", "/wp/v2/posts"]
    assert titles(project) == ["Post 1"]


def test_an_api_that_moved_is_found_again_and_nothing_comes_twice(project: Any, blog: Blog) -> None:
    project.once()
    blog.at, blog.posts, blog.asked = "usual", [post(2), post(1)], []
    report = project.once()
    assert (report.sources[0].result, report.sources[0].new) == ("ok", 1)
    assert blog.asked == ["/wp/v2/posts", "/wp/v2/posts", "front", "usual"]
    assert blog.conditional == [False, False], "a 304 would not say where"
    blog.asked.clear()
    project.once()
    assert blog.asked == ["usual", "usual"]
    assert titles(project) == ["Post 2", "Post 1"]


def test_a_site_without_any_api_fails_with_a_sentence(project: Any, blog: Blog) -> None:
    blog.at = "nowhere"
    report = project.once()
    assert (report.sources[0].result, report.sources[0].reason) == ("failed", "http-404")
    assert blog.asked == ["front", "usual", "/wp/v2/posts"]


@pytest.mark.parametrize("at", ["parameter", "usual", "nowhere"])
def test_a_check_is_told_what_a_poll_is_told(project: Any, blog: Blog, at: str) -> None:
    blog.at = at
    checked, asked = check(project), list(blog.asked)
    blog.asked.clear()
    polled = project.once().sources[0]
    assert asked == blog.asked
    assert (checked.entries, checked.error, checked.reason) == (polled.new, polled.error, polled.reason)
    assert [one.title for one in checked.latest] == ([] if at == "nowhere" else ["Post 1"])
