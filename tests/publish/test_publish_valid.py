"""Every golden document is what its format says: schemas where there are some, own rules where there are none."""

import json
import re
from email.utils import parsedate_to_datetime
from pathlib import Path

import jsonschema
import pytest
from lxml import etree
from publish_values import CASES, FIXTURES, case, entry, feed

from aggregator.publish.formats import FORMATS

ATOM = "{http://www.w3.org/2005/Atom}"
FOREIGN = ("http://search.yahoo.com/mrss/", "http://www.itunes.com/", "https://podcastindex.org/", "http://www.w3.org/1999/xhtml")


def _golden(name: str, suffix: str) -> bytes:
    return FIXTURES.joinpath(f"{name}.golden.{suffix}").read_bytes()


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
def test_atom_is_valid_by_the_schema_of_rfc_4287(name: str, shared: Path) -> None:
    schema = etree.RelaxNG(etree.parse(shared / "schemas" / "atom.rng"))
    document = etree.fromstring(_golden(name, "atom"))
    assert schema.validate(document), schema.error_log


@pytest.mark.shared
@pytest.mark.parametrize("name", CASES)
def test_json_feed_is_valid_by_its_schema(name: str, shared: Path) -> None:
    schema = json.loads(shared.joinpath("schemas", "jsonfeed-1.1.schema.json").read_text("utf-8"))
    jsonschema.validate(json.loads(_golden(name, "json")), schema)


@pytest.mark.parametrize("name", CASES)
def test_atom_keeps_the_rules_that_no_schema_can_say(name: str) -> None:
    root = etree.fromstring(_golden(name, "atom"))
    assert root.find(f"{ATOM}author/{ATOM}name").text
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")] == ["self", "alternate"]
    ids = [element.text for element in root.iterfind(f"{ATOM}entry/{ATOM}id")]
    assert len(ids) == len(set(ids))
    for element in root.iterfind(f"{ATOM}entry"):
        alternates = [link for link in element.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        kinds = [(link.get("type"), link.get("hreflang")) for link in alternates]
        assert len(kinds) == len(set(kinds))
        assert alternates or element.find(f"{ATOM}content") is not None
        assert element.find(f"{ATOM}published").text
        assert element.find(f"{ATOM}title").text.strip()
        assert all(link.get("type") for link in element.findall(f"{ATOM}link") if link.get("rel") == "enclosure")
        for address in element.iter(f"{ATOM}uri", f"{ATOM}logo"):
            assert re.fullmatch(r"https?://[!-~]+", address.text)
    for element in root.iter(etree.Element):
        assert element.tag.startswith((ATOM, *("{" + namespace for namespace in FOREIGN)))
        assert all(re.fullmatch(r"[!-~]+", element.get(name)) for name in ("href", "url") if name in element.attrib)


@pytest.mark.parametrize("name", CASES)
def test_rss_keeps_the_rules_of_the_specification(name: str) -> None:
    root = etree.fromstring(_golden(name, "rss"))
    channel = root.find("channel")
    assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
    for required in ("title", "link", "description"):
        assert channel.find(required).text
    assert channel.find("link").text == case(name).site.base_url
    assert channel.find(f"{ATOM}link").get("rel") == "self"
    assert parsedate_to_datetime(channel.find("lastBuildDate").text) == case(name).updated.replace(microsecond=0)
    assert [element.tag for element in channel][-len(channel.findall("item")) or None :].count("item") == len(
        channel.findall("item")
    ) or name == "empty"
    for item in channel.iterfind("item"):
        assert item.find("title").text
        assert item.find("guid").get("isPermaLink") == "false"
        assert item.find("guid").text.startswith("urn:uuid:")
        assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", item.find("pubDate").text)
        assert len(item.findall("enclosure")) <= 1
        for enclosure in item.iterfind("enclosure"):
            assert enclosure.get("length").isdigit()
            assert enclosure.get("type")
        assert all(source.get("url") and source.text for source in item.iterfind("source"))
        assert all(
            len(item.findall(tag)) <= 1 for tag in ("title", "link", "description", "guid", "pubDate", "comments", "source")
        )


def test_a_date_without_a_zone_is_quarantined_and_not_read_as_local_time() -> None:
    naive = entry(1).published.replace(tzinfo=None)
    for renderer in FORMATS.values():
        rendered = renderer.render(feed(entry(1, published=naive), entry(2)))
        assert "has no zone" in rendered.quarantined[0]
        assert b"3f0f0002" in rendered.body


def test_dates_are_published_in_utc_to_the_second() -> None:
    hostile = case("hostile")
    assert b"2026-05-31T00:00:00+00:00" in FORMATS["atom"].render(hostile).body
    assert b"Sun, 31 May 2026 22:00:00 +0000" in FORMATS["rss"].render(hostile).body


def test_what_only_helps_matching_is_not_published() -> None:
    for renderer in FORMATS.values():
        assert b"for matching only" not in renderer.render(case("bare")).body


def test_the_source_without_authors_is_its_own_author_so_that_the_site_is_not_taken_for_it() -> None:
    root = etree.fromstring(FORMATS["atom"].render(case("full")).body)
    names = [element.text for element in root.iterfind(f"{ATOM}entry/{ATOM}source/{ATOM}author/{ATOM}name")]
    assert names == ["Herons Weekly staff", "Vogelblog"]
