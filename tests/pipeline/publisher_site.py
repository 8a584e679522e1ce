"""A publisher for the tests: a real HTTP server on loopback, whose documents change between polls."""

from collections.abc import Sequence

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


class PublisherSite:
    """Serves bodies by path, with a strong ETag and a right 304 where `conditional`; notes every request."""

    def __init__(self, httpserver: HTTPServer) -> None:
        self._server = httpserver
        self._answers: dict[str, tuple[int, bytes, dict[str, str], bool]] = {}
        self.requests: list[Request] = []
        self.statuses: list[int] = []

    def put(self, path: str, body: str | bytes, *, status: int = 200, conditional: bool = True, **headers: str) -> str:
        """Serve `body` at `path` from now on; returns its address."""
        first = path not in self._answers
        data = body.encode() if isinstance(body, str) else body
        self._answers[path] = (status, data, {name.replace("_", "-"): value for name, value in headers.items()}, conditional)
        if first:
            self._server.expect_request(path).respond_with_handler(self._answer)
        return self._server.url_for(path)

    def _answer(self, request: Request) -> Response:
        self.requests.append(request)
        status, body, headers, conditional = self._answers[request.path]
        response = Response(body, status=status, headers=headers, content_type="application/xml")
        if status == 200 and conditional:
            response.add_etag()
            response.make_conditional(request)
        self.statuses.append(response.status_code)
        return response


def rss(items: Sequence[str], title: str = "A source") -> str:
    """An RSS document around items."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{title}</title>'
        f"<link>http://source.example/</link><description>d</description>{''.join(items)}</channel></rss>"
    )


def item(number: int, title: str | None = None, text: str = "", *, guid: str | None = None, link: str | None = None) -> str:
    """An RSS item; items of higher numbers are newer."""
    return (
        f"<item><guid isPermaLink='false'>{guid or number}</guid><link>{link or f'http://source.example/{number}'}</link>"
        f"<title>{title or f'Title {number}'}</title><description>{text or f'Text of number {number}'}</description>"
        f"<pubDate>Mon, 0{1 + number // 24} Sep 2025 {number % 24:02}:00:00 GMT</pubDate></item>"
    )
