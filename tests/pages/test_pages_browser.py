"""Every page in a browser: light and dark, on a phone and on a desk, with keyboard, without scripts, on paper."""

import json
from itertools import product
from typing import Any

import pytest
from planet import Planet, written
from playwright.sync_api import Browser
from watched import watched

KINDS = (
    "index.html",
    "harbour.html",
    "harbour/2026-09.html",
    "harbour/2026-10.html",
    "harbour/2026-10-18.html",
    "sources.html",
    "search",
    "search?q=ferry",
    "search?q=(",
    "status",
)
Site = tuple[Planet, str]


def serious(found: dict[str, Any]) -> list[str]:
    """What axe-core found that keeps somebody from reading, and where."""
    return [
        f"{violation['id']}: {violation['help']}: {node['target']} {node['html'][:200]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_every_kind_of_page_is_looked_at(site: Site) -> None:
    shapes = {name if "/" not in name else name.partition("/")[0] + "/" for name in written(site[0].feeds)}
    assert shapes == {
        "index.html",
        "sources.html",
        *(f"{slug}{end}" for slug in ("harbour", "energy", "science") for end in (".html", "/")),
    }
    assert all((site[0].feeds / name).exists() for name in KINDS[2:5])


@pytest.mark.parametrize("name", KINDS)
def test_a_page_can_be_read_by_everybody_and_asks_nobody_else(site: Site, browser: Browser, axe: str, name: str) -> None:
    """Light and dark, on a phone and on a desk."""
    _, address = site
    with watched(browser) as seen:
        page = seen.page
        page.goto(address + name)
        assert seen.overflow() == 0
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(f"{axe}\n;0")
        for width, scheme in product((360, 1280), ("light", "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            where = (name, width, scheme)
            assert (where, seen.overflow()) == (where, 0)
            assert (where, serious(page.evaluate("axe.run({resultTypes: ['violations']})"))) == (where, [])
            background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            assert (sum(json.loads(f"[{background[4:-1]}]")) < 384) == (scheme == "dark")
        assert seen.messages == []
        assert seen.elsewhere(address) == []


def test_small_things_to_press_are_large_enough_for_a_finger(site: Site, browser: Browser) -> None:
    """WCAG 2.2, 2.5.8: 24 pixels, links within sentences aside."""
    with watched(browser, width=360) as seen:
        for name in KINDS[:4]:
            seen.page.goto(site[1] + name)
            small = seen.page.evaluate(
                "[...document.querySelectorAll('button, input, summary, .subscribe a, nav a')]"
                ".filter(one => one.getClientRects().length && one.getBoundingClientRect().height < 24).map(one => one.outerHTML)"
            )
            assert small == []


@pytest.mark.parametrize("name", ["index.html", "search?q=ferry", "status"])
def test_an_injected_script_does_not_run(site: Site, browser: Browser, name: str) -> None:
    with watched(browser) as seen:
        seen.page.goto(site[1] + name)
        seen.page.evaluate(
            """() => {
                const script = document.createElement('script');
                script.textContent = 'window.ran = true';
                document.body.append(script);
                const image = document.createElement('img');
                image.setAttribute('onerror', 'window.ran = true');
                image.src = '/nothing.png';
                document.body.append(image);
                const frame = document.createElement('iframe');
                frame.srcdoc = '<script>parent.ran = true</script>';
                document.body.append(frame);
                const elsewhere = document.createElement('script');
                elsewhere.src = 'http://127.0.0.1:9/x.js';
                document.body.append(elsewhere);
            }"""
        )
        seen.page.wait_for_timeout(200)
        assert seen.page.evaluate("window.ran") is None
        assert any("Content Security Policy" in message for message in seen.messages)
        assert seen.elsewhere(site[1]) == []


def test_a_script_in_a_served_page_does_not_run(site: Site, browser: Browser) -> None:
    planet, address = site
    with watched(browser) as seen:
        body = (planet.feeds / "index.html").read_bytes()
        seen.page.route(
            f"{address}evil.html",
            lambda route: route.fulfill(
                response=route.fetch(url=address), body=body + b"<script>document.title = 'ran'</script><p onclick='x()'>"
            ),
        )
        seen.page.goto(f"{address}evil.html")
        assert seen.page.title() == "Tidewater Planet"
        assert any("Content Security Policy" in message for message in seen.messages)


def test_without_scripts_one_gets_from_a_topic_to_its_archive_and_finds_a_story(site: Site, browser: Browser) -> None:
    _, address = site
    with watched(browser, javascript=False) as seen:
        page = seen.page
        page.goto(address)
        page.click("text=More ways to subscribe")
        assert page.input_value("#_address-harbour") == "http://planet.tidewater.example/harbour.atom"
        page.click("h2 a:has-text('The harbour')")
        assert page.url == f"{address}harbour.html"
        page.click(".aside a:has-text('October 2026')")
        assert page.inner_text("h1") == "October 2026"
        page.fill("#_q", '"north quay"')
        page.press("#_q", "Enter")
        assert "Council votes for a second ferry berth at the north quay" in page.inner_text("main")
        page.click(".results a:has-text('The harbour')")
        assert page.url == f"{address}harbour.html"


def test_with_the_keyboard_the_content_is_one_key_away_and_the_address_is_selected(site: Site, browser: Browser) -> None:
    _, address = site
    with watched(browser) as seen:
        page = seen.page
        page.goto(f"{address}harbour.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
        page.keyboard.press("Enter")
        for _ in range(4):
            page.keyboard.press("Tab")
        selected = "getSelection().toString() || (a => a.value.slice(a.selectionStart, a.selectionEnd))(document.activeElement)"
        assert page.evaluate(selected) == "http://planet.tidewater.example/harbour.atom"


def test_on_paper_there_are_stories_with_their_addresses_and_nothing_to_press(site: Site, browser: Browser) -> None:
    with watched(browser, scheme="dark") as seen:
        seen.page.goto(f"{site[1]}harbour.html")
        seen.page.emulate_media(media="print")
        hidden = "getComputedStyle(document.querySelector('{}')).display == 'none'"
        for name in ("header.site", ".panel", ".skip"):
            assert seen.page.evaluate(hidden.format(name))
        assert seen.page.evaluate("getComputedStyle(document.querySelector('h3 a'), '::after').content").find("example") > 0
        assert seen.page.evaluate("getComputedStyle(document.querySelector('h3')).color") == "rgb(0, 0, 0)"


def test_feeds_opened_in_a_browser_are_pages_for_people(site: Site, browser: Browser) -> None:
    with watched(browser, width=360) as seen:
        for format in ("atom", "rss"):
            seen.page.goto(f"{site[1]}harbour.{format}")
            assert seen.elsewhere(site[1]) == []
            text = seen.page.evaluate(
                "[...document.querySelectorAll('*')].filter(one => one.getClientRects().length && !one.children.length)"
                ".map(one => one.textContent).join('\\n')"
            )
            assert "The harbour" in text
            assert "urn:uuid" not in text
