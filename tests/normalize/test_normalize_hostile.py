"""Hostile documents, read by feedparser as it is: what becomes of them here."""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import feedparser
import pytest

from aggregator.dedupe.identity import identity, key
from aggregator.model import Category, Entry, Item, Person, Text
from aggregator.normalize.entry import normalize

SCRIPTS = """
s01_script s02_title_html s04_link_data s06_svg s10_iframe_srcdoc s12_meta_refresh s13_base s14_object_embed s16_atom_double_escaped
s17_atom_text_markup s22_dom_clobber s23_unclosed s25_links_target s26_css_class s28_every_atom_field s30_ssti x17_raw_controls
x19_html_charref_controls x38_bidi_override x28_cesu_surrogates x11_deep_html_escaped l25_scheme_zoo l03_future_dates l04_ancient_dates
""".split()
LIVE = re.compile(
    r"<(?:script|style|svg|math|iframe|object|embed|form|input|base|meta|link|textarea|plaintext|xmp|select)\b|<[^>]*\s(?:on\w+|style|class|id|name|srcdoc)=",
    re.I,
)
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def text(detail: dict[str, str] | None) -> Text | None:
    if not detail or not detail.get("value"):
        return None
    return Text(value=detail["value"], type="html" if "html" in detail.get("type", "") else "text", base=detail.get("base"))


def entries(path: Path) -> Iterator[Entry]:
    for found in feedparser.parse(io.BytesIO(path.read_bytes()), sanitize_html=False, resolve_relative_uris=False).entries[:200]:
        yield Entry(
            id=found.get("id"),
            link=found.get("link"),
            title=text(found.get("title_detail")),
            summary=text(found.get("summary_detail")),
            content=text((found.get("content") or [None])[0]),
            published=found.get("published"),
            # its own get() falls back to `published`
            updated=dict.get(found, "updated"),
            authors=tuple(
                Person(name=one.get("name"), uri=one.get("href"), email=one.get("email")) for one in found.get("authors", ())
            ),
            categories=tuple(Category(term=tag.term or "", scheme=tag.scheme) for tag in found.get("tags", ())),
        )


def items(path: Path) -> list[Item]:
    return [normalize(entry, base="https://h.example/feed", language=None, zone=UTC) for entry in entries(path)]


@pytest.mark.shared
@pytest.mark.parametrize("name", SCRIPTS)
def test_nothing_in_a_hostile_document_runs_or_breaks_xml(shared: Path, name: str) -> None:
    path = shared / "hostile" / f"{name}.xml"
    start = process_time()
    made = items(path)
    assert process_time() - start < 10
    for item in made:
        assert LIVE.search(f"{item.summary or ''}{item.content or ''}") is None
        assert UNSAFE.search(repr(item)) is None
        assert UNSAFE.search(f"{item.title}{item.summary}{item.content}{item.text}{item.native_id}{item.link}") is None
        assert item.link is None or item.link.startswith(("http://", "https://"))


@pytest.mark.shared
def test_markup_in_a_title_of_type_text_stays_to_be_read(shared: Path) -> None:
    titles = [item.title for item in items(shared / "hostile/s17_atom_text_markup.xml")]
    assert any("MARKER-T" in title for title in titles)
    assert any("<" in title for title in titles)


@pytest.mark.shared
def test_huge_and_composed_ids_stay_two(shared: Path) -> None:
    for name in ("l12_huge_guid", "l21_nfc_guid"):
        made = items(shared / "hostile" / f"{name}.xml")
        assert len(made) == 2
        assert len({key(identity(item), 0) for item in made}) == 2


@pytest.mark.shared
def test_ancient_and_future_dates_are_read_or_none(shared: Path) -> None:
    for name in ("l03_future_dates", "l04_ancient_dates"):
        for item in items(shared / "hostile" / f"{name}.xml"):
            assert item.published is None or datetime(1900, 1, 1, tzinfo=UTC) <= item.published


@pytest.mark.shared
def test_every_small_hostile_document_becomes_items_or_nothing(shared: Path) -> None:
    for path in sorted((shared / "hostile").glob("*.xml")):
        if path.stat().st_size < 100_000:
            try:
                found = list(entries(path))
            except Exception:  # feedparser's own troubles are its caller's to handle
                continue
            for entry in found:
                assert normalize(entry, base="", language=None, zone=UTC).title
