"""The kind `jsonlines`: a log of announcements, one JSON object per line, newest last, in files of a page each."""

import json
from collections.abc import Sequence, Set
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict

from aggregator.errors import ParseError
from aggregator.model import Document, Entry, Parsed, Request, Source, State, Text


class JsonLinesOptions(BaseModel):
    """Keys of a `[[source]]` of kind `jsonlines`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title_key: str = "title"


class JsonLinesAdapter:
    Options: type[BaseModel] = JsonLinesOptions
    local = False

    def requests(self, source: Source, state: State) -> Sequence[Request]:
        """Start at the page that the last complete poll ended with."""
        last = state.get("page")
        url = last if isinstance(last, str) else source.url or ""
        return [Request(url=url, role="page", accept="application/jsonl, */*;q=0.5")]

    def parse(self, document: Document, source: Source, known: Set[str]) -> Parsed:
        """A line is an entry, or {"next": address}. Raises ParseError if no line can be understood."""
        options = source.options if isinstance(source.options, JsonLinesOptions) else JsonLinesOptions()
        entries: list[Entry] = []
        further: list[Request] = []
        dropped: list[str] = []
        for number, line in enumerate(document.body.splitlines(), start=1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            if not isinstance(record, dict):
                dropped.append(f"{document.url}: line {number} is no JSON object")
            elif isinstance(record.get("next"), str):
                further.append(Request(url=urljoin(document.url, record["next"]), role="page"))
            else:
                entries.append(_entry(record, options))
        if dropped and not entries:
            raise ParseError(f"{document.url}: none of {len(dropped)} lines is a JSON object; is this a jsonlines file?")
        return Parsed(entries=tuple(entries), requests=tuple(further), state={"page": document.url}, dropped=tuple(dropped))


def _entry(record: dict[str, object], options: JsonLinesOptions) -> Entry:
    """Whatever a record holds: fields of other types than expected count as missing."""
    text = {key: value for key, value in record.items() if isinstance(value, str)}
    title = text.get(options.title_key)
    return Entry(
        id=text.get("id"),
        link=text.get("url"),
        title=Text(value=title) if title else None,
        content=Text(value=text["html"], type="html") if "html" in text else None,
        published=text.get("date"),
    )
