"""What the daemon says of itself to machines: whether it is ready, and what it has done (serve/operations.py).

ticked()  published(seconds)     noted as they happen
missing(engine) → what keeps it from being ready, None if nothing does          expose(engine) → /metrics
"""

import asyncio
import time

from sqlite_utils import Database

from aggregator.errors import AggregatorError
from aggregator.pipeline.engine import Engine
from aggregator.serve.metrics import Metrics, Standing
from aggregator.store import incidents, sources

RECENT = 10.0
"""Seconds since the last tick after which something hangs: ticks come every second."""
ANSWER = 2.0
"""Seconds within which the store answers."""


class Vitals:
    """The signs of life of one daemon."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._ticked: float | None = None
        self._published = False

    def ticked(self) -> None:
        """A tick came to its end."""
        self._ticked = time.monotonic()

    def published(self, seconds: float) -> None:
        """Everything in the store is published and served."""
        self._published = True
        self.metrics.published(seconds)

    async def missing(self, engine: Engine) -> str | None:
        """A sentence that says what does not work."""
        if not self._published:
            return "Nothing was published yet."
        if self._ticked is None:
            return "The schedule has not started yet."
        late = time.monotonic() - self._ticked
        if late > RECENT:
            return f"The last tick was {late:.0f} seconds ago: something hangs."
        try:
            async with asyncio.timeout(ANSWER):
                await engine.store.read(lambda db: db.execute("select 1").fetchone())
        except TimeoutError:
            return f"The store does not answer within {ANSWER:g} seconds."
        except AggregatorError:
            return "The store cannot be read; the log says why."
        return None

    async def expose(self, engine: Engine) -> bytes:
        """What Prometheus reads. Raises StoreError."""
        return self.metrics.expose(await engine.store.read(lambda db: _standing(db, engine)))


def _standing(db: Database, engine: Engine) -> Standing:
    flying = engine.flying
    return Standing(
        due=max(0, sources.count_due(db, engine.now()) - len(flying)),
        in_flight=len(flying),
        incidents=len(incidents.standing(db)),
        sources=sum(source.enabled for source in engine.sources.values()),
    )
