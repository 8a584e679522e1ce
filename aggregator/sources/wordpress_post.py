"""An object of WordPress' REST API → an entry.

    JSON value ─posts→ list of objects ─entry→ Entry | None (protected or unpublished)

Fields are those of the posts controller (developer.wordpress.org/rest-api/reference/posts): `{"rendered": html}` for texts,
`*_gmt` for instants in UTC without a zone, `_embedded` for what `_embed` added. Every one of them may be absent or of another
type: sites run plugins. Pages, custom post types and media (`attachment`) have the same shape and come in the same way.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser

from aggregator.errors import ParseError
from aggregator.model import Category, Enclosure, Entry, Person, Text

PUBLISHED = frozenset({"publish", "inherit"})
"""`inherit` is what published media say: their parent's."""
MAX_TERMS = 200
MAX_EMBEDDED = 50
SEARCHED = 100_000
"""Characters of the content in which a picture is looked for."""
_UNSET_DATE = "0000"
_CLASS = re.compile(r"(category|tag)-(.+)", re.DOTALL)


def posts(value: object, *, name: str) -> list[Mapping[str, object]]:
    """The posts in what the API answered: a list of them, or a single one. Raises ParseError for errors and for anything else."""
    if isinstance(value, Mapping):
        if isinstance(value.get("code"), str) and isinstance(value.get("message"), str):
            raise ParseError(f"{name}: WordPress answers {value['code'][:80]}: {value['message'][:300]}")
        if not is_post(value):
            raise ParseError(f"{name}: a JSON object{_what(value)}, not a WordPress post")
        return [value]
    if isinstance(value, list):
        objects = [item for item in value if isinstance(item, Mapping)]
        found = [item for item in objects if is_post(item)]
        if value and not found:
            raise ParseError(f"{name}: a JSON list{_what(objects[0]) if objects else ''}, not WordPress posts")
        return found
    raise ParseError(f"{name}: a JSON {type(value).__name__}, not WordPress posts")


def is_post(value: object) -> bool:
    """Whether a JSON value has the shape of a post: a title and a body, excerpt or address, as WordPress nests them."""
    if not isinstance(value, Mapping) or not isinstance(value.get("id"), int | str):
        return False
    rendered = [key for key in ("title", "content", "excerpt", "guid") if _rendered(value.get(key)) is not None]
    return len(rendered) >= 2 or (bool(rendered) and isinstance(value.get("link"), str) and "date" in value)


def entry(post: Mapping[str, object]) -> Entry | None:
    """The entry of a post; None for one that is protected by a password or not published."""
    status = post.get("status")
    if (isinstance(status, str) and status not in PUBLISHED) or _is_protected(post):
        return None
    link = _string(post.get("link"))
    content = _rendered(post.get("content")) or _rendered(post.get("description"))
    summary = _rendered(post.get("excerpt")) or _rendered(post.get("caption"))
    title = _rendered(post.get("title"))
    return Entry(
        id=_rendered(post.get("guid")),
        link=link,
        title=Text(value=title, type="html", base=link) if title else None,
        summary=Text(value=summary, type="html", base=link) if summary else None,
        content=Text(value=content, type="html", base=link) if content else None,
        published=instant(post, "date"),
        updated=instant(post, "modified"),
        authors=_authors(post),
        categories=_categories(post),
        enclosures=_enclosures(post),
        image=_image(post, content),
        comments=f"{link}#comments" if link and post.get("comment_status") == "open" else None,
        base=link,
    )


def instant(post: Mapping[str, object], field: str) -> str | None:
    """`date` or `modified`: the UTC field with its Z, else the site's local one, which has no zone."""
    utc = _string(post.get(f"{field}_gmt"))
    if utc and not utc.startswith(_UNSET_DATE):
        return utc if re.search(r"(?:Z|[+-]\d\d:?\d\d)$", utc, re.IGNORECASE) else f"{utc}Z"
    local = _string(post.get(field))
    return local if local and not local.startswith(_UNSET_DATE) else None


def _authors(post: Mapping[str, object]) -> tuple[Person, ...]:
    people = []
    for user in _embedded(post, "author"):
        name = _string(user.get("name"))
        if name:  # an author that may not be read is embedded as an error object, without a name
            people.append(Person(name=unescape(name), uri=_string(user.get("link")) or _string(user.get("url"))))
    if not people and (name := _string(_mapping(post.get("yoast_head_json")).get("author"))):
        people.append(Person(name=unescape(name)))
    return tuple(people)


def _categories(post: Mapping[str, object]) -> tuple[Category, ...]:
    """Embedded terms, else what the post's CSS classes tell: slugs in both cases, since they are the same on every poll."""
    found: dict[tuple[str, str], Category] = {}
    for term in _terms(post):
        slug, name, taxonomy = (_string(term.get(key)) for key in ("slug", "name", "taxonomy"))
        name = unescape(name) if name else None
        word = unquote(slug) if slug else name
        if word and taxonomy != "post_format":
            scheme = "tag" if taxonomy == "post_tag" else taxonomy or "category"
            found.setdefault((scheme, word), Category(term=word, scheme=scheme, label=name))
    if not found:
        for word in _classes(post):
            if match := _CLASS.fullmatch(word):
                scheme, slug = match[1], unquote(match[2])
                found.setdefault((scheme, slug), Category(term=slug, scheme=scheme))
    return tuple(found.values())[:MAX_TERMS]


def _terms(post: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    groups = _mapping(post.get("_embedded")).get("wp:term")
    for group in groups[:MAX_EMBEDDED] if isinstance(groups, list) else ():
        for term in group[:MAX_TERMS] if isinstance(group, list) else ():
            if isinstance(term, Mapping):
                yield term


def _classes(post: Mapping[str, object]) -> list[str]:
    """`class_list` is a list, or an object with numbers as keys once a plugin has filtered it (PHP arrays)."""
    value = post.get("class_list")
    words = list(value.values()) if isinstance(value, Mapping) else value
    return [word for word in words[: 2 * MAX_TERMS] if isinstance(word, str)] if isinstance(words, list) else []


def _enclosures(post: Mapping[str, object]) -> tuple[Enclosure, ...]:
    """The file itself, where the object is a medium."""
    href, mime = _string(post.get("source_url")), _string(post.get("mime_type"))
    if not href:
        return ()
    size = _mapping(post.get("media_details")).get("filesize")
    length = size if isinstance(size, int) and not isinstance(size, bool) and size >= 0 else None
    return (Enclosure(href=href, type=mime, length=length),)


def _image(post: Mapping[str, object], content: str | None) -> str | None:
    """The featured image: embedded, or as Jetpack and Yoast tell it, else the first one in the content."""
    if _string(post.get("media_type")) == "image":
        return _string(post.get("source_url"))
    for medium in _embedded(post, "wp:featuredmedia"):
        if href := _string(medium.get("source_url")):
            return href
    if href := _string(post.get("jetpack_featured_media_url")):
        return href
    shared = _mapping(post.get("yoast_head_json")).get("og_image")
    if isinstance(shared, list) and shared and (href := _string(_mapping(shared[0]).get("url"))):
        return href
    return first_image(content) if content else None


def first_image(html: str) -> str | None:
    """The address of the first picture in a fragment that is not a data: placeholder."""
    if "<img" not in html[:SEARCHED].lower():
        return None
    for node in LexborHTMLParser(html[:SEARCHED]).css("img[src]")[:MAX_EMBEDDED]:
        src = (node.attributes.get("src") or "").strip()
        if src and not src.startswith("data:"):
            return src
    return None


def _is_protected(post: Mapping[str, object]) -> bool:
    return any(_mapping(post.get(key)).get("protected") is True for key in ("content", "excerpt"))


def _embedded(post: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    items = _mapping(post.get("_embedded")).get(name)
    return [item for item in items[:MAX_EMBEDDED] if isinstance(item, Mapping)] if isinstance(items, list) else []


def _rendered(value: object) -> str | None:
    """A text field: `{"rendered": …}`, or a bare string where a plugin flattened it."""
    return _string(value.get("rendered")) if isinstance(value, Mapping) else _string(value)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _string(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _what(value: Mapping[str, object]) -> str:
    """What a JSON object that is no post seems to be, in words."""
    if isinstance(value.get("taxonomy"), str):
        return f" of WordPress terms ({str(value['taxonomy'])[:40]})"
    if "avatar_urls" in value:
        return " of WordPress users"
    return ""
