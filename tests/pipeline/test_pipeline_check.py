"""A check says what a first poll would say; of WordPress sites, beside their polls (test_pipeline_wordpress)."""

import asyncio
from typing import Any

import pytest

from aggregator.asking import Asking
from aggregator.config.loading import load
from aggregator.pipeline.report import SourceCheck
from aggregator.sources.folder import FolderAdapter

CLIPS = '[[source]]\nid = "clips"\nkind = "folder"\npath = "clips"\n[[topic]]\nslug = "all"\n'
EMPTY = '<rss version="2.0"><channel><title>Nothing yet</title><link>http://x.example/</link></channel></rss>'


def check(project: Any) -> SourceCheck:
    (checked,) = asyncio.run(Asking(load(project.config, {})).check()).sources
    return checked


@pytest.fixture
def clips(project: Any) -> Any:
    folder = project.root / "clips"
    folder.mkdir()
    (folder / "bad.json").write_text("{not json")
    project.configure(CLIPS)
    return folder


def test_a_folder_in_which_one_file_can_be_read_works_even_if_that_holds_no_entry(project: Any, clips: Any) -> None:
    (clips / "empty.xml").write_text(EMPTY)
    checked, polled = check(project), project.once().sources[0]
    assert (polled.result, polled.new, len(polled.dropped)) == ("ok", 0, 1)
    assert (checked.error, checked.entries, checked.dropped) == (None, 0, polled.dropped)


def test_a_folder_in_which_nothing_can_be_read_fails(project: Any, clips: Any) -> None:
    checked, polled = check(project), project.once().sources[0]
    assert "bad.json" in (checked.error or "")
    assert (checked.error, checked.reason) == (polled.error, polled.reason)


def test_a_fault_in_the_code_of_a_kind_is_its_sources(project: Any, clips: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("path")

    monkeypatch.setattr(FolderAdapter, "requests", fail)
    checked, polled = check(project), project.once().sources[0]
    assert checked.error == polled.error == "the code of kind 'folder' failed on source 'clips': KeyError: 'path'"
