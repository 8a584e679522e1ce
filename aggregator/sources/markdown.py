"""Markdown → HTML, as note-taking programs write it: CommonMark, tables, strikethrough, and four habits of theirs.

    [[Page]], [[Page|label]] → their text       ==marked== → <mark>
    > [!note] Title → quote with a bold title   %%comment%% → nothing

Raw HTML is shown as text, never passed on (`html=False`); addresses with scripts are refused by the parser. What comes out is
sanitized again with everything else.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

_WIKI = re.compile(r"(!?)\[\[([^\[\]\n]{1,500})\]\]")
_COMMENT = re.compile(r"%%[^%]{0,10000}%%")
_MARK = re.compile(r"==(?=\S)([^=\n]{1,2000})(?<=\S)==")
_CALLOUT = re.compile(r"\[!([A-Za-z][\w-]{0,30})\][+-]?[ \t]*")


class Markdown:
    """A parsed text: its first heading and picture can be looked at, and the heading taken off, before it is rendered."""

    def __init__(self, text: str) -> None:
        self._parser = _parser()
        self._env: dict[str, object] = {}
        self._tokens = self._parser.parse(text, self._env)

    def heading(self) -> str | None:
        """The plain text of the heading of first rank that the text begins with, if it does."""
        first = self._tokens[:2]
        if len(first) == 2 and first[0].type == "heading_open" and first[0].tag == "h1":
            return _plain(first[1]) or None
        return None

    def drop_heading(self) -> None:
        """Take the heading off that `heading` found."""
        self._tokens = self._tokens[3:]

    def image(self) -> str | None:
        """The address of the picture that the text begins with (after its heading), if it does."""
        start = 3 if self._tokens and self._tokens[0].type == "heading_open" else 0
        for token in self._tokens[start + 1 : start + 2]:
            if token.type == "inline" and token.children:
                return next((_source(child) for child in _first(token.children)), None)
        return None

    def html(self) -> str:
        """The fragment; empty where there is no text."""
        rendered = self._parser.renderer.render(self._tokens, self._parser.options, self._env)
        # a paragraph of nothing but a hidden comment
        return str(rendered).replace("<p></p>\n", "").strip()


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.before("link", "wiki", _wiki)
    parser.inline.ruler.before("emphasis", "mark", _mark)
    parser.inline.ruler.before("text", "comment", _comment)
    parser.core.ruler.after("inline", "callout", _callouts)
    parser.core.ruler.after("inline", "alt", _bare_alternatives)
    return parser


def _wiki(state: StateInline, silent: bool) -> bool:
    match = _WIKI.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        target, _, label = match[2].partition("|")
        token = state.push("text", "", 0)
        # a note's own pictures are files of somebody's vault: nothing to show
        token.content = "" if match[1] else (label or target).strip()
    state.pos = match.end()
    return True


def _comment(state: StateInline, silent: bool) -> bool:
    match = _COMMENT.match(state.src, state.pos)
    if match is None:
        return False
    state.pos = match.end()
    return True


def _mark(state: StateInline, silent: bool) -> bool:
    match = _MARK.match(state.src, state.pos)
    if match is None or match.end() > state.posMax:
        return False
    if not silent:
        end = state.posMax
        state.push("mark_open", "mark", 1)
        state.pos, state.posMax = match.start(1), match.end(1)
        state.md.inline.tokenize(state)
        state.posMax = end
        state.push("mark_close", "mark", -1)
    state.pos = match.end()
    return True


def _callouts(state: StateCore) -> None:
    """Quotes that begin with [!word]: the rest of that line becomes a bold title, or the word itself."""
    for quote, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (quote.type, paragraph.type, inline.type) != ("blockquote_open", "paragraph_open", "inline") or not inline.children:
            continue
        first = inline.children[0]
        match = _CALLOUT.match(first.content) if first.type == "text" else None
        if match is None:
            continue
        first.content = first.content[match.end() :]
        line = next((at for at, child in enumerate(inline.children) if child.type == "softbreak"), len(inline.children))
        if not any(child.content.strip() for child in inline.children[:line]):
            first.content = match[1].replace("-", " ").capitalize()
        opening, closing = Token("strong_open", "strong", 1), Token("strong_close", "strong", -1)
        rest = inline.children[line + 1 :]
        gap = [Token("hardbreak", "br", 0)] if rest else []
        inline.children = [opening, *inline.children[:line], closing, *gap, *rest]


def _bare_alternatives(state: StateCore) -> None:
    """Clippers write a picture's own address as its alternative text, which tells nobody anything."""
    for token in state.tokens:
        for child in token.children or ():
            if child.type == "image" and child.content.startswith(("http://", "https://")):
                child.content, child.children = "", []


def _first(children: list[Token]) -> Iterator[Token]:
    """The picture that a paragraph begins with, bare or as a link's text."""
    for child in children:
        if child.type == "image":
            yield child
        if child.type != "link_open" and child.content.strip():
            return


def _source(token: Token) -> str:
    return str(token.attrGet("src") or "")


def _plain(inline: Token) -> str:
    return "".join(" " if child.type in ("softbreak", "hardbreak") else child.content for child in inline.children or ()).strip()
