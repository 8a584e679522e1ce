"""What docs/query-language.md says of signs, fields and limits, generated from the language itself.

    grammar.lark, clauses.FIELDS, the limits ─parts→ Markdown, by name ─documented→ the page, renewed between its marks

`python -m aggregator.curate.reference` in the project's root writes it; a test fails when it is stale.
"""

import re
import sys
import unicodedata
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from aggregator.curate.clauses import FIELDS, VALUE_FIELDS
from aggregator.curate.lexis import ALIASES, MAX_NESTING, MAX_TERMS
from aggregator.curate.query import MAX_LENGTH, terminals
from aggregator.curate.regexes import MAX_PATTERN, MAX_PROGRAM
from aggregator.curate.subject import COUNT_LIMIT, TEXT_LIMIT, VALUE_LIMIT

DOCUMENT = Path("docs/query-language.md")
_MARKED = re.compile(r"(<!-- generated (\w+): python -m aggregator\.curate\.reference -->\n).*?(<!-- end of generated -->)", re.S)

MEANINGS: Mapping[str, tuple[str, str, str]] = {
    "AND": ("{} x", "between clauses", "both must hold; nothing between them means the same"),
    "OR": ("{} x", "between clauses", "one of them must hold; binds less than AND"),
    "NOT": ("{}(x)", "before a clause", "it must not hold; `-` stands directly before it"),
    "LPAR": ("{}", "before clauses", "begins a group, directly after a field one that is about it"),
    "RPAR": ("{}", "after clauses", "ends the group"),
    "FIELD": ("title{}", "after the name of a field", "what follows, without a blank, is compared with that field"),
    "PHRASE": ('{}x"', "around words", "they stand one after the other"),
    "REGEX": ("{}x/", "around a pattern", "a regular expression of RE2"),
}
"""Terminal of the grammar → a text in which a sign of it stands at {}, where it is written, what it does."""
WORDS = ("AND", "OR", "NOT", "||")
"""What is written with more than one character."""
COMPARED: Mapping[str, str] = {
    "title": "the title",
    "text": "the content, or the summary where there is no content, as plain text",
    "url": "the address, so `url:2024` finds `…/2024/05/…`",
    "source": "the source's id, its title, and the title of the feed that the source has the item from",
    "author": "names of authors (or e-mail address, or page, where there is no name)",
    "category": "each category's term and label, so `category:ai` finds `ai-news`; `category:/^ai$/` only `ai`",
    "site": "the host of the address and every domain above it: `site:example.org`, `site:org`",
    "lang": "the language and what it is a kind of: `lang:en` finds `en-gb`; `lang:en-gb` does not find `en`",
    "kind": "the kind of the source: `feed`, `wordpress`, `folder`",
}
"""What a term of each field is compared with."""


def parts() -> Mapping[str, str]:
    """The generated pieces of the page, by the name in their mark."""
    return {"signs": signs(), "fields": fields(), "limits": limits(), "grammar": grammar()}


def signs() -> str:
    """A row for each terminal: every way to write it, found by asking its pattern."""
    known = terminals()
    rows = []
    for name, (place, where, meaning) in MEANINGS.items():
        before = place.index("{}")
        written = [
            sign
            for sign in (*WORDS, *_punctuation())
            if (found := known[name].match(place.format(sign))) and found.end() >= before + len(sign)
        ]
        shown = " ".join(f"`{sign}`".replace("|", "\\|") for sign in written)
        rows.append(f"| {shown} | {where} | {meaning} |")
    return "\n".join(["| sign | where | what it means |", "| --- | --- | --- |", *rows])


def fields() -> str:
    """A row for each field, and what other programs call it."""
    head = ["| field | what a term is compared with | how | elsewhere called |", "| --- | --- | --- | --- |"]
    rows = ["| (none) | title and text | words | |"]
    for field in FIELDS:
        how = "as a whole" if field in VALUE_FIELDS else "words"
        others = ", ".join(sorted(alias for alias, meant in ALIASES.items() if meant == field))
        rows.append(f"| `{field}` | {COMPARED[field]} | {how} | {others} |")
    return "\n".join(head + rows)


def limits() -> str:
    """What a query may have, and what is looked at of an item."""
    rows = (
        ("characters of a query, also written out in full", MAX_LENGTH),
        ("terms of a query", MAX_TERMS),
        ("parentheses within each other", MAX_NESTING),
        ("characters of a regular expression", MAX_PATTERN),
        ("instructions of a regular expression, compiled", MAX_PROGRAM),
        ("characters of an item's text that are looked at", TEXT_LIMIT),
        ("characters of a title, address, name or category that are looked at", VALUE_LIMIT),
        ("authors, and categories, that are looked at", COUNT_LIMIT),
    )
    return "\n".join(["| what | at most |", "| --- | --- |", *(f"| {what} | {most:,} |" for what, most in rows)])


def grammar() -> str:
    """The rules, as the program reads them."""
    text = files("aggregator.curate").joinpath("grammar.lark").read_text("utf-8")
    rules = text[text.index("start:") : text.index("\n\nOR.")]
    return "\n".join(f"    {line}".rstrip() for line in rules.splitlines())


def documented(text: str) -> str:
    """The page with its pieces renewed. Raises ValueError if the marks of one are gone."""
    made = dict(parts())
    renewed = _MARKED.sub(lambda mark: f"{mark[1]}\n{made.pop(mark[2])}\n\n{mark[3]}", text)
    if made:
        raise ValueError(f"{DOCUMENT} must hold the marks of {', '.join(made)}")
    return renewed


def _punctuation() -> list[str]:
    """Every punctuation mark and sign of the Basic Multilingual Plane."""
    return [char for code in range(0x10000) if unicodedata.category(char := chr(code))[0] in "PS"]


def main() -> None:
    DOCUMENT.write_text(documented(DOCUMENT.read_text("utf-8")), "utf-8")
    sys.stdout.write(f"{DOCUMENT}\n")


if __name__ == "__main__":
    main()
