"""A daemon follows what a subscription list names, and lets go of it, without a restart."""

from daemon_folder import Folder, get
from loopback import eventually
from pytest_httpserver import HTTPServer

FEED = '<rss version="2.0"><channel><title>x</title><item><guid>{0}</guid><title>Item {0}</title></item></channel></rss>'


def test_feeds_that_a_list_names_are_followed_as_soon_as_it_names_them(folder: Folder, httpserver: HTTPServer) -> None:
    for name in "ab":
        httpserver.expect_request(f"/{name}.xml").respond_with_data(FEED.format(name), content_type="text/xml")

    def keep(*names: str) -> None:
        outlines = "".join(f'<outline text="{name}" xmlUrl="{httpserver.url_for(f"/{name}.xml")}"/>' for name in names)
        beside = folder.root / "feeds.opml~"
        beside.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>')
        beside.replace(folder.root / "feeds.opml")

    keep("a")
    listed = '[fetch]\nallow_private = ["127.0.0.0/8", "::1/128"]\n[[source]]\nid = "list"\nkind = "opml"\npath = "feeds.opml"\n'
    folder.configure(listed + '[[topic]]\nslug = "all"\nstories = false\nsources = ["list"]\n')
    folder.start()
    eventually(lambda: b"Item a" in get(folder.url + "all.atom")[2])
    keep("a", "b")
    eventually(lambda: b"Item b" in get(folder.url + "all.atom")[2])
    keep("b")
    eventually(lambda: len(folder.logged("subscription lists taken over")) == 3)
    assert b"Item a" in get(folder.url + "all.atom")[2]
    assert folder.stop() == 0
