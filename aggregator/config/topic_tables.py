"""[stories] and [[topic]] as pydantic models: what is published, and how items become entries."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictInt
from pydantic.config import JsonDict

from aggregator.config.topics import BackfillOf, DigestTimes
from aggregator.config.types import Language, Line, OwnSlug, PositiveSeconds, Query, Slug, Table, Title
from aggregator.model import Backfill, Republish, Updates


class StoriesTable(Table):
    """How items of different sources become one entry; a topic's own `stories` may say otherwise."""

    strictness: Literal["loose", "normal", "strict"] = Field(
        default="normal", description="How much two items must have in common to tell one story."
    )
    window: PositiveSeconds = Field(
        default=72 * 3600.0,
        description="An item joins a story only within this time of one of its items.",
        json_schema_extra={"default": "72h"},
    )
    max_age: PositiveSeconds = Field(
        default=10 * 86400.0,
        description="An item joins a story only within this time of its first item.",
        json_schema_extra={"default": "10d"},
    )
    prefer: tuple[Line, ...] = Field(
        default=(),
        description="Ids of sources whose item an entry shows, the most preferred first. If none of them tells the story, "
        "or none is named, it shows the earliest item.",
    )


class OwnStoriesTable(Table):
    """What a topic says of stories: the rest is as in `[stories]`."""

    strictness: Literal["loose", "normal", "strict"] | None = None
    window: PositiveSeconds | None = None
    max_age: PositiveSeconds | None = None
    prefer: tuple[Line, ...] | None = None


def _own_stories(value: object) -> object:
    """`true` → nothing of its own, `false` → None."""
    if isinstance(value, bool):
        return {} if value else None
    if not isinstance(value, dict | OwnStoriesTable):
        raise ValueError('must be true, false or a table, such as { strictness = "strict" }')  # noqa: TRY004 - pydantic tells no other as a mistake
    return value


def _boolean_too(schema: JsonDict) -> None:
    """In JSON Schema: a boolean, or the table."""
    branches = schema["anyOf"]
    if isinstance(branches, list):
        schema["anyOf"] = [{"type": "boolean"}, *(branch for branch in branches if branch != {"type": "null"})]
    schema["default"] = True


OwnStories = Annotated[OwnStoriesTable | None, BeforeValidator(_own_stories)]


class TopicTable(Table):
    """A feed that you publish."""

    slug: OwnSlug = Field(description="Its name in addresses: `feeds/<slug>.atom`. To rename, use `was`.")
    title: Title | None = Field(default=None, description="Its name for people. If not written, made from the slug.")
    subtitle: Line = Field(default="", description="One line about it.")
    query: Query = Field(default="*", description="What an item must say to be in it; `*` is everything.")
    sources: tuple[Line, ...] = Field(
        default=(),
        description='Ids of the sources it draws from; none means all, `"!id"` leaves one out. '
        "The id of a subscription list stands for all that it follows.",
    )
    languages: tuple[Language, ...] = Field(
        default=(),
        description='Languages that its items may have, as in `["en", "pt-br"]`; `en` stands for `en-gb`, too. None means any. '
        "An item that declares no language is let in.",
    )
    backfill: BackfillOf = Field(
        default=Backfill(),
        description="What it takes from the items stored before it was new or its rules changed: "
        '`"none"`, `"last 20"`, `"since 2026-01-31"` or `"since 30d"`. If not written, the newest `limit`.',
        json_schema_extra={"default": None},
    )
    min_sources: Annotated[StrictInt, Field(ge=1, le=100)] = Field(
        default=1,
        description="How many independent sources must tell a story before it is published. More than 1 needs `stories = true`.",
    )
    quota: Annotated[StrictInt, Field(ge=1, le=1000)] | None = Field(
        default=None,
        description="Most entries of one source and day (UTC, by their own dates) in the feed; what is more stands in the "
        "archives only, and at the end of a digest. If not written, any number.",
    )
    digest: DigestTimes | None = Field(
        default=None,
        description="One entry for all that is new, instead of an entry each: "
        '`"daily 07:00 Europe/Berlin"` or `"weekly mon 07:00 Europe/Berlin"`. Without a time zone it is UTC.',
    )
    limit: Annotated[StrictInt, Field(ge=1, le=1000)] = Field(
        default=50,
        description="Entries in the feed, up to half as many again before the oldest move into an archive. "
        "If not written, 50, and fewer where they would take more than 512 KiB.",
    )
    max_age: PositiveSeconds | None = Field(
        default=None, description="Age after which an entry leaves the feed. If not written, never."
    )
    stories: OwnStories = Field(
        default=OwnStoriesTable(),
        description="`true`: one entry for all items that tell the same story; `false`: one per item. A table sets keys of "
        '`[stories]` for this topic alone: `{ strictness = "strict" }`.',
        json_schema_extra=_boolean_too,
    )
    updates: Updates | None = Field(
        default=None,
        description="When the words of a published item change; as for a source, and instead of what its source says.",
    )
    republish: Republish | None = Field(
        default=None, description="How much of an item is published; as for a source, and instead of what its source says."
    )
    was: tuple[Slug, ...] = Field(
        default=(), description="Former slugs: their addresses lead here, their entries keep their ids."
    )
