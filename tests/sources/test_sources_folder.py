"""The kind `folder`: what is read, how each file is taken, and how files are named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from aggregator.errors import ParseError
from aggregator.model import Document, Parsed, Request, Source
from aggregator.sources.folder import FolderAdapter, FolderOptions

ADAPTER = FolderAdapter()
NOTES = Source(id="notes", kind="folder", path="/home/me/my notes")
FEED = b'<rss version="2.0"><channel><title>F</title><item><guid>1</guid><title>T</title></item></channel></rss>'
POST = b'{"id": 1, "title": {"rendered": "T"}, "content": {"rendered": "C"}, "link": "https://a.example/1"}'


def read(body: bytes, name: str = "sub/file.md", source: Source = NOTES) -> Parsed:
    (request,) = ADAPTER.requests(source, {})
    return ADAPTER.parse(
        Document(url=(Path("/home/me/my notes") / name).as_uri(), request=request, body=body), source, frozenset()
    )


def test_a_folder_is_asked_for_with_the_patterns_of_its_options():
    (request,) = ADAPTER.requests(NOTES, {})
    assert request.url == "file:///home/me/my%20notes"
    assert {"**/*.md", "**/*.markdown", "**/*.txt", "**/*.json", "**/*.xml", "**/*.rss", "**/*.atom", "**/*.html"} == set(
        request.patterns
    )
    one = Source(id="n", kind="folder", path="/n", options=FolderOptions(glob="*.md"))
    several = Source(id="n", kind="folder", path="/n", options=FolderOptions(glob=("a/*", "b/**")))
    assert ADAPTER.requests(one, {})[0].patterns == ("*.md",)
    assert ADAPTER.requests(several, {})[0].patterns == ("a/*", "b/**")
    assert ADAPTER.requests(Source(id="n", kind="folder"), {}) == ()
    with pytest.raises(ValidationError):
        FolderOptions.model_validate({"globs": "*"})


@pytest.mark.parametrize(
    ("name", "body", "format"),
    [
        ("a.md", b"# T\n\nx", "markdown"),
        ("a.MD", b"<p align=center>Markdown may begin so", "markdown"),
        ("a.md", b"Disallow: /x\nAllow: /y", "markdown"),
        ("a.txt", b"# T\n\nx", "markdown"),
        ("a.txt", b"a note\n\nof plain text", "text"),
        ("a", b"a note\n\nwithout ending", "text"),
        ("a.txt", POST, "wordpress"),
        ("a.json", b"[" + POST + b"]", "wordpress"),
        ("a.html", FEED, "rss20"),
        ("a.txt", b"<!doctype html><title>T</title>", "html"),
        (
            "a.txt",
            b'{"version": "https://jsonfeed.org/version/1", "title": "F", "items": [{"id": "1", "title": "T"}]}',
            "jsonfeed1",
        ),
    ],
)
def test_a_file_is_taken_for_what_its_bytes_are(name: str, body: bytes, format: str):
    parsed = read(body, name)
    assert parsed.format == format
    assert len(parsed.entries) == 1


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("a.opml", b"<opml><body/></opml>", "OPML"),
        ("a.xml", b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "a sitemap"),
        ("a.txt", b"User-agent: *\nDisallow: /x", "a robots.txt"),
        ("a.xml", b"<note/>", "XML, but no feed"),
        ("a.xml", b"plain", "should be called .txt"),
        ("a.rss", b"# T\n\n## U\n\nx", "should be called .md"),
        ("a.md", b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("a.md", b" \n", "empty"),
        ("a.json", b'{"a": 1}', "a JSON object, not a WordPress post"),
        ("a.json", b'{"a": ', "not valid JSON"),
        ("a.json", b'{"version": "https://jsonfeed.org/version/1", "items": 7}', "items"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(name: str, body: bytes, says: str):
    with pytest.raises(ParseError, match=says) as refused:
        read(body, f"in/{name}")
    assert str(refused.value).startswith(f"in/{name}: ")


def test_a_clipping_without_id_is_known_by_its_path_below_the_folder():
    assert read(b"x", "a b/ü.md").entries[0].id == "a b/ü.md"
    single = Source(id="n", kind="folder", path="/home/me/my notes/one.md")
    assert read(b"x", "one.md", single).entries[0].id == "one.md"
    elsewhere = Document(url="file:///real/place/one.md", request=Request(url="file:///real"), body=b"x")
    assert ADAPTER.parse(elsewhere, NOTES, frozenset()).entries[0].id == "place/one.md"
    nowhere = Document(url="file:///other/one.md", request=Request(url="file:///real"), body=b"x")
    assert ADAPTER.parse(nowhere, NOTES, frozenset()).entries[0].id == "one.md"


def test_an_entry_does_not_tell_where_the_folder_lies():
    for name, body in (("a.md", b"x"), ("a.rss", FEED), ("a.json", POST), ("a.html", b"<title>T</title>")):
        assert "/home/me" not in repr(read(body, name).entries)


def test_entries_of_a_feed_keep_their_ids_and_are_attributed_to_it():
    (entry,) = read(FEED, "a.rss").entries
    assert entry.id == "1"
    assert entry.source is not None
    assert entry.source.title is not None
    assert entry.source.title.value == "F"


def test_strange_things_among_posts_are_counted():
    parsed = read(b"[" + POST + b', 7, {"id": 2}]', "a.json")
    assert len(parsed.entries) == 1
    assert parsed.dropped == ("a.json: 2 of the 3 things in the list are not posts",)
