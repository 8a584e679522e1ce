"""A browser, and the planet's pages in it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import planet
import pytest
from playwright.sync_api import Browser, sync_playwright

from aggregator.pipeline.publishing import months

MANY = 16
"""Stories of a month from which on its days have pages of their own."""
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium. Skips where there is none.

    Not for the whole session: as long as it is open, playwright runs a loop in this thread, and other folders' tests run theirs.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip("there is no chromium (Debian: apt install chromium; else name it in $CHROMIUM)")
    with sync_playwright() as playwright:
        # Root, as in most containers, gets no sandbox; what is opened here is this program's own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's source: of $AXE (a file), node_modules, or the package axe-playwright-python, which brings it along."""
    named = os.environ.get("AXE")
    places = [Path(named)] if named else [Path("node_modules/axe-core/axe.min.js")]
    found = next((path for path in places if path.is_file()), None)
    if found is not None:
        return found.read_text("utf-8")
    package = pytest.importorskip("axe_playwright_python", reason="there is no axe-core: pip install axe-playwright-python")
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[planet.Planet, str]]:
    """The planet after four days, one source broken, and the address of its pages. October in the harbour is divided into days."""
    with pytest.MonkeyPatch.context() as small, planet.planet(tmp_path_factory.mktemp("planet")) as one:
        small.setattr(months, "MANY", MANY)
        one.live(3, hours=36)
        one.broken = frozenset({"old-pier"})
        one.live(1, hours=24)
        with planet.served(one) as address:
            yield one, address
