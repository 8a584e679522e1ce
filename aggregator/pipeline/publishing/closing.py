"""Archives that are full are closed: stored and marked in the ledger, many in one transaction, then written; until none is full.

A crash between the two is mended by the next publish (Archives.restore).
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from aggregator.errors import PublishError
from aggregator.model import Feed
from aggregator.pipeline.publishing.archives import AT_ONCE, Archives, Full
from aggregator.publish.writer import Writer
from aggregator.store import archives
from aggregator.store.store import Store


@dataclass(slots=True)
class Closed:
    """How many archives of a topic were closed, and the names of the files that were written of them; the head that was left."""

    count: int = 0
    files: list[str] = field(default_factory=list)
    head: Feed | None = None
    """None where the ledger changed while archives were to be closed: more may be full."""


async def close(store: Store, histories: Sequence[Archives], writer: Writer, now: datetime) -> dict[str, Closed]:
    """Close every archive of some topics that is full, and write it. Returns what was done, by slug. Raises StoreError."""
    closed = {history.topic.slug: Closed() for history in histories}
    waiting, ready = list(histories), list[Full]()

    async def commit() -> None:
        done = await store.write(
            lambda db: [archives.close(db, one.slug, one.number, one.lines, one.files, now) for one in ready]
        )
        for one in (one for one, is_closed in zip(ready, done, strict=True) if is_closed):
            closed[one.slug].count += 1
            closed[one.slug].files += await asyncio.to_thread(_put, writer, one.bodies)
        ready.clear()

    while waiting:
        before = {slug: one.count for slug, one in closed.items()}
        for history in waiting:
            look = await history.look()
            ready += look.full
            closed[history.topic.slug].head = look.head
            if len(ready) >= AT_ONCE:
                await commit()
        if ready:
            await commit()
        # Where nothing could be closed, nothing is full, or the ledger changed meanwhile: then the next publish looks again.
        waiting = [history for history in waiting if closed[history.topic.slug].count > before[history.topic.slug]]
    return closed


def _put(writer: Writer, bodies: Mapping[str, bytes]) -> list[str]:
    """Write the files of an archive that was just closed. Returns the names of those that were written.

    Where one cannot be, `restore` tries again, and says what is wrong.
    """
    written: list[str] = []
    with suppress(PublishError):
        written.extend(name for name, body in bodies.items() if writer.replace(name, body))
    return written
