"""What it takes to bring many feeds over: `aggregator import`, `export`, and `import` again, as processes.

    python benchmarks/import.py --feeds 1000 --rounds 5

Prints the least and the median wall time of each over the rounds, and the median CPU time. Every round begins with what
`aggregator init` writes; the second import must leave the file as it is.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def opml(feeds: int) -> str:
    """A list with a folder for each hundred feeds."""
    lines = []
    for number in range(feeds):
        if number % 100 == 0:
            lines.append(f'<outline text="Folder {number // 100}">')
        address = f"https://site{number}.example/feed.xml"
        lines.append(
            f'<outline text="Feed number {number}" type="rss" xmlUrl="{address}" htmlUrl="https://site{number}.example/"/>'
        )
        if number % 100 == 99 or number == feeds - 1:
            lines.append("</outline>")
    return f'<opml version="2.0">\n<body>\n{chr(10).join(lines)}\n</body>\n</opml>\n'


def run(folder: Path, *words: str) -> tuple[float, float, bytes]:
    """Seconds of wall and CPU time, and standard output."""
    before, started = os.times(), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "aggregator", *words], cwd=folder, check=True, stdout=subprocess.PIPE)
    spent, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, cpu, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    taken: dict[str, list[tuple[float, float]]] = {"import": [], "export": [], "import again": []}
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            run(folder, "init")
            (folder / "many.opml").write_text(opml(arguments.feeds))
            taken["import"].append(run(folder, "import", "many.opml")[:2])
            config = (folder / "config.toml").read_bytes()
            wall, cpu, listed = run(folder, "export")
            taken["export"].append((wall, cpu))
            (folder / "ours.opml").write_bytes(listed)
            taken["import again"].append(run(folder, "import", "ours.opml")[:2])
            if (folder / "config.toml").read_bytes() != config:
                raise SystemExit("the second import changed the configuration")
    print(f"{arguments.feeds:,} feeds, {arguments.rounds} rounds: wall time, least and median; CPU time, median")
    for step, times in taken.items():
        walls, cpus = zip(*times, strict=True)
        print(f"{step:14} {min(walls):6.2f} s {statistics.median(walls):6.2f} s {statistics.median(cpus):6.2f} s")


if __name__ == "__main__":
    main()
