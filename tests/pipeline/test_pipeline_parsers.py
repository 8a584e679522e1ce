"""Documents are read in workers, and nowhere else: the process that owns the store does not even load what reads them."""

import json
import subprocess
import sys

from publisher_site import PublisherSite, item, rss
from pytest_httpserver import HTTPServer

POLL = """
import json, sys
from aggregator.cli.main import main
try:
    main()
except SystemExit:
    print(json.dumps(sorted(sys.modules)))
"""


def test_a_poll_loads_no_parser_where_the_store_is(project, httpserver: HTTPServer) -> None:
    url = PublisherSite(httpserver).put("/feed", rss([item(1)]))
    project.configure(f'[[source]]\nid = "one"\nurl = "{url}"\n[[topic]]\nslug = "all"\n')
    command = [sys.executable, "-c", POLL, "once", "--config", str(project.root / "config.toml")]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
    loaded = set(json.loads(said.splitlines()[-1]))
    assert b"Title 1" in project.published()["all.atom"]
    assert {"aggregator.pipeline.polls.poll", "aggregator.sources.feed"} <= loaded
    assert not loaded & {"feedparser", "nh3", "aggregator.normalize.entry", "aggregator.sources.feedbytes"}
