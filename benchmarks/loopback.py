"""A server on this machine, asked as a person would with curl.

ask(port, path) → body; raises OSError       serves(port, path) → whether there is one already
"""

import urllib.request


def ask(port: int, path: str) -> bytes:
    """What a path answers; an answer of 400 or more is an OSError, too."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=60) as answer:
        body: bytes = answer.read()
        return body


def serves(port: int, path: str) -> bool:
    """Whether a path answers with something."""
    try:
        return bool(ask(port, path))
    except OSError:
        return False
