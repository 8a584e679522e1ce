"""Kinds of source whose parsers misbehave, for tests of the worker processes' limits: one kind, told by the document what to do."""

import os
import signal
import time
from collections.abc import Sequence, Set

from pydantic import BaseModel, ConfigDict

from aggregator.model import Document, Entry, Parsed, Request, Source, State, Text


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Greedy:
    """Does what the body says: `spin`, `sleep`, `hoard`, `die`, `raise`; anything else is an entry's title."""

    Options = Options
    local = False

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        return [Request(url=source.url or "")]

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        match document.body:
            case b"spin":
                while True:
                    pass
            case b"sleep":
                time.sleep(60)
            case b"hoard":
                hoard = []
                while True:
                    hoard.append(bytearray(1_000_000))
            case b"die":
                os.kill(os.getpid(), signal.SIGKILL)
            case b"raise":
                raise KeyError("a fault of the parser's own")
        return Parsed(entries=(Entry(id="1", title=Text(value=document.body.decode())),))
