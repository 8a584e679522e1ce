"""Hostile documents, each in a process of its own: what comes out, and what it costs."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.shared
CPU_SECONDS = 10
MEGABYTES = 256
CHILD = """
import json, re, sys, time
from pathlib import Path
from aggregator.errors import ParseError
from aggregator.sources.feedbytes import parse_feed
results = {}
for name in sys.argv[1:]:
    body = Path(name).read_bytes()
    started = time.process_time()
    try:
        entries = len(parse_feed(body, url="https://hostile.example/feed").entries)
    except ParseError:
        entries = None
    results[name] = (entries, time.process_time() - started)
# not ru_maxrss: a child inherits that of the process which started it
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps([results, int(peak[1]) // 1024]))
"""


def test_every_hostile_feed_is_read_or_refused_within_its_limits(shared: Path) -> None:
    with (shared / "hostile" / "MANIFEST.tsv").open(encoding="utf-8", newline="") as file:
        manifest = {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    names = [str(shared / "hostile" / name) for name in manifest]
    child = subprocess.run([sys.executable, "-c", CHILD, *names], capture_output=True, text=True, timeout=120, check=True)
    results, megabytes = json.loads(child.stdout)
    assert megabytes < MEGABYTES
    for name, (entries, seconds) in results.items():
        row = manifest[Path(name).name]
        assert seconds < CPU_SECONDS, name
        assert (entries is None) == (row["want"] == "reject") or row["want"] == "either", name
        if row["max_items"]:
            assert entries <= int(row["max_items"]), name
