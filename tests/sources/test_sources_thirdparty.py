"""The worked example of docs/writing-a-source.md: installed as a package of its own, found by its entry point, and used."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "tests" / "thirdparty" / "jsonlines"
PROGRAM = """
import json, sys
from aggregator.errors import ParseError
from aggregator.model import Document, Source
from aggregator.sources.adapter import kinds, load

adapter = load("jsonlines")
source = Source(id="x", kind="jsonlines", url="https://x.example/log", options=adapter.Options(title_key="headline"))
(request,) = adapter.requests(source, {})
lines = b'{"id": "1", "headline": "One", "date": "2026-01-01", "html": "<p>1</p>"}\\nnonsense\\n{"next": "log2"}\\n'
parsed = adapter.parse(Document(url=request.url, request=request, body=lines), source, frozenset())
(resumed,) = adapter.requests(source, parsed.state)
try:
    adapter.parse(Document(url=request.url, request=request, body=b"<html>"), source, frozenset())
except ParseError as error:
    refused = str(error)
print(json.dumps({
    "kinds": sorted(kinds()), "local": adapter.local, "entry": [parsed.entries[0].id, parsed.entries[0].title.value],
    "further": [further.url for further in parsed.requests], "dropped": parsed.dropped, "resumed": resumed.url, "refused": refused,
}))
"""


def _install(target: Path) -> None:
    """What an installer does with the example's wheel, from its own pyproject.toml: the module, and its metadata beside it."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    (target / "aggregator_jsonlines.py").write_bytes((EXAMPLE / "aggregator_jsonlines.py").read_bytes())
    information = target / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", "utf-8"
    )
    groups = project["entry-points"].items()
    points = "".join(f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in names.items()) for group, names in groups)
    (information / "entry_points.txt").write_text(points, "utf-8")


def test_a_package_of_somebody_else_adds_a_kind_by_its_entry_point(tmp_path: Path):
    _install(tmp_path)
    paths = [str(tmp_path), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    assert {"jsonlines", "feed", "folder", "wordpress"} <= set(said["kinds"])
    assert said["local"] is False
    assert said["entry"] == ["1", "One"]
    assert said["further"] == ["https://x.example/log2"]
    assert said["dropped"] == ["https://x.example/log: line 2 is no JSON object"]
    assert said["resumed"] == "https://x.example/log"
    assert "is this a jsonlines file?" in said["refused"]


def test_the_documentation_shows_the_code_that_is_tested():
    page = (ROOT / "docs" / "writing-a-source.md").read_text("utf-8")
    for name in ("aggregator_jsonlines.py", "pyproject.toml"):
        assert (EXAMPLE / name).read_text("utf-8").strip() in page, (
            f"docs/writing-a-source.md shows another {name} than tests/thirdparty has"
        )
