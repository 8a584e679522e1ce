import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.sources.charset import decode
from aggregator.sources.sniff import sniff

RSS = '<rss version="2.0"><channel><title>Ü</title></channel></rss>'


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (RSS.encode(), "xml-feed"),
        (b"\xef\xbb\xbf" + RSS.encode(), "xml-feed"),
        (RSS.encode("utf-16"), "xml-feed"),
        (RSS.encode("utf-16-be"), "xml-feed"),
        (RSS.encode("utf-16-le"), "xml-feed"),
        (RSS.encode("utf-32"), "xml-feed"),
        (RSS.encode("utf-32-be"), "xml-feed"),
        (RSS.encode("utf-32-le"), "xml-feed"),
        (("<?xml version='1.0'?>" + RSS).encode("cp037", "replace"), "xml-feed"),
        (b"\n\n<!-- <html> -->\n<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a 'b'>]><rss/>", "xml-feed"),
        (b"<!-- never closed <rss>", "text"),
        (b"<?pi never closed <rss>", "text"),
        (b"<!DOCTYPE rss [ never closed <rss>", "text"),
        (b"Warning: foo() in /x.php on line 3\n<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'/>", "xml-feed"),
        (b"<br />\n<b>Warning</b>: x<br /><rss><channel/></rss>", "xml-feed"),
        (b"<atom:feed xmlns:atom='http://www.w3.org/2005/Atom'/>", "xml-feed"),
        (b"<rdf:RDF xmlns:rdf='x'/>", "xml-feed"),
        (b"<CHANNEL HREF='x'/>", "xml-feed"),
        (b"<entry xmlns='http://www.w3.org/2005/Atom'/>", "xml-feed"),
        (b"<!doctype html><title>x</title>", "html"),
        (b"<html><pre><rss></rss></pre></html>", "html"),
        (b"<div>x</div>", "html"),
        (b"<opml version='2.0'/>", "opml"),
        (b"<urlset/>", "sitemap"),
        (b"<sitemapindex/>", "sitemap"),
        (b"<note/>", "xml"),
        (b"User-agent: *\nDisallow: /\n", "robots"),
        (b"# comment\nSitemap: https://e.example/s.xml\nFoo: bar\nBaz: qux\n", "robots"),
        (b"---\ntitle: x\n---\ntext", "markdown"),
        (b"# Heading\n\ntext", "markdown"),
        (b"[a](https://e.example/) and [b](https://e.example/b)", "markdown"),
        (b"Show `<rss>` in prose\n", "text"),
        (b"just words", "text"),
        (b"/etc/passwd", "text"),
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (gzip.compress(RSS.encode(), mtime=0), "binary"),
        (bytes(range(256)) * 8, "binary"),
        (b"{not json", "text"),
        (b'{"a": ', "json"),
        (b'{"a": 1}', "json"),
        (b"[1, 2]", "json"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "jsonfeed"),
        (b'{"title": "x", "items": [{"content_html": "y"}]}', "jsonfeed"),
        (b'{"title": "x", "items": [{"name": "y"}]}', "json"),
        (b'{"title": "x", "items": "y"}', "json"),
        (b'{"title": {"rendered": "x"}, "content": {"rendered": "y"}}', "wordpress"),
        (b'[{"title": {"rendered": "x"}, "content": {"rendered": "y"}}]', "wordpress"),
        (b"[" * 100_000, "json"),
    ],
)
def test_a_document_is_known_by_its_bytes(body: bytes, kind: str) -> None:
    assert sniff(body) == kind


@given(st.binary(max_size=300))
def test_any_bytes_have_a_kind(body: bytes) -> None:
    assert sniff(body)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00\ufeff"), max_size=50))
def test_text_in_utf_8_is_read_as_it_is(text: str) -> None:
    assert decode(text.encode()) == text


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("é".encode(), "text/xml; charset=iso-8859-1", "é"),
        ("é€".encode("cp1252"), "", "é€"),
        ("é".encode("latin-1"), "text/xml; charset=iso-8859-1", "é"),
        ("ы".encode("koi8-r"), 'text/xml; charset="KOI8-R"', "ы"),
        ("<?xml version='1.0' encoding='koi8-r'?>ы".encode("koi8-r"), "", "<?xml version='1.0' encoding='koi8-r'?>ы"),
        ("中".encode("gb18030") + b"x", "a; charset=gb2312", "中x"),
        ("あ".encode("iso2022_jp"), "a; charset=iso-2022-jp", "あ"),
        (b"<?xml version='1.0' encoding='utf-7'?>+ADw-", "", "<?xml version='1.0' encoding='utf-7'?>+ADw-"),
        (b"\\u003c\xff", "a; charset=unicode_escape", "\\u003cÿ"),
        (b"\xff", "a; charset=idna", "ÿ"),
        (b"\xff", "a; charset=nonsense", "ÿ"),
        (b"\xff\xe3\x81\x82", "a; charset=euc-jp", "ÿあ"),
        (b"a\xed\xa0\xbd\xed\xb8\x80b", "", "a😀b"),
        (b"a\xed\xa0\xbdb", "", "a\ufffdb"),
        (b"\xc0\xbcscript", "", "À¼script"),
        (b"\xff\xfea\x00\x00", "", "a\ufffd"),
    ],
)
def test_a_charset_is_decided_by_the_bytes_before_any_declaration(body: bytes, content_type: str, text: str) -> None:
    assert decode(body, content_type) == text


@given(st.binary(max_size=200), st.text(max_size=30))
def test_decoding_never_fails_and_leaves_no_lone_surrogate(body: bytes, charset: str) -> None:
    decode(body, f"text/xml; charset={charset}").encode()


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_text_or_json(value: object) -> None:
    assert sniff(json.dumps(value).encode()) in ("json", "text", "jsonfeed", "markdown", "wordpress", "robots")
