"""Pages from templates: autoescaped, without a clock, a locale or a script; every address in them is relative but the feeds' own.

page(template, site, root, …values) → bytes      `root` leads from the page to the folder of feeds: "" or "../"
fragment(template, …values) → str                a line of a page, to be kept; listed(lines) → what a page takes

SEARCH marks where a server that can search puts its form; on a static host it stays an invisible comment.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from markupsafe import Markup

from aggregator.model import Site
from aggregator.publish.formats import FORMATS
from aggregator.publish.lexical import language, uri, xml_text
from aggregator.publish.readers import subscribe

if TYPE_CHECKING:
    from jinja2 import Environment

SEARCH = "<!--search-->"
_LABELS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
"""Not strftime's, which are those of the machine's locale."""


def page(template: str, site: Site, root: str = "", **values: object) -> bytes:
    """The page that a template makes of these values."""
    spoken = language(site.language) or "en"
    own = Markup("" if spoken == "en" else f' lang="{spoken}"')  # noqa: S704 - a language tag is letters, digits and dashes
    formats = [(format, _LABELS.get(format, format), FORMATS[format].MEDIA_TYPE) for format in site.formats if format in FORMATS]
    text = (
        environment()
        .get_template(f"{template}.html.j2")
        .render(site=site, root=root, formats=formats, own=own, search=SEARCH, **values)
    )
    return "".join(f"{line}\n" for line in text.split("\n") if line).encode()


def fragment(template: str, **values: object) -> str:
    """A piece of a page, on one line."""
    return " ".join(environment().get_template(f"{template}.html.j2").render(**values).split("\n")).strip()


def listed(fragments: Iterable[str]) -> Markup:
    """Fragments, each on a line of its own, for a page to hold as they are."""
    return Markup("\n".join(fragments))  # noqa: S704 - they are what these templates made


@cache
def part(template: str, root: str) -> str:
    """A piece of a page that depends on nothing but where the page is."""
    return environment().get_template(f"{template}.html.j2").render(root=root).rstrip()


@cache
def environment() -> "Environment":
    """The templates, compiled once; what compiles them is loaded with the first page, not by who polls and finds nothing."""
    jinja2 = import_module("jinja2")
    made: Environment = jinja2.Environment(
        loader=jinja2.PackageLoader("aggregator.publish", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_clean,
        auto_reload=False,  # or each line of a page would ask whether a file has changed
    )
    filters: Mapping[str, object] = {
        "uri": uri,
        "tag": language,
        "day": day,
        "stretch": stretch,
        "instant": instant,
        "stamp": stamp,
    }
    made.filters.update(filters)
    made.globals["readers"] = subscribe
    return made


def _clean(value: object) -> object:
    """Titles of entries are clean; those of topics are what the operator wrote. Markup is what these templates made."""
    return xml_text(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def day(when: date) -> str:
    """`22 November 2026`"""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def stretch(name: str) -> str:
    """`2026-11` → `November 2026`, `2026-11-22` → `22 November 2026`"""
    if len(name) > len("2026-11"):
        return day(date.fromisoformat(name))
    year, _, number = name.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def instant(when: datetime) -> str:
    """`2026-11-22 04:05 UTC`"""
    return f"{when.replace(tzinfo=None).isoformat(' ', 'minutes')} UTC"


def stamp(when: datetime) -> str:
    """For the datetime attribute: RFC 3339 in UTC, whole seconds."""
    return f"{when.replace(tzinfo=None).isoformat('T', 'seconds')}Z"
