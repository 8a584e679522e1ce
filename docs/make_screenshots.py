"""Make the pictures of docs/images: pages in a browser, commands in a terminal, over sources that do not exist.

    .venv/bin/python docs/make_screenshots.py [--chromium /usr/bin/chromium]

The planet of tests/pages lives eleven days on a clock of its own, so that the pictures change with the program; else only
by numbers of items, which depend on who answered first.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).parent.parent
IMAGES = ROOT / "docs" / "images"
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "pages")]

import planet  # noqa: E402 - it lies with the tests

from aggregator.cli import output  # noqa: E402 - as above
from aggregator.cli.life import print_life  # noqa: E402
from aggregator.cli.trial import print_trial  # noqa: E402
from aggregator.pipeline.answers.trial import TrialReport, try_query  # noqa: E402
from aggregator.pipeline.answers.why import Life, why  # noqa: E402

PAGES = (
    ("topic", "harbour.html", 1280, 800, "light"),
    ("topic-dark-phone", "harbour.html", 390, 800, "dark"),
    ("index", "index.html", 1280, 800, "light"),
    ("search", "search?q=ferry", 1280, 560, "dark"),
    ("status", "status", 1280, 800, "light"),
)
"""Picture, page, width, height, scheme."""


_ELSEWHERE = """root => document.querySelectorAll(".facts").forEach(
    one => one.textContent = one.textContent.replace(root, "/srv/planet"))"""
"""The store lies in a temporary folder, whose name is another each time."""


STORY = "https://courier.example/2026/11/170"
"""A story that several of the planet's sources tell."""
TERMINALS: Mapping[str, tuple[str, int, Callable[[planet.Planet], None]]] = {
    "status": ("aggregator status", 80, lambda one: output.print_status(one.app().status(), now=one.time)),
    "why": (f"aggregator why {STORY}", 100, lambda one: print_life(looked_up(one, STORY))),
    "try": (
        "aggregator topic try 'ferry (quay OR harbour)' --days 5",
        80,
        lambda one: print_trial(tried(one, "ferry (quay OR harbour)")),
    ),
}
"""Picture → command, columns, and what prints it."""


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def looked_up(one: planet.Planet, asked: str) -> Life:
    config = one.app().config
    return why(config.store.path, config.topics(), config.publish.directory, asked)


def tried(one: planet.Planet, query: str) -> TrialReport:
    return try_query(one.app().config.store.path, query, one.time, days=5)


def shown(one: planet.Planet, columns: int, show: Callable[[planet.Planet], None]) -> str:
    """What a command prints on a terminal of so many columns."""
    os.environ.update(TERM="xterm-256color", COLUMNS=str(columns))
    with redirect_stdout(_Terminal()) as terminal:
        show(one)
    text = terminal.getvalue().replace(str(one.root), "/srv/planet")
    return re.sub(r"; process \d+ owns it", "; no daemon is running", text)  # this script's own number, another each time


def page_of_terminal(command: str, columns: int, text: str) -> str:
    """The same as a page."""
    console = Console(record=True, width=columns, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{text}"))
    code = '<pre style="margin:0;padding:20px;background:#16171a;color:#e7e7e4;font:15px/1.35 monospace">{code}</pre>'
    return console.export_html(inline_styles=True, code_format=code, theme=MONOKAI)


def take(browser: Browser, one: planet.Planet, address: str) -> None:
    for name, page_name, width, height, scheme in PAGES:
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        page.goto(address + page_name)
        page.evaluate(_ELSEWHERE, str(one.root))
        page.screenshot(path=IMAGES / f"{name}.png")
        context.close()
    for name, (command, columns, show) in TERMINALS.items():
        page = browser.new_page(viewport={"width": 60 + columns * 9, "height": 400})
        text = page_of_terminal(command, columns, shown(one, columns, show))
        page.set_content(f'<body style="margin:0;display:inline-block">{text}')
        page.locator("pre").screenshot(path=IMAGES / f"terminal-{name}.png")
        page.close()


def smaller() -> None:
    """Fewer bytes by a palette of 64 colours, where ImageMagick is there."""
    for image in sorted(IMAGES.glob("*.png")):
        try:
            subprocess.run(["convert", image, "-strip", "+dither", "-colors", "64", f"png8:{image}"], check=True)
        except FileNotFoundError:
            return


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--chromium", default="/usr/bin/chromium")
    chromium = arguments.parse_args().chromium
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, planet.planet(Path(folder)) as one:
        one.live(10, hours=12)
        one.broken = frozenset({"old-pier"})
        one.live(1, hours=12)
        one.time = one.time.replace(minute=20)
        with planet.served(one) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            take(browser, one, address)
            browser.close()
    smaller()
    for image in sorted(IMAGES.glob("*.png")):
        print(f"{image.relative_to(ROOT)}  {image.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
