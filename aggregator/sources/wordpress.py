"""The kind `wordpress`: posts through a site's REST API, with their edits.

    first poll    site ─Link header, <link>, usual path→ posts (newest first) ─page 2 … max_pages
    later polls   edits (modified_after) and news (after), both from what the last complete poll saw, less an overlap

Edits alone are not enough: WordPress does not touch `modified` when a scheduled post goes public, so that `modified_after` would
never show it. Instants come from a poll's first pages only: these hold the newest, and what changes while we turn pages is seen
on the next poll.

    state = {"for": url and filters, "api": address of the collection, "modified": …Z, "date": …Z}
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

from pydantic import BaseModel, ConfigDict, Field
from selectolax.lexbor import LexborHTMLParser

from aggregator.errors import ParseError
from aggregator.model import Document, FeedHeader, Parsed, Request, Source, State, Text
from aggregator.sources import jsontext
from aggregator.sources.charset import decode
from aggregator.sources.weblinks import is_web, links
from aggregator.sources.wordpress_api import announced, collection, folder, home, is_api, linked, with_parameters
from aggregator.sources.wordpress_post import entry, instant, is_post, posts

OVERLAP = timedelta(hours=1)
"""Asked again on each poll: the API compares in the site's local time, which runs twice through one hour a year, and a scheduled
post goes public when somebody visits the site, not at its date."""
EMBED = "author,wp:featuredmedia,wp:term"
FIELDS = (
    "id,guid,link,type,status,date,date_gmt,modified,modified_gmt,title,excerpt,content,comment_status,class_list,"
    "description,caption,media_type,mime_type,media_details,source_url,jetpack_featured_media_url,_links,_embedded"
)
"""What `entry` reads; without it, plugins add tens of kilobytes to each post."""
OURS = frozenset(
    {"per_page", "orderby", "order", "_embed", "_fields", "modified_after", "after", "categories", "tags", "search", "page"}
)
"""Parameters that this module sets; others belong to the collection's address."""
HEAD = 200_000
"""Characters of a page in which its `<link>` is looked for."""


class WordPressOptions(BaseModel):
    """Keys of a `[[source]]` of kind `wordpress`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post_type: str = Field(
        default="posts",
        pattern=r"^[a-z0-9_-]{1,40}$",
        description="what to read: posts, pages, media, or a type of the site's own",
    )
    categories: tuple[int, ...] = Field(default=(), description="numbers of categories; a post of any of them comes in")
    tags: tuple[int, ...] = Field(default=(), description="numbers of tags; a post of any of them comes in")
    search: str | None = Field(default=None, max_length=200, description="only posts that the site's own search finds with this")
    per_page: int = Field(default=100, ge=1, le=100, description="posts in one answer; less for sites with very long posts")
    max_pages: int = Field(default=10, ge=1, le=100, description="pages asked for in one poll")


@dataclass(frozen=True, slots=True)
class Role:
    """What a request asks for, as the word that comes back on its document: `site`, `posts:1`, `edits:2`, `guess:1` …"""

    what: str
    page: int = 1

    @classmethod
    def read(cls, word: str) -> "Role":
        what, _, page = word.partition(":")
        return cls(what, int(page) if page.isdecimal() and len(page) < 6 else 1)

    def __str__(self) -> str:
        return f"{self.what}:{self.page}"


class WordPressAdapter:
    """Reads posts of a site's API; see the module."""

    Options: type[BaseModel] = WordPressOptions
    local: bool = False

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        """Discovery while the state is empty or that of another url or filter; then edits and news."""
        site, options = source.url or "", _options(source)
        if state.get("for") != _scope(source, options):
            state = {}
        api = collection(site, options.post_type) if is_api(site) else state.get("api")
        front = Request(url=site, role="site", accept="text/html, application/xhtml+xml;q=0.9, */*;q=0.5")
        if not isinstance(api, str) or not is_web(api):
            return [front]
        again = None if is_api(site) else front  # what was found once may have moved
        modified, date = _time(state.get("modified")), _time(state.get("date"))
        if modified is None or date is None:
            return [replace(ask(api, Role("posts"), options), otherwise=again)]
        return [
            replace(ask(api, Role("edits"), options, modified_after=_stamp(modified - OVERLAP)), otherwise=again),
            replace(ask(api, Role("news"), options, after=_stamp(date - OVERLAP)), otherwise=again),
        ]

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        """Raises ParseError for what is neither a site with an API nor an answer of one."""
        role, options = Role.read(document.request.role), _options(source)
        if role.what == "site":
            return _discover(document, options)
        if role.what == "guess" and not document.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
            return _guess_again(document, source, options)
        return _read(document, source, role, options)


def ask(api: str, role: Role, options: WordPressOptions, **window: str) -> Request:
    """The request for the first page of a collection; `window` is modified_after or after."""
    parameters: dict[str, str] = {
        "per_page": str(options.per_page),
        "orderby": "modified" if role.what == "edits" else "date",
        "order": "desc",
        "_embed": EMBED,
        "_fields": FIELDS,
        **window,
    }
    for name, numbers in (("categories", options.categories), ("tags", options.tags)):
        if numbers:
            parameters[name] = ",".join(str(number) for number in numbers)
    if options.search:
        parameters["search"] = options.search
    return Request(url=with_parameters(api, parameters), role=str(role), accept="application/json")


def _discover(document: Document, options: WordPressOptions) -> Parsed:
    """Where the API of a site is: announced in a header, in the page, or by custom."""
    page = LexborHTMLParser(decode(document.body, document.content_type)[:HEAD])
    root = announced(document.headers.get("link", ""), document.url) or linked(page, document.url)
    if root:
        request = ask(collection(root, options.post_type), Role("posts"), options)
    else:
        usual = ask(urljoin(folder(document.url), f"wp-json/wp/v2/{options.post_type}"), Role("guess"), options)
        request = replace(usual, otherwise=_by_parameter(document.url, options))
    return Parsed(header=_header(page, document.url), requests=(request,), format="wordpress-site")


def _guess_again(document: Document, source: Source, options: WordPressOptions) -> Parsed:
    """The usual path gave a page: sites without pretty addresses have the API behind a parameter only."""
    if "rest_route=" not in document.request.url:
        return Parsed(requests=(_by_parameter(source.url or document.url, options),), format="wordpress-site")
    raise ParseError(
        f"{source.url}: no WordPress API found: none is announced, and at the usual places are pages. "
        'Give the address of its posts as url, or use kind = "feed"'
    )


def _by_parameter(site: str, options: WordPressOptions) -> Request:
    """Where the posts are on a site that has no addresses for its API."""
    return ask(with_parameters(folder(site), {"rest_route": f"/wp/v2/{options.post_type}"}), Role("guess"), options)


def _read(document: Document, source: Source, role: Role, options: WordPressOptions) -> Parsed:
    """Entries of one page of the collection, the next page, and what later polls start from."""
    asked, site = document.request.url, source.url or ""
    api = _collection_of(asked, site)
    name = api if role.page == 1 else f"{api}, page {role.page}"
    try:
        value = jsontext.load(document.body)
    except ParseError as error:
        raise ParseError(f"{name}: not an answer of WordPress' API: {error}") from error
    found = posts(value, name=name)
    dropped = []
    if isinstance(value, list) and (strange := sum(1 for item in value if not is_post(item))):
        dropped.append(f"{name}: {strange} of the {len(value)} things in the list are not posts")
    window = dict(parse_qsl(urlsplit(asked).query))
    modified, dates = _times(found, "modified"), _times(found, "date")
    more = _has_more(document, role, len(found)) and not _is_before(modified, _time(window.get("modified_after")))
    further: tuple[Request, ...] = ()
    if more and role.page < options.max_pages:
        following = Role(role.what, role.page + 1)
        url = with_parameters(asked, {"page": str(following.page)})
        further = (Request(url=url, role=str(following), accept="application/json"),)
    elif more and role.what in ("edits", "news"):
        dropped.append(f"{name}: stopped after {role.page} pages; older changes were not asked for (max_pages)")
    state: dict[str, str] = {}
    if role.page == 1:
        state = {"for": _scope(source, options), "api": api}
        clock = _clock(document.headers.get("date", ""))
        state |= _newest("modified", modified, _time(window.get("modified_after")), clock) if role.what != "news" else {}
        state |= _newest("date", dates, _time(window.get("after")), clock) if role.what != "edits" else {}
    return Parsed(
        entries=tuple(made for post in found if (made := entry(post)) is not None),
        header=FeedHeader(link=home(site)) if is_api(site) else None,
        requests=further,
        state=state,
        dropped=tuple(dropped),
        format="wordpress",
    )


def _has_more(document: Document, role: Role, count: int) -> bool:
    """Whether the collection goes on after this page: by X-WP-TotalPages, or by Link where a proxy took that away."""
    total = document.headers.get("x-wp-totalpages", "").strip()
    if not count:
        return False
    if total.isdecimal() and len(total) < 10:
        return role.page < int(total)
    return any("next" in link.relations for link in links(document.headers.get("link", "")))


def _is_before(modified: Sequence[datetime], since: datetime | None) -> bool:
    """Whether the page reaches beyond what was asked for: WordPress before 5.7 does not know modified_after."""
    return since is not None and bool(modified) and min(modified) < since


def _newest(key: str, times: Sequence[datetime], since: datetime | None, clock: datetime | None) -> dict[str, str]:
    """An instant for the state: never backwards, nor beyond the server's clock, or one post from 2099 would hide all others."""
    seen = [min(time, clock) if clock else time for time in times]
    if since is not None:
        seen.append(since + OVERLAP)
    return {key: _stamp(max(seen))} if seen else {}


def _collection_of(asked: str, site: str) -> str:
    """The collection's address without our parameters, but with those that the configured address has."""
    own = dict(parse_qsl(urlsplit(site).query, keep_blank_values=True)) if is_api(site) else {}
    query = dict(parse_qsl(urlsplit(asked).query, keep_blank_values=True))
    kept = {name: own.get(name, value) for name, value in query.items() if name not in OURS or name in own}
    if "rest_route" in query:
        kept["rest_route"] = query["rest_route"]
    return with_parameters(asked, kept, clear=True)


def _header(page: LexborHTMLParser, url: str) -> FeedHeader:
    """What the site's front page says of the site."""
    named, title, root = page.css_first('meta[property="og:site_name"]'), page.css_first("head > title"), page.css_first("html")
    name = (named.attributes.get("content") if named else None) or (title.text() if title else None) or ""
    language = root.attributes.get("lang") if root else None
    return FeedHeader(title=Text(value=name.strip()) if name.strip() else None, link=url, language=language)


def _options(source: Source) -> WordPressOptions:
    return source.options if isinstance(source.options, WordPressOptions) else WordPressOptions()


def _scope(source: Source, options: WordPressOptions) -> str:
    """What the state is good for: when one of these changes, a poll starts from the beginning."""
    return f"{source.url} {options.model_dump_json(exclude={'per_page', 'max_pages'})}"


def _times(found: Sequence[Mapping[str, object]], field: str) -> list[datetime]:
    return [time for post in found if (time := _time(instant(post, field))) is not None]


def _time(value: object) -> datetime | None:
    """An instant of the API or of our state; None for anything else, and for local times without a zone."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo is not None and 1970 <= time.year < 9999 else None


def _clock(header: str) -> datetime | None:
    """The server's own clock, from its Date header."""
    try:
        time = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
