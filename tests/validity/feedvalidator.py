"""w3c/feedvalidator over many documents in one process.

    FEEDVALIDATOR=/path/to/feedvalidator python tests/validity/feedvalidator.py DIR [--json] [--base ADDRESS]

FEEDVALIDATOR names an unpacked checkout of https://github.com/w3c/feedvalidator (further directories, such as one with html5lib,
after a `:`). Every .atom, .rss and .xml file below DIR is validated; printed is how often each kind of event occurs, in how many
documents, with an example. Exit code 1 if there was an error, 2 if the validator cannot be run.
"""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUFFIXES = frozenset({".atom", ".rss", ".xml"})


@dataclass
class Kind:
    """One kind of event over all documents."""

    level: str
    count: int = 0
    documents: set[str] = field(default_factory=set)
    example: str = ""


class Unavailable(Exception):
    """The validator cannot be run here; says why."""


def load() -> Any:
    """The validator's module. Raises Unavailable with a sentence."""
    setting = os.environ.get("FEEDVALIDATOR")
    if not setting:
        raise Unavailable("FEEDVALIDATOR does not name an unpacked w3c/feedvalidator")
    for part in reversed(setting.split(os.pathsep)):
        root = Path(part)
        sys.path.insert(0, str(root / "src" if (root / "src" / "feedvalidator").is_dir() else root))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import feedvalidator
        except ImportError as error:
            raise Unavailable(f"FEEDVALIDATOR={setting} cannot be imported: {error}") from error
    if not hasattr(feedvalidator, "validateStream"):
        raise Unavailable(f"FEEDVALIDATOR={setting} holds no feedvalidator")
    return feedvalidator


def validate(validator: Any, path: Path, base: str) -> Iterator[tuple[str, str, str]]:
    """(level, kind, sentence) of each error and warning in one document; the validator's own failures are errors too."""
    from feedvalidator import compatibility

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with path.open("rb") as file:
                events = validator.validateStream(file, firstOccurrenceOnly=0, base=base)["loggedEvents"]
        except validator.logging.ValidationFailure as failure:
            events = [failure.event]
    for event in compatibility.AA(events):
        level = "error" if isinstance(event, validator.logging.Error) else "warning"
        told = {
            key: str(value)[:120]
            for key, value in sorted(event.params.items())
            if key in {"parent", "element", "attr", "value", "message", "exception"}
        }
        yield level, type(event).__name__, f"{path.name}:{event.params.get('line', '?')}: {told}"


def survey(root: Path, paths: Iterable[Path], validator: Any, base: str = "http://127.0.0.1:8080/") -> dict[str, Kind]:
    """Kinds of events over documents, by name. `base` is where the folder `root` says that it is served."""
    kinds: dict[str, Kind] = {}
    for path in paths:
        for level, name, sentence in validate(validator, path, base + path.relative_to(root).as_posix()):
            kind = kinds.setdefault(name, Kind(level=level, example=sentence))
            kind.count += 1
            kind.documents.add(str(path))
    return kinds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--json", action="store_true", help="print a JSON object by kind")
    parser.add_argument("--base", default="http://127.0.0.1:8080/", help="address at which the directory is served")
    options = parser.parse_args()
    try:
        validator = load()
    except Unavailable as reason:
        sys.stderr.write(f"{reason}\n")
        return 2
    paths = sorted(path for path in options.directory.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    kinds = survey(options.directory, paths, validator, options.base)
    if options.json:
        told = {
            name: {"level": kind.level, "count": kind.count, "documents": len(kind.documents), "example": kind.example}
            for name, kind in sorted(kinds.items())
        }
        sys.stdout.write(json.dumps({"documents": len(paths), "kinds": told}, indent=1) + "\n")
    else:
        sys.stdout.write(f"{len(paths)} documents\n")
        for name, kind in sorted(kinds.items(), key=lambda pair: (pair[1].level, -pair[1].count)):
            sys.stdout.write(f"{kind.level:8} {kind.count:6} in {len(kind.documents):5}  {name:32} {kind.example}\n")
    return int(any(kind.level == "error" for kind in kinds.values()))


if __name__ == "__main__":
    sys.exit(main())
