"""The address of a source that holds a key is in nothing that is published: no feed, archive, page or list."""

import pytest
from publisher_site import PublisherSite
from pytest_httpserver import HTTPServer

KEY = "8f2e61c07d9b4a53b1c6e0f4d7a92c35"
PAGE = "https://paper.example/story"


@pytest.fixture
def site(httpserver: HTTPServer) -> PublisherSite:
    return PublisherSite(httpserver)


def everything(project) -> str:
    files = [path for path in project.feeds.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".atom", ".rss", ".json", ".html", ".opml"}
    return "\n".join(f"{path}\n{path.read_text()}" for path in files)


def rss(url: str) -> str:
    return (
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Paper</title>'
        f'<link>https://paper.example/</link><atom:link rel="self" href="{url}"/><atom:link rel="hub" href="{url}&amp;hub=1"/>'
        f"<image><url>{url}</url><title>x</title><link>{url}</link></image><description>d</description>"
        f'<item><guid isPermaLink="false">1</guid><link>{PAGE}</link><title>A story</title>'
        f'<source url="{url}">Paper</source><atom:link rel="via" href="{url}"/><atom:link rel="self" href="{url}"/>'
        "<description>Some text</description></item></channel></rss>"
    )


def atom(url: str) -> str:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><id>{url}</id><title>Paper</title><link rel="self" href="{url}"/>'
        f'<logo>{url}</logo><link href="https://paper.example/"/><author><name>P</name><uri>{url}</uri></author>'
        f'<entry><id>1</id><title>A story</title><link href="{PAGE}"/><link rel="via" href="{url}"/><link rel="related" href="{url}"/>'
        f'<source><id>{url}</id><title>Paper</title><link rel="self" href="{url}"/></source>'
        "<content>Some text</content></entry></feed>"
    )


def json_(url: str) -> str:
    return (
        f'{{"version": "https://jsonfeed.org/version/1.1", "title": "Paper", "feed_url": "{url}", "icon": "{url}",'
        f' "home_page_url": "https://paper.example/", "authors": [{{"name": "P", "url": "{url}"}}],'
        f' "items": [{{"id": "1", "url": "{PAGE}", "title": "A story", "content_text": "Some text"}}]}}'
    )


@pytest.mark.parametrize("make", [rss, atom, json_])
@pytest.mark.parametrize("address", [f"/feed?token={KEY}", f"/private/{KEY}/feed", f"/feed?user=me&key={KEY}"])
def test_no_output_holds_the_key_of_a_source(project, site: PublisherSite, make, address: str) -> None:
    path, _, query = address.partition("?")
    url = site.put(path, "") + (f"?{query}" if query else "")
    site.put(path, make(url.replace("&", "&amp;") if make is not json_ else url))
    source = f'[[source]]\nid = "paper"\nurl = "{url}"\n'
    project.configure(source + '[[topic]]\nslug = "all"\nlimit = 1\n')
    assert project.once().sources[0].new == 1
    shown = everything(project)
    assert PAGE in shown
    assert KEY not in shown
    site.put(path, "nonsense", status=500)
    for _ in range(3):
        project.once()
    assert "paper is failing" in (project.feeds / "health.atom").read_text()
    assert KEY not in everything(project)
    site.put(path, "<html><title>no feed</title></html>")
    project.poll("paper", force=True)
    assert KEY not in everything(project)


def test_relative_addresses_below_a_secret_path_are_hidden_with_it(project, site: PublisherSite) -> None:
    path = f"/private/{KEY}/feed"
    url = site.put(path, "")
    text = "&lt;a href=&quot;other&quot;&gt;Some&lt;/a&gt; text &lt;img src=&quot;https://paper.example/i.png&quot;&gt;"
    site.put(path, rss(url).replace(PAGE, "story").replace("Some text", text))
    project.configure(f'[[source]]\nid = "paper"\nurl = "{url}"\n[[topic]]\nslug = "all"\nlimit = 1\n')
    project.once()
    shown = everything(project)
    assert "A story" in shown
    assert "/private/***/other" in shown
    assert "https://paper.example/i.png" in shown
    assert KEY not in shown
