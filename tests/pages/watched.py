"""A page in a browser, with everything that it does noted: requests that left it, messages, what does not fit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, ConsoleMessage, Page


@dataclass
class Watched:
    page: Page
    requests: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def elsewhere(self, address: str) -> list[str]:
        """Requests to anything but this origin."""
        return [url for url in self.requests if not url.startswith(address)]

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def widest(self) -> list[str]:
        """The innermost elements that reach beyond the window."""
        return list(
            self.page.evaluate(
                "[...document.querySelectorAll('main *')].filter(one => !one.children.length && !one.closest('.wide')"
                " && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 200)).slice(0, 3)"
            )
        )


def _matters(message: ConsoleMessage) -> bool:
    """Browsers ask for /favicon.ico of feeds and others that cannot name an icon."""
    return message.type in ("error", "warning") and not str(message.location.get("url")).endswith("/favicon.ico")


@contextmanager
def watched(browser: Browser, *, width: int = 1280, scheme: str = "light", javascript: bool = True) -> Iterator[Watched]:
    """A fresh page in a window of this width, which has never been anywhere."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        java_script_enabled=javascript,
        locale="en-GB",
    )
    page = context.new_page()
    seen = Watched(page)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("requestfailed", lambda request: seen.requests.remove(request.url) if request.failure == "csp" else None)
    page.on("console", lambda message: seen.messages.append(message.text) if _matters(message) else None)
    page.on("pageerror", lambda error: seen.messages.append(str(error)))
    page.on("dialog", lambda dialog: (seen.messages.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    try:
        yield seen
    finally:
        context.close()
