"""Real documents through `folder` and `wordpress`: an entry or a sentence that names the file, and the posts that were counted by others."""

import csv
import json
import re
from pathlib import Path

import pytest

from aggregator.errors import ParseError
from aggregator.model import Document, Entry, Parsed, Source
from aggregator.sources.adapter import load
from aggregator.sources.folder import FolderAdapter

pytestmark = pytest.mark.shared
FOLDERS = ("wp-json", "markdown-clipping", "markdown-extract", "html", "autodiscovery-html")


def _read(path: Path) -> Parsed:
    source = Source(id="corpus", kind="folder", path=str(path.parent))
    (request,) = FolderAdapter().requests(source, {})
    return FolderAdapter().parse(Document(url=path.as_uri(), request=request, body=path.read_bytes()), source, frozenset())


def _rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "corpus" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _files(shared: Path) -> list[Path]:
    files = [path for folder in FOLDERS for path in (shared / "corpus" / folder).rglob("*") if path.is_file()]
    files += [shared / "corpus" / row["path"] for row in _rows(shared) if row["format"].startswith("jsonfeed")]
    return [path for path in dict.fromkeys(files) if path.is_file()]


def test_every_document_gives_an_entry_or_an_error_that_names_it(shared: Path):
    refused = dict[str, str]()
    for path in _files(shared):
        try:
            parsed = _read(path)
        except ParseError as error:
            refused[path.name] = str(error)
        else:
            assert parsed.entries or parsed.format not in ("html", "markdown", "text", "wordpress"), path
    assert all(sentence.startswith(f"{name}: ") for name, sentence in refused.items())
    assert not [name for name in refused if name.endswith((".md", ".html"))], "every clipping and every page comes in"


@pytest.mark.parametrize("kind", ["folder", "wordpress"])
def test_the_posts_that_the_manifest_counts_come_in(shared: Path, kind: str):
    source = Source(id="w", kind="wordpress", url="https://blog.example/wp-json/wp/v2/posts")
    counted = 0
    for row in _rows(shared):
        count = re.search(r"posts=(\d+)", row["notes"])
        if row["kind"] != "wp-json" or count is None:
            continue
        path = shared / "corpus" / row["path"]
        if kind == "folder":
            parsed = _read(path)
        else:
            request = load("wordpress").requests(source, {})[0]
            document = Document(url=request.url, request=request, body=path.read_bytes(), headers={"x-wp-totalpages": "1"})
            parsed = load("wordpress").parse(document, source, frozenset())
        assert len(parsed.entries) == int(count[1]), path
        counted += 1
    assert counted >= 4


def test_metadata_agree_with_what_extractors_expect(shared: Path):
    """Title, author and date of each page that has a companion with expectations: Readability's, or Defuddle's Markdown."""
    agreed, disagreed = 0, []
    for path, expected in _expectations(shared):
        entry = _read(path).entries[0]
        for name, ours in _facts(entry).items():
            wanted = expected.get(name)
            if not wanted:
                continue
            if ours is not None and (ours == wanted or (ours[:10] == wanted[:10] and name == "published")):
                agreed += 1
            else:
                disagreed.append(f"{path.name}: {name}: {ours!r}, not {wanted!r}")
    print(f"\n{agreed} of {agreed + len(disagreed)} agree", *disagreed, sep="\n")  # noqa: T201 - the rate is the result
    assert agreed >= 0.9 * (agreed + len(disagreed)), disagreed


def _facts(entry: Entry) -> dict[str, str | None]:
    return {
        "title": entry.title.value if entry.title else None,
        "author": ", ".join(person.name or "" for person in entry.authors) or None,
        "published": entry.published,
        "lang": entry.language,
    }


def _expectations(shared: Path) -> list[tuple[Path, dict[str, str]]]:
    """Pages with what is expected of them. Readability's expectations stand here without their pages, and are used where one has both."""
    found = []
    for path in (shared / "corpus" / "html").rglob("expected-metadata.json"):
        page = path.with_name("source.html")
        if page.is_file():
            wanted = json.loads(path.read_bytes())
            found.append(
                (
                    page,
                    {
                        "title": wanted["title"],
                        "author": wanted["byline"],
                        "published": wanted["publishedTime"],
                        "lang": wanted.get("lang"),
                    },
                )
            )
    for path in (shared / "corpus" / "markdown-extract").rglob("*.md"):
        wanted = json.loads(path.read_text("utf-8").split("```")[1].removeprefix("json"))
        found.append((path, wanted))
        if (page := path.parent.parent / "fixtures" / f"{path.stem}.html").is_file():
            found.append((page, wanted))
    return found
