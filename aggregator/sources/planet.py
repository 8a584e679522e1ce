"""A planet's config.ini (Planet, Planet Venus) → what it says of itself and the feeds that it reads.

    [Planet] name, link, owner_name, owner_email → FeedHeader
    [http://…] name = …                          → Subscription;  content_type = opml → a list within the list

Sections with other names are templates, filters and files on its disk. Venus' code is the reference (planet/config.py).
"""

import re
from configparser import Error, RawConfigParser

from aggregator.errors import ParseError
from aggregator.model import FeedHeader, Person, Subscription, Text
from aggregator.sources.opmltree import clean, web_address

_SECTION = re.compile(r"^[ \t]*\[([^\]\r\n]+)\]", re.MULTILINE)
_OURS = ("planet", "default")
_COMMON_OPTIONS = ("name", "link", "owner_name", "owner_email")


def is_planet(text: str) -> bool:
    """Whether a text is such a file: it has the section [Planet], or one that is named by an address."""
    names = [name.strip().lower() for name in _SECTION.findall(text[:1_000_000])]
    return any(name == "planet" or name.startswith(("http://", "https://")) for name in names)


def read(text: str) -> tuple[FeedHeader, list[Subscription], list[str]]:
    """What the planet says of itself, its feeds, and a sentence for each section that leads nowhere.

    Raises ParseError, with the line.
    """
    parser = RawConfigParser(strict=False, allow_no_value=True, empty_lines_in_values=False)
    try:
        parser.read_string(text, "config.ini")
    except Error as error:
        raise ParseError(f"line {_line(error)}: this config.ini is broken; nothing of it is used. Mend that line") from error
    lines = _lines(text)
    found, left = [], []
    for section in parser.sections():
        if section.lower() in _OURS:
            continue
        said = {key: (value or "").strip() for key, value in parser.items(section)}
        line = lines.get(section, 0)
        address = web_address(section.strip(), "")
        if address is not None:
            kind = "opml" if said.get("content_type", "").lower() == "opml" else "feed"
            found.append(Subscription(url=address, kind=kind, title=clean(said.get("name", "")) or None, line=line))
        elif "://" in section or "name" in parser[section]:
            left.append(f"line {line}: [{clean(section)}] has no http(s) address")
    return _header(parser), found, left


def _lines(text: str) -> dict[str, int]:
    """The line of each section's (last) head."""
    found, line, at = {}, 1, 0
    for match in _SECTION.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found[match[1]] = line
    return found


def _header(parser: RawConfigParser) -> FeedHeader:
    section = next((name for name in parser.sections() if name.lower() == "planet"), None)
    said = dict(parser.items(section)) if section else dict(parser.defaults())
    name, link, owner, email = (clean(said.get(key) or "") for key in _COMMON_OPTIONS)
    person = Person(name=owner or None, email=email or None)
    return FeedHeader(
        title=Text(value=name) if name else None,
        link=web_address(link, "") if link else None,
        authors=(person,) if person != Person() else (),
    )


def _line(error: Error) -> int:
    broken = getattr(error, "errors", None)
    return int(broken[0][0]) if broken else int(getattr(error, "lineno", 1) or 1)
