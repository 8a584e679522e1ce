"""The kind `wordpress`: where the API is, what is asked of it from poll to poll, and posts of every shape."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from aggregator.errors import ParseError
from aggregator.model import Category, Document, Parsed, Request, Source
from aggregator.sources.wordpress import WordPressAdapter, WordPressOptions
from aggregator.sources.wordpress_api import announced, collection, home, is_api
from aggregator.sources.wordpress_post import entry, is_post, posts

SEEDS = Path(__file__).parent.parent.parent / "seeds"
ADAPTER = WordPressAdapter()
BLOG = Source(id="blog", kind="wordpress", url="https://blog.example/")
NOBODY: frozenset[str] = frozenset()


def post(
    number: int, modified: str = "2026-03-01T10:00:00", date: str = "2026-03-01T10:00:00", **more: object
) -> dict[str, object]:
    return {
        "id": number,
        "date_gmt": date,
        "modified_gmt": modified,
        "guid": {"rendered": f"https://blog.example/?p={number}"},
        "status": "publish",
        "link": f"https://blog.example/{number}/",
        "title": {"rendered": f"Post {number}"},
        "content": {"rendered": f"<p>{number}</p>", "protected": False},
        **more,
    }


def answer(request: Request, body: object, source: Source = BLOG, **headers: str) -> Parsed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ADAPTER.parse(Document(url=request.url, request=request, body=raw, headers=named), source, NOBODY)


def query(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def first_poll(source: Source = BLOG, body: object = None, **headers: str) -> Parsed:
    (site,) = ADAPTER.requests(source, {})
    found = answer(site, b"<title>Blog</title>", source, link='<https://blog.example/wp-json/>; rel="https://api.w.org/"')
    return answer(found.requests[0], [post(1)] if body is None else body, source, **headers)


# ── where the API is ────────────────────────────────────────────────────────────────────────────────────────


def test_a_site_is_asked_first_and_its_link_header_leads_to_the_posts():
    (site,) = ADAPTER.requests(BLOG, {})
    assert (site.url, site.role) == ("https://blog.example/", "site")
    found = answer(
        site, b"<html lang=de><title> A blog </title>", link='<https://blog.example/wp-json/>; rel="https://api.w.org/"'
    )
    (request,) = found.requests
    assert urlsplit(request.url).path == "/wp-json/wp/v2/posts"
    assert {"per_page": "100", "_embed": "author,wp:featuredmedia,wp:term", "orderby": "date"}.items() <= query(request).items()
    assert found.header is not None
    assert found.header.title is not None
    assert (found.header.title.value, found.header.link, found.header.language) == ("A blog", "https://blog.example/", "de")
    assert not found.state, "nothing is known until posts came"


def test_a_link_element_leads_to_the_posts_where_a_proxy_took_the_header():
    (site,) = ADAPTER.requests(BLOG, {})
    found = answer(
        site, b'<link rel="https://api.w.org/" href="/index.php?rest_route=/"><meta property="og:site_name" content="Named">'
    )
    (request,) = found.requests
    assert query(request)["rest_route"] == "/wp/v2/posts"
    assert request.url.startswith("https://blog.example/index.php?")
    assert found.header is not None
    assert found.header.title is not None
    assert found.header.title.value == "Named"


def test_without_announcement_the_usual_path_is_tried_and_then_the_parameter():
    (site,) = ADAPTER.requests(BLOG, {})
    (guess,) = answer(site, b"<p>nothing").requests
    assert guess.url.startswith("https://blog.example/wp-json/wp/v2/posts?")
    (second,) = answer(guess, b"<!doctype html><p>not found, says a friendly page").requests
    assert query(second)["rest_route"] == "/wp/v2/posts"
    assert answer(second, [post(1)]).state["api"] == "https://blog.example/?rest_route=/wp/v2/posts"
    with pytest.raises(ParseError, match="no WordPress API found"):
        answer(second, b"<!doctype html>")


def test_an_address_of_the_api_is_not_discovered_and_keeps_its_own_filters():
    source = Source(id="b", kind="wordpress", url="https://blog.example/wp-json/wp/v2/posts?categories=3&lang=de")
    (request,) = ADAPTER.requests(source, {})
    assert query(request)["categories"] == "3"
    found = answer(request, [post(1)], source)
    assert found.state["api"] == "https://blog.example/wp-json/wp/v2/posts?categories=3&lang=de"
    assert found.header is not None
    assert found.header.link == "https://blog.example/"
    edits, news = ADAPTER.requests(source, found.state)
    assert query(edits)["lang"] == query(news)["lang"] == "de"


@pytest.mark.parametrize(
    ("root", "posts_at"),
    [
        ("https://b.example/wp-json", "https://b.example/wp-json/wp/v2/posts"),
        ("https://b.example/sub/wp-json/wp/v2/", "https://b.example/sub/wp-json/wp/v2/posts"),
        ("https://b.example/wp-json/wp/v2/pages/7", "https://b.example/wp-json/wp/v2/pages/7"),
        ("https://b.example/?rest_route=/", "https://b.example/?rest_route=/wp/v2/posts"),
        ("https://b.example?rest_route=/wp/v2/pages", "https://b.example/?rest_route=/wp/v2/pages"),
        ("https://api.example/wp/v2/sites/b.example", "https://api.example/wp/v2/sites/b.example/posts"),
        ("https://api.example/wp/v2/sites/b.example/posts", "https://api.example/wp/v2/sites/b.example/posts"),
    ],
)
def test_the_collection_is_found_below_every_address_of_the_api(root: str, posts_at: str):
    assert is_api(root)
    assert collection(root, "posts") == posts_at


def test_the_site_of_an_api_address_is_what_stands_before_it():
    assert home("https://b.example/sub/wp-json/wp/v2/posts?x=1") == "https://b.example/sub/"
    assert home("https://b.example/index.php?rest_route=/") == "https://b.example/"


@pytest.mark.parametrize(
    "header",
    ["", "<https://x/>", '<javascript:x>; rel="https://api.w.org/"', '<http://[>; rel="https://api.w.org/"', "<" * 50_000],
)
def test_a_link_header_without_a_usable_api_gives_none(header: str):
    assert announced(header, "https://b.example/") is None


def test_a_relative_api_among_other_links_is_found():
    assert announced('</feed>; rel=alternate, </wp-json/>; title="a, b"; rel="x https://api.w.org/"', "https://b.example/") == (
        "https://b.example/wp-json/"
    )


# ── from poll to poll ───────────────────────────────────────────────────────────────────────────────────────


def test_later_polls_go_straight_to_the_api_and_ask_for_edits_and_for_news():
    found = first_poll(body=[post(2, modified="2026-03-05T12:00:00", date="2026-03-02T00:00:00"), post(1)])
    edits, news = ADAPTER.requests(BLOG, found.state)
    assert query(edits)["modified_after"] == "2026-03-05T11:00:00Z"
    assert query(edits)["orderby"] == "modified"
    assert query(news)["after"] == "2026-03-01T23:00:00Z"
    assert query(news)["orderby"] == "date"
    assert "modified_after" not in query(news)


def test_an_edit_moves_only_the_state_of_edits_and_news_only_that_of_news():
    edits, news = ADAPTER.requests(BLOG, first_poll().state)
    edited = answer(edits, [post(1, modified="2026-04-01T00:00:00")])
    assert edited.state["modified"] == "2026-04-01T00:00:00Z"
    assert "date" not in edited.state
    new = answer(news, [post(9, date="2026-04-02T00:00:00", modified="2026-01-01T00:00:00")])
    assert new.state["date"] == "2026-04-02T00:00:00Z"
    assert "modified" not in new.state, "a scheduled post says that it was modified long before it went public"


def test_the_state_never_goes_back_when_the_newest_post_is_deleted():
    edits, news = ADAPTER.requests(BLOG, first_poll().state)
    assert answer(edits, []).state["modified"] == "2026-03-01T10:00:00Z"
    assert answer(news, [post(0, date="2020-01-01T00:00:00")]).state["date"] == "2026-03-01T10:00:00Z"


def test_a_post_from_the_future_does_not_hide_all_later_ones():
    found = first_poll(
        body=[post(1, modified="2099-01-01T00:00:00", date="2099-01-01T00:00:00")], date="Mon, 02 Mar 2026 10:00:00 GMT"
    )
    assert found.state["modified"] == found.state["date"] == "2026-03-02T10:00:00Z"


def test_another_address_or_filter_starts_from_the_beginning():
    state = first_poll().state
    moved = Source(id="blog", kind="wordpress", url="https://new.example/")
    filtered = Source(id="blog", kind="wordpress", url=BLOG.url, options=WordPressOptions(search="tide"))
    longer = Source(id="blog", kind="wordpress", url=BLOG.url, options=WordPressOptions(max_pages=20))
    assert [request.role for request in ADAPTER.requests(moved, state)] == ["site"]
    assert [request.role for request in ADAPTER.requests(filtered, state)] == ["site"]
    assert [request.role for request in ADAPTER.requests(longer, state)] == ["edits:1", "news:1"]


@pytest.mark.parametrize(
    "broken", [{"api": 7}, {"api": "file:///etc"}, {"modified": "soon"}, {"date": None}, {"date": "x" * 100}]
)
def test_a_broken_state_starts_from_the_beginning(broken: dict[str, object]):
    (request,) = ADAPTER.requests(BLOG, {**first_poll().state, **broken})
    assert request.role in ("site", "posts:1")


def test_pages_are_turned_as_far_as_the_site_says_and_the_options_allow():
    source = Source(id="blog", kind="wordpress", url=BLOG.url, options=WordPressOptions(max_pages=2))
    found = first_poll(source, x_wp_totalpages="3")
    (second,) = found.requests
    assert (query(second)["page"], second.role) == ("2", "posts:2")
    last = answer(second, [post(2)], source, x_wp_totalpages="3")
    assert not last.requests
    assert not last.dropped, "older posts than max_pages are not asked for on the first poll"
    assert not last.state, "what is known comes from first pages"
    edits, _ = ADAPTER.requests(source, found.state)
    (further,) = answer(edits, [post(3)], source, x_wp_totalpages="9").requests
    assert "max_pages" in answer(further, [post(4)], source, x_wp_totalpages="9").dropped[0]


def test_pages_are_turned_by_link_where_the_count_is_missing():
    assert first_poll(link='<https://blog.example/x>; rel="next"').requests
    assert not first_poll(link='<https://blog.example/x>; rel="prev"').requests
    assert not first_poll(x_wp_totalpages="not a number").requests
    assert not first_poll(body=[], x_wp_totalpages="7").requests


def test_a_wordpress_that_does_not_know_modified_after_is_not_read_to_its_end_each_time():
    edits, _ = ADAPTER.requests(BLOG, first_poll().state)
    ignored = answer(edits, [post(1), post(0, modified="2019-01-01T00:00:00")], x_wp_totalpages="50")
    assert not ignored.requests
    assert len(ignored.entries) == 2


def test_filters_and_sizes_of_the_options_are_asked_for():
    options = WordPressOptions(post_type="pages", categories=(3, 4), tags=(5,), search="low tide", per_page=20)
    source = Source(id="b", kind="wordpress", url="https://blog.example/wp-json/", options=options)
    (request,) = ADAPTER.requests(source, {})
    assert urlsplit(request.url).path == "/wp-json/wp/v2/pages"
    expected = {"categories": "3,4", "tags": "5", "search": "low tide", "per_page": "20"}
    assert expected.items() <= query(request).items()
    assert answer(request, [post(1)], source).state["api"] == "https://blog.example/wp-json/wp/v2/pages"


def test_misspelt_options_are_refused():
    with pytest.raises(ValidationError):
        WordPressOptions.model_validate({"catgories": [1]})
    with pytest.raises(ValidationError):
        WordPressOptions(per_page=101)


def test_a_clock_that_cannot_be_read_is_not_consulted():
    assert first_poll(date="yesterday").state["modified"] == "2026-03-01T10:00:00Z"
    assert first_poll(date="Sun, 01 Mar 2026 09:00:00 -0000").state["modified"] == "2026-03-01T09:00:00Z"


def test_things_that_are_no_posts_are_counted_and_named_with_their_page():
    (second,) = first_poll(x_wp_totalpages="2").requests
    assert answer(second, [post(1), 7]).dropped == (
        "https://blog.example/wp-json/wp/v2/posts, page 2: 1 of the 2 things in the list are not posts",
    )


# ── posts ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_founding_post_comes_in_whole():
    (found,) = posts(json.loads((SEEDS / "002_f44923735bca28bc.txt").read_bytes()), name="seed")
    made = entry(found)
    assert made is not None
    assert made.id == "https://metaverseplanet.net/blog/?p=21962"
    assert made.title is not None
    assert made.title.value == "OpenAI Urges Ban on All China-Linked AI Models"
    assert (made.published, made.updated) == ("2025-03-21T09:54:01Z", "2026-01-05T09:17:02Z")
    assert made.categories == (
        Category(term="ai-information", scheme="category"),
        Category(term="ai-news", scheme="tag"),
        Category(term="ai-tools-news", scheme="tag"),
    )
    assert made.image == "https://metaverseplanet.net/blog/wp-content/uploads/2024/10/openai.webp"
    assert made.summary is not None
    assert made.content is not None


def test_protected_and_unpublished_posts_are_left_out():
    assert entry(post(1, status="draft")) is None
    assert entry(post(1, content={"rendered": "", "protected": True})) is None
    assert first_poll(body=[post(1, status="private")]).entries == ()


@pytest.mark.parametrize(
    ("more", "image"),
    [
        ({"jetpack_featured_media_url": "https://b.example/j.jpg"}, "https://b.example/j.jpg"),
        ({"yoast_head_json": {"og_image": [{"url": "https://b.example/y.jpg"}]}}, "https://b.example/y.jpg"),
        ({"yoast_head_json": {"og_image": []}, "content": "<IMG src=/z.jpg>"}, "/z.jpg"),
        ({"media_type": "image", "source_url": "https://b.example/m.jpg"}, "https://b.example/m.jpg"),
        ({"_embedded": {"wp:featuredmedia": [{"code": "rest_forbidden"}, 7]}}, None),
    ],
)
def test_the_image_is_looked_for_where_plugins_put_it(more: dict[str, object], image: str | None):
    made = entry(post(1, **more))
    assert made is not None
    assert made.image == image


def test_an_author_is_found_in_what_yoast_adds_where_none_is_embedded():
    made = entry(post(1, yoast_head_json={"author": "Ada &amp; Bo"}))
    assert made is not None
    assert [author.name for author in made.authors] == ["Ada & Bo"]


def test_an_offset_that_a_plugin_wrote_is_kept():
    made = entry(post(1, date="2026-03-01T10:00:00+02:00"))
    assert made is not None
    assert made.published == "2026-03-01T10:00:00+02:00"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"code": "rest_no_route", "message": "No route was found"}', "rest_no_route: No route was found"),
        (b"<html>Just a moment...", "not an answer of WordPress' API"),
        (b"7", "a JSON int"),
        (b"{}", "not a WordPress post"),
        (b"[1, 2]", "not WordPress posts"),
        (b'[{"taxonomy": "category", "id": 1}]', r"WordPress terms \(category\)"),
        (b'[{"avatar_urls": {}, "id": 1}]', "WordPress users"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_not_posts_is_refused_in_a_sentence_that_names_the_api(body: bytes, says: str):
    request = Request(url="https://blog.example/wp-json/wp/v2/posts?per_page=100", role="posts:1")
    with pytest.raises(ParseError, match=says) as refused:
        answer(request, body)
    assert "https://blog.example/wp-json/wp/v2/posts" in str(refused.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    [
        "id",
        "guid",
        "link",
        "status",
        "date",
        "date_gmt",
        "modified",
        "modified_gmt",
        "title",
        "content",
        "excerpt",
        "caption",
        "description",
        "class_list",
        "_embedded",
        "yoast_head_json",
        "media_type",
        "mime_type",
        "media_details",
        "source_url",
        "comment_status",
        "jetpack_featured_media_url",
    ]
)
EMBEDDED = st.fixed_dictionaries({}, optional=dict.fromkeys(("author", "wp:term", "wp:featuredmedia"), JSON))


@given(st.dictionaries(FIELDS, JSON, max_size=12), EMBEDDED)
def test_fields_of_any_type_never_break_a_post(fields: dict[str, object], embedded: dict[str, object]):
    made = entry({**post(1), **fields, "_embedded": embedded})
    assert made is None or all(category.term for category in made.categories)
    assert isinstance(is_post(fields), bool)


# ── over a real socket ──────────────────────────────────────────────────────────────────────────────────────


async def test_three_polls_of_a_real_server_lose_and_repeat_nothing():
    """A small WordPress: pages, modified_after and after as in WordPress 6; a scheduled post keeps its old modified date."""
    stored = [
        post(number, modified=f"2026-03-{number:02}T10:00:00", date=f"2026-03-{number:02}T10:00:00") for number in range(1, 8)
    ]
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode()
        asked.append(target)
        parts, asks = urlsplit(target), {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        head = ""
        if parts.path == "/":
            body, head = b"<title>Small</title>", 'Link: </wp-json/>; rel="https://api.w.org/"\r\n'
        else:
            found = [
                one
                for one in stored
                if _after(one, "modified_gmt", asks.get("modified_after")) and _after(one, "date_gmt", asks.get("after"))
            ]
            found.sort(key=lambda one: str(one[f"{asks['orderby']}_gmt"]), reverse=True)
            size, page = int(asks["per_page"]), int(asks.get("page", "1"))
            body = json.dumps(found[(page - 1) * size : page * size]).encode()
            head = f"X-WP-TotalPages: {-(-len(found) // size)}\r\n"
        writer.write(f"HTTP/1.0 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    source = Source(id="s", kind="wordpress", url=address, options=WordPressOptions(per_page=3))
    async with server:
        state, first = await _poll(source, {})
        assert first == [7, 6, 5, 4, 3, 2, 1]
        assert len(asked) == 4
        state, second = await _poll(source, state)
        assert set(second) == {7}, "only what the overlap repeats"
        stored[0]["modified_gmt"] = "2026-03-09T10:00:00"
        stored.append(post(8, modified="2026-02-01T00:00:00", date="2026-03-08T10:00:00"))
        _, third = await _poll(source, state)
        assert set(third) == {1, 7, 8}


def _after(one: dict[str, object], field: str, since: str | None) -> bool:
    return since is None or datetime.fromisoformat(str(one[field])).replace(tzinfo=UTC) > datetime.fromisoformat(since)


async def _poll(source: Source, state: dict[str, object]) -> tuple[dict[str, object], list[int]]:
    waiting, merged, numbers = list(ADAPTER.requests(source, state)), dict(state), list[int]()
    while waiting:
        request = waiting.pop(0)
        parts = urlsplit(request.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {request.url.split(parts.netloc)[1]} HTTP/1.0\r\n\r\n".encode())
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.decode().split("\r\n")[1:])}
        parsed = ADAPTER.parse(Document(url=request.url, request=request, body=body, headers=headers), source, NOBODY)
        waiting += parsed.requests
        merged |= parsed.state
        numbers += [int(str(made.id).rpartition("=")[2]) for made in parsed.entries]
    return merged, numbers
