"""Runs commands of the program in forked processes, each with one fault. A line of JSON in, a line of JSON out.

    {"root", "now", "command": once | restore | start, "at": number | null, "fault": kill | ENOSPC | EIO | null}
    → {"status": exit code, or minus the signal, "points": [names], "message": what it said}

Everything is imported once, before the first fork, so that a run takes hundredths of a second. Documents are parsed in the process
itself: worker processes have nothing to lose on a disk.
"""

import asyncio
import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from crash_faults import install

import aggregator.app
from aggregator.config.loading import load
from aggregator.errors import AggregatorError
from aggregator.model import Document, Known, Outcome, Source
from aggregator.pipeline.worker import process
from aggregator.publish.formats import FORMATS
from aggregator.sources import adapter

FAULTY = 70
"""Exit code for what is no error of ours: a fault in the program."""


class Inline:
    """In the place of worker processes."""

    async def process(self, document: Document, source: Source, known: Known) -> Outcome:
        return process(document, source, known)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


def carry_out(order: Mapping[str, Any]) -> str:
    root = Path(order["root"])
    now = datetime.fromisoformat(order["now"])
    app = aggregator.app.App(load(root / "config.toml"), now=lambda: now)
    if order["command"] == "restore":
        return str(app.restore(root / "backup.db"))
    report = asyncio.run(app.once(force=order["command"] == "once"))
    wrong = [topic.error for topic in report.topics if topic.error]
    return "; ".join([*report.warnings, *wrong])


def run(order: Mapping[str, Any], answer: Callable[[Mapping[str, Any]], None]) -> int:
    """In the forked process: one command, one fault."""
    points = install(Path(order["root"]), order["at"], order["fault"])
    try:
        message, status = carry_out(order), 0
    except AggregatorError as error:
        message, status = str(error), 1
    except BaseException:
        message, status = traceback.format_exc(), FAULTY
    answer({"points": points.names, "message": message})
    return status


def main() -> None:
    vars(aggregator.app)["Workers"] = Inline
    adapter.load("feed")
    assert FORMATS
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            with os.fdopen(writing, "w") as pipe:
                status = run(json.loads(line), partial(json.dump, fp=pipe))
            os._exit(status)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            said = json.loads(pipe.read() or "{}")
        _, status = os.waitpid(child, 0)
        sys.stdout.write(json.dumps({"points": [], "message": "", **said, "status": os.waitstatus_to_exitcode(status)}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
