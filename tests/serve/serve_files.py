"""What lies in the folder that the tests of serving publish."""

import os
from pathlib import Path

ATOM = b"<feed>" + b"<entry>news, and more of it</entry>" * 100 + b"</feed>"
MTIME = 1_790_000_000
"""2026-09-21T14:13:20Z"""


def put(directory: Path, name: str, body: bytes, mtime: int = MTIME) -> None:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    os.utime(path, (mtime, mtime))
