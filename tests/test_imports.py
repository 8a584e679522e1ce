"""The house of docs/design.md: which way imports point, and where they stand."""

import ast
import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "aggregator"
MODULES = sorted(PACKAGE.rglob("*.py"))
LAZY = {
    "aggregator/cli/main.py",
    "aggregator/cli/once.py",
    "aggregator/cli/progress.py",
    "aggregator/pipeline/publishing/grouping.py",
    "aggregator/pipeline/workers.py",
    "aggregator/polling/cron.py",
    "aggregator/publish/html.py",
    "aggregator/sources/feed.py",
}
"""The group of commands, which loads a command's module when it is called: `--help` must not wait for the whole stack. And the
grouping of stories, whose word lists take as long to import as half of the rest: only who has news to group waits for them. And
the scheduler's cron expressions, which few sources have: 30 ms. And what reads feeds, which only workers need. And, for who polls every five minutes by cron and
mostly finds nothing, what draws tables and bars and what makes pages: 40 ms."""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def test_imports_point_one_way_and_siblings_do_not_know_each_other() -> None:
    lint = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    run = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Imports point one way" in run.stdout


def test_the_design_draws_the_ranks_that_are_held() -> None:
    drawn = next(part for part in (ROOT / "docs/design.md").read_text("utf-8").split("\n\n") if "◂" in part)
    held = (ROOT / ".importlinter").read_text("utf-8").partition("layers =")[2].strip().splitlines()
    assert [_names(rank) for rank in drawn.split("◂")] == [_names(rank) for rank in reversed(held)]


def _names(rank: str) -> list[str]:
    return sorted(re.findall(r"\w+", rank))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_stand_at_the_top_of_their_module(path: Path) -> None:
    tree = ast.parse(path.read_bytes())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = sorted({node.lineno for function in functions for node in imports(function)})
    assert inside == [], f"{name(path)}: imports inside functions in lines {inside}"
    called = {
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"import_module", "importlib.import_module", "__import__"}
    }
    assert not called or name(path) in LAZY, f"{name(path)}: imports by name in lines {sorted(called)}"


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=name)
def test_nobody_re_exports_but_the_nouns_which_adapters_of_others_import_from_one_place(path: Path) -> None:
    assert (list(imports(ast.parse(path.read_bytes()))) == []) == (path.parent.name != "model")


@pytest.mark.parametrize("path", [path for path in MODULES if path.stat().st_size], ids=name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes()))


@pytest.mark.parametrize("word", ["utils", "util", "helpers", "helper", "manager", "base", "common", "misc"])
def test_there_are_no_grab_bags(word: str) -> None:
    assert [name(path) for path in MODULES if path.stem == word] == []


def test_the_help_does_not_load_the_whole_stack() -> None:
    heavy = {"aiohttp", "feedparser", "feedgen", "lxml", "pydantic", "starlette", "uvicorn", "apscheduler", "sqlite_utils"}
    assert all(importlib.util.find_spec(module) for module in heavy)
    code = (
        "import sys; sys.argv = ['aggregator', '--help']\n"
        "from aggregator.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code\n"
        f"print('LOADED', sorted({heavy!r} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "LOADED []" in run.stdout


def test_a_poll_does_not_load_what_only_the_daemon_needs() -> None:
    heavy = {"uvicorn", "starlette", "watchfiles", "prometheus_client", "apscheduler", "structlog", "wordfreq"}
    assert all(importlib.util.find_spec(module) for module in heavy)
    code = f"import sys, aggregator.cli.once; print('LOADED', sorted({heavy!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "LOADED []" in run.stdout
