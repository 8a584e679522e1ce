"""What commands print on standard output for people: tables and sentences. For programs: `aggregator.cli.data`.

    RunReport ─print_run      StatusReport ─print_status      CheckReport ─print_check

On a terminal in colour, folded to its width; elsewhere plain lines, never cut. Sentences stand below their table, in full. All
text may quote strangers, so all of it passes `aggregator.printable`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from aggregator import printable, sparkline
from aggregator.cli import paper
from aggregator.pipeline.report import (
    CheckReport,
    RunReport,
    SourceReport,
    SourceStatus,
    StatusReport,
    StoreStatus,
    TopicReport,
    Trouble,
)
from aggregator.store.backup import Contents
from aggregator.store.recovery import Restored

WIDE = 120
"""Columns from which on status prints instants in full."""
SENTENCES = 10
"""Sentences about dropped entries that are shown for one source or topic; --json has all of them."""

_MILD = frozenset({"moved", "migrated", "restored", "silent", "spike"})
"""Kinds of trouble that lose nothing while they last."""


def print_run(report: RunReport) -> None:
    """A line per source and per topic, with counts; then what went wrong; then the sum."""
    console = paper.sheet()
    paper.table(
        console,
        ("source", "result", "new", "updated", "unchanged", "next poll"),
        [
            (s.id, _result(s.result, s.reason), str(s.new), str(s.updated), str(s.unchanged), _next(s.due, s.due_reason))
            for s in report.sources
        ],
    )
    paper.table(
        console,
        ("topic", "entries", "added", "revised", "left", "files written"),
        [(t.slug, str(t.entries), str(t.added), str(t.revised), str(t.left), _files(t)) for t in report.topics],
    )
    for source in report.failed:
        paper.say(console, f"{source.id} failed ({source.reason or 'error'}): {source.error or 'no reason was given'}", "red")
    for source in report.sources:
        _dropped(console, source.id, "left out", source.dropped)
    for topic in report.topics:
        _dropped(console, topic.slug, "could not be rendered", topic.quarantined)
        if topic.error:
            paper.say(console, f"{topic.slug} was not published: {topic.error}", "red")
    for warning in report.warnings:
        paper.say(console, f"Warning: {warning}", "bold red")
    paper.say(console, _sum(report), "bold")


def print_status(report: StatusReport, *, now: datetime) -> None:
    """Sources, topics, store; then each trouble, the worst first: since when, what was tried, and what to do."""
    console = paper.sheet()
    if console.width < WIDE:
        _narrow(console, report, now)
    else:
        _wide(console, report)
    paper.say(console, _store(report.store), "")
    for trouble in report.troubles:
        paper.say(console, _trouble(trouble, now), "yellow" if trouble.kind in _MILD else "red")
    if not report.troubles:
        paper.say(console, "No trouble." if report.sources else "No sources yet: add a [[source]] to the configuration.", "bold")


def _wide(console: Console, report: StatusReport) -> None:
    """Every column, instants in full."""
    busy = any(any(s.days) for s in report.sources)
    paper.table(
        console,
        ("source", "kind", "items", "last poll", "result", "next poll", *(("per day", "delay") if busy else ())),
        [
            (
                s.id,
                s.kind,
                str(s.items),
                paper.when(s.last_poll),
                s.last_result or "",
                _next(s.due, s.due_reason) if s.enabled else "disabled",
                *((sparkline.text(s.days), _delay(s)) if busy else ()),
            )
            for s in report.sources
        ],
    )
    paper.table(
        console,
        ("topic", "title", "entries", "published", "newest", "files"),
        [(t.slug, t.title, str(t.entries), str(t.published), paper.when(t.newest), ", ".join(t.files)) for t in report.topics],
    )


def _narrow(console: Console, report: StatusReport, now: datetime) -> None:
    """What fits into 80 columns: spans instead of instants."""
    paper.table(
        console,
        ("source", "last poll", "next poll", "items", "per day", "delay"),
        [
            (
                s.id,
                f"{'failed' if s.last_result == 'failed' else 'ok'} {_short(now - s.last_poll)}" if s.last_poll else "",
                f"{_short(s.due - now) if s.due else 'now'} {s.due_reason or ''}".strip() if s.enabled else "disabled",
                str(s.items),
                sparkline.text(s.days).rstrip(),
                _delay(s),
            )
            for s in report.sources
        ],
    )
    paper.table(
        console,
        ("topic", "entries", "published", "matched", "newest"),
        [
            (t.slug, str(t.entries), str(t.published), str(t.matched), f"{_short(now - t.newest)} ago" if t.newest else "")
            for t in report.topics
        ],
    )


def _delay(source: SourceStatus) -> str:
    """The mean of the days that tell one, each day counting once."""
    known = [delay for delay in source.delays if delay is not None]
    return _short(timedelta(seconds=sum(known) / len(known))) if known else ""


def _short(span: timedelta) -> str:
    """In one unit: 12m, 3h, 2d."""
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes}m"
    return f"{minutes // 60}h" if minutes < 48 * 60 else f"{minutes // 1440}d"


def print_check(report: CheckReport) -> None:
    """What each source answered."""
    console = paper.sheet()
    paper.table(
        console,
        ("source", "kind", "entries", "format", "newest", "title"),
        [
            (s.id, s.kind, "failed" if s.error else str(s.entries), s.format, paper.when(s.newest), s.title or "")
            for s in report.sources
        ],
    )
    failed = [source for source in report.sources if source.error]
    for source in failed:
        paper.say(console, f"{source.id} failed ({source.reason or 'error'}): {source.error}", "red")
        paper.say(console, f"    asked: {source.address}", "dim")
    for source in report.sources:
        _dropped(console, source.id, "would be left out", source.dropped)
    paper.say(
        console,
        f"{paper.count(len(report.sources), 'source')} asked, {len(failed)} failed. Nothing was stored or published.",
        "bold",
    )


def print_backup(report: Contents) -> None:
    """Where the copy is, and what it holds."""
    paper.say(paper.sheet(), f"{report.path}: {_held(report)}.", "bold")


def print_restored(report: Restored) -> None:
    """What stands in the store's place now, and where the former one is."""
    console = paper.sheet()
    paper.say(console, f"The store is now {report.source}, as {report.contents.path}: {_held(report.contents)}.", "bold")
    if report.aside:
        paper.say(console, f"What stood there is set aside as {report.aside}; delete it when nobody needs it.", "")
    paper.say(
        console, "What came since then is fetched again by `aggregator once --force`, as far as the sources still have it.", ""
    )


def print_config(config: Path, sources: int, topics: int) -> None:
    paper.say(paper.sheet(), f"{config} is right: {paper.count(sources, 'source')}, {paper.count(topics, 'topic')}.", "bold")


# ── words ───────────────────────────────────────────────────────────────────────────────────────────────────


def _result(result: str, reason: str | None) -> str:
    return f"{result} ({reason})" if reason else result


def _next(due: datetime | None, reason: str | None) -> str:
    return f"{paper.when(due)} ({reason})" if due and reason else paper.when(due)


def _files(topic: TopicReport) -> str:
    """Those that people subscribe to by name, archives and pages of months by their number."""
    if not topic.files:
        return "failed" if topic.error else "none, nothing changed"
    heads = [name for name in topic.files if "/" not in name]
    below = len(topic.files) - len(heads)
    return ", ".join([*heads, *([f"{below:,} below {topic.slug}/"] if below else [])])


def _sum(report: RunReport) -> str:
    if not report.sources:
        return "No sources yet: add a [[source]] to the configuration."
    asked: Sequence[SourceReport] = [source for source in report.sources if source.result in ("ok", "not-modified", "failed")]
    written = sum(len(topic.files) for topic in report.topics)
    new = paper.count(sum(s.new for s in asked), "new item")
    return (
        f"{paper.count(len(asked), 'source')} polled, {len(report.failed)} failed: {new}, "
        f"{sum(s.updated for s in asked):,} updated; {paper.count(written, 'file')} written; {report.seconds:.1f} s."
    )


def _held(held: Contents) -> str:
    newest = f", the newest of {paper.when(held.newest)}" if held.newest else ""
    return (
        f"{paper.count(held.items, 'item')} of {paper.count(held.sources, 'source')}{newest}; "
        f"{paper.count(held.published, 'entry', 'entries')} published; {held.bytes / 1_000_000:.1f} MB"
    )


def _store(store: StoreStatus) -> str:
    owner = f"process {store.owner} owns it" if store.owner else "no daemon is running"
    return f"Store: {store.path}, {paper.count(store.items, 'item')}, {store.bytes / 1_000_000:.1f} MB; {owner}."


def _trouble(trouble: Trouble, now: datetime) -> str:
    since = f" since {paper.when(trouble.since)} ({_span(now - trouble.since)})" if trouble.since else ""
    lines = [f"{trouble.title}{since}: {trouble.sentence}"]
    if trouble.tried:
        lines.append(f"    Tried: {trouble.tried}")
    if trouble.advice:
        lines.append(f"    What to do: {trouble.advice}")
    return "\n".join(lines)


def _span(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:
        return paper.count(minutes, "minute") if minutes else "just now"
    return paper.count(minutes // 60, "hour") if minutes < 48 * 60 else paper.count(minutes // 1440, "day")


def _dropped(console: Console, name: str, what: str, sentences: Sequence[str]) -> None:
    if not sentences:
        return
    paper.say(console, f"{name}: {len(sentences):,} {what}:", "yellow")
    for sentence in sentences[:SENTENCES]:
        paper.say(console, f"    {printable.line(sentence)}", "")
    if len(sentences) > SENTENCES:
        paper.say(console, f"    and {len(sentences) - SENTENCES} more, which --json shows", "dim")
