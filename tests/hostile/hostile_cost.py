"""What one document costs its worker: CPU, memory, and what it tried to open.

cost(document, source) → Cost, from a process that does nothing else
"""

import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from aggregator.errors import SourceError
from aggregator.model import Document, Source
from aggregator.pipeline.worker import process
from aggregator.pipeline.workers import MODULE

LIMIT = 30
"""Seconds of CPU after which a measurement is ended."""


@dataclass(frozen=True)
class Cost:
    cpu: float
    """Seconds."""
    memory: int
    """Bytes of the highest resident set, beyond that before the document."""
    tried: tuple[str, ...]
    """Sockets, programs and files of others."""
    result: str


def cost(document: Document, source: Source) -> Cost:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([MODULE])
    ours, theirs = context.Pipe()
    child = context.Process(target=_measure, args=(theirs, document, source))
    child.start()
    theirs.close()
    try:
        return Cost(*ours.recv()) if ours.poll(2 * LIMIT) else Cost(LIMIT, 0, (), "never ended")
    except EOFError:
        return Cost(LIMIT, 0, (), "died")
    finally:
        ours.close()
        child.kill()
        child.join()


def _measure(answer: Connection, document: Document, source: Source) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))
    process(Document(url=document.url, request=document.request, body=_WARM), source, {})
    tried: list[str] = []

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn")):
            tried.append(event)
        elif event == "open" and not str(arguments[0]).startswith((sys.prefix, sys.base_prefix, "/usr", "/proc/self")):
            tried.append(f"open {arguments[0]}")

    before, started = _highest(), time.process_time()
    sys.addaudithook(hear)
    try:
        outcome = f"{len(process(document, source, {}).arrivals)} entries"
    except (SourceError, MemoryError) as error:
        outcome = f"{type(error).__name__}: {error}"
    used = time.process_time() - started
    answer.send((used, _highest() - before, tuple(tried), outcome))


def _highest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


_WARM = b'<rss version="2.0"><channel><title>t</title><item><title>i</title><description>&lt;p>d&lt;/p></description></item></channel></rss>'
