"""What `add` and `import` found and wrote, on paper and as data."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aggregator.cli import output, paper
from aggregator.config.add import Addition
from aggregator.config.edit import Draft
from aggregator.config.import_ import Plan, find
from aggregator.config.loading import Config
from aggregator.pipeline.answers.discover import Finding, Found
from aggregator.pipeline.report import SourceCheck

ROWS = 50
"""New sources that are shown; --json has all of them."""
SENTENCES = 10
"""Sentences of one kind that are shown; --json has all of them."""
_HOW = {
    "itself": "the address itself",
    "header": "announced (header)",
    "link": "announced",
    "api": "WordPress API",
    "anchor": "linked",
    "path": "usual place",
}


def print_found(found: Found, config: Config) -> None:
    """A line per feed, numbered as --choose has it; where a line would be folded, a few short ones."""
    console = paper.sheet()
    if console.width < output.WIDE:
        for number, one in enumerate(found.findings, 1):
            paper.say(console, f"{number}  {one.check.title or one.url}", "bold")
            entries = paper.count(one.check.entries, "entry", "entries")
            newest = f", the newest of {paper.when(one.check.newest)}" if one.check.newest else ""
            paper.say(console, f"   {_HOW[one.how]}: {one.check.format}, {entries}{newest}", "")
            known = find(config, one.url)
            paper.say(console, f"   {one.url}" + (f' (configured already, as "{known}")' if known else ""), "")
        paper.say(console, "", "")
        return
    paper.table(
        console,
        ("n", "found", "format", "entries", "newest", "title", "address", "configured as"),
        [
            (
                str(number),
                _HOW[one.how],
                one.check.format,
                str(one.check.entries),
                paper.when(one.check.newest),
                one.check.title or "",
                one.url,
                find(config, one.url) or "",
            )
            for number, one in enumerate(found.findings, 1)
        ],
    )


def print_added(finding: Finding, done: Addition, config: Path, *, dry_run: bool) -> None:
    """The newest entries of the chosen feed, then what was written."""
    console = paper.sheet()
    paper.table(
        console, ("published", "newest entries"), [(paper.when(entry.published), entry.title) for entry in finding.check.latest]
    )
    if done.known:
        paper.say(console, f'{finding.url} is configured already, as "{done.id}".', "bold")
    if done.topic is not None and not done.new_topic and not done.extends:
        paper.say(
            console, f'The topic "{done.topic}" takes what comes from "{done.id}" already, or leaves it out by its own rule.', ""
        )
    if done.changes:
        _print_written(config, dry_run, _words(done))
        if dry_run:
            draft = Draft(config)
            done.apply(draft)
            paper.say(console, draft.additions, "")


def print_plan(plan: Plan, config: Path, checked: Sequence[SourceCheck], dead: Mapping[str, str], *, dry_run: bool) -> None:
    """What is new, what was there, what is of no use, what is dead; then what was written."""
    console = paper.sheet()
    topics: dict[str, list[str]] = {}
    for slug, ids in (*((topic.slug, topic.sources) for topic in plan.topics), *plan.grown.items()):
        for id in ids:
            topics.setdefault(id, []).append(slug)
    paper.table(
        console,
        ("new source", "kind", "topic", "address", "title"),
        [(one.id, one.kind, ", ".join(topics.get(one.id, ())), one.url, one.title or "") for one in plan.new[:ROWS]],
    )
    if len(plan.new) > ROWS:
        paper.say(console, f"and {len(plan.new) - ROWS:,} more, which --json shows", "dim")
    _print_sentences("left out", plan.left)
    failed = {check.id: f"{check.id} ({check.reason}): {check.error}" for check in checked if check.error}
    passing = [sentence for id, sentence in failed.items() if id not in dead]
    _print_sentences("dead, with enabled = false", [failed[id] for id in dead])
    _print_sentences("in trouble, to be polled all the same", passing)
    if checked:
        asked = paper.count(len(checked), "new source")
        paper.say(console, f"{asked} asked: {len(dead)} dead, {len(passing)} in trouble.", "bold")
    same = f"{paper.count(len(plan.known), 'address', 'addresses')} configured already, {plan.repeated:,} named twice"
    if plan.changes:
        parts = [paper.count(len(plan.new), "source"), paper.count(len(plan.topics), "new topic")]
        parts += [f"more sources for {slug}" for slug in plan.grown]
        parts += [f"[site] {key}" for key in plan.site]
        _print_written(config, dry_run, ", ".join(parts))
        paper.say(console, f"{same}, {len(plan.left):,} left out.", "")
    else:
        paper.say(console, f"Nothing is new: {same}, {len(plan.left):,} left out. {config} is as it was.", "bold")


def as_data(found: Found, config: Config, number: int | None, done: Addition | None, *, written: bool) -> Mapping[str, Any]:
    """What --json prints for `add`."""
    return {
        "asked": found.asked,
        "found": [
            {"how": one.how, "url": one.url, "configured_as": find(config, one.url), "check": one.check} for one in found.findings
        ],
        "failed": found.failed,
        "chosen": number,
        "source": done,
        "written": written,
    }


def _print_sentences(what: str, sentences: Sequence[str]) -> None:
    console = paper.sheet()
    if sentences:
        paper.say(console, f"{len(sentences):,} {what}:", "yellow")
    for sentence in sentences[:SENTENCES]:
        paper.say(console, f"    {sentence}", "")
    if len(sentences) > SENTENCES:
        paper.say(console, f"    and {len(sentences) - SENTENCES:,} more, which --json shows", "dim")


def _print_written(config: Path, dry_run: bool, what: str) -> None:
    verb = "Would write" if dry_run else "Wrote"
    then = "" if dry_run else " A running daemon takes it over by itself; otherwise: aggregator once"
    paper.say(paper.sheet(), f"{verb} into {config}: {what}.{then}", "bold")


def _words(done: Addition) -> str:
    source = [] if done.known else [f'source "{done.id}"']
    topic = [f'{"new topic" if done.new_topic else "topic"} "{done.topic}"'] if done.new_topic or done.extends else []
    return ", ".join(source + topic)
