"""The tables of config.toml as pydantic models: names, types, defaults, and what each key means.

    Tables ── site, store, fetch, publish, serve, stories     one table each
           ├─ source …  SourceTable + the kind's own Options (aggregator.sources.adapter)
           └─ topic …   TopicTable

The descriptions here are the reference: docs/configuration.md and config.schema.json are generated from them
(`python -m aggregator.config_schema`).
"""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt
from pydantic.config import JsonDict

from aggregator.config_topics import BackfillOf, DigestTimes
from aggregator.config_types import (
    Address,
    BaseAddress,
    Contact,
    Cron,
    FormerId,
    HeaderValue,
    Host,
    Language,
    Line,
    Location,
    Network,
    OwnHeader,
    OwnSlug,
    PositiveSeconds,
    Proxy,
    Query,
    Retention,
    Seconds,
    Slug,
    SourceId,
    TimeZone,
    Title,
    Variable,
)
from aggregator.model import Backfill, Republish, Updates

Format = Literal["atom", "rss", "json"]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class SiteTable(Table):
    """You, as every feed names its publisher."""

    title: Title = Field(default="Aggregator", description="What the whole site is called.")
    base_url: BaseAddress | None = Field(
        default=None,
        description="Where the folder of feeds is served, as subscribers see it: file `feeds/X` is at `base_url` + `X`. "
        "If not written, the address of `[serve]`.",
    )
    author: Title | None = Field(default=None, description="The author of the feeds (not of their entries).")
    contact: Contact | None = Field(
        default=None, description="An e-mail address or page that publishers can turn to; goes into the feeds and the User-Agent."
    )
    language: Language = Field(default="en", description="Language of the titles and texts that you write yourself.")


class StoreTable(Table):
    """What is remembered."""

    path: Location = Field(default=Path("aggregator.db"), description="The SQLite database, made when it is not there.")
    keep: Retention = Field(
        default=None,
        description='How long items are kept after they left their source: `"forever"` or a duration such as `"365d"`.',
        json_schema_extra={"default": "forever"},
    )
    snapshots: Annotated[StrictInt, Field(ge=0, le=1000)] = Field(
        default=7,
        description="Verified copies of the database, one a day, kept beside it in `<path>.snapshots`; `0`: none is made.",
    )


class FetchTable(Table):
    """How sources are asked."""

    user_agent: HeaderValue | None = Field(
        default=None,
        description="Sent with every request. If not written, program and version, and `contact` or a public `base_url`.",
    )
    budget: Annotated[float, Field(gt=0, le=1440)] = Field(
        default=24.0,
        description="Requests per source and day, on average over all sources whose time is chosen by the program: "
        "busy ones get more, silent ones fewer.",
    )
    allow_private: tuple[Network, ...] = Field(
        default=(), description="Private networks that sources may reach, as CIDRs. All others are refused, also after redirects."
    )
    host_gap: Seconds | None = Field(
        default=None,
        description='Least time between two requests to one domain. If not written, `"1s"`, and none within `allow_private`.',
    )
    host_parallel: Annotated[StrictInt, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Requests to one domain at the same time. If not written, 1, and any number within `allow_private`.",
    )
    proxy: Proxy | None = Field(
        default=None,
        repr=False,
        description="Address of a proxy through which all sources are asked but those within `allow_private`; "
        '`"env"`: those that `http_proxy`, `https_proxy` and `no_proxy` name. If not written, none at all.',
    )
    native: StrictBool = Field(
        default=True,
        description="Read feeds in plain RSS 2.0 and Atom 1.0 with the program's own reader, which gives the same entries as "
        "feedparser, faster. `false` leaves all of them to feedparser: to find out whether the reader is to blame.",
    )


class PublishTable(Table):
    """What is written."""

    directory: Location = Field(
        default=Path("feeds"),
        description="Folder of the published files. It can be deleted at any time: the next run restores it.",
    )
    formats: tuple[Format, ...] = Field(
        default=("atom", "rss", "json"), min_length=1, description="Formats of every topic's feed."
    )
    via: StrictBool = Field(
        default=False,
        description="`true`: every entry ends with a visible line that names its source and leads there. "
        "Feed readers are told in any case.",
    )
    health: StrictBool = Field(
        default=True,
        description="`true`: `feeds/health.atom` (and the other formats) tells what goes wrong, and when it is over.",
    )


class ServeTable(Table):
    """Where `aggregator run` listens."""

    host: Host = Field(default="127.0.0.1", description="Address to listen on; `0.0.0.0` or `::` for all of the machine's.")
    port: Annotated[StrictInt, Field(ge=1, le=65535)] = Field(default=8080, description="Port to listen on.")
    metrics_from: tuple[Network, ...] = Field(
        default=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        description="Networks, as CIDRs, whose clients may read `/metrics`; nobody may through a proxy.",
        json_schema_extra={"default": ["127.0.0.0/8", "::1/128"]},
    )

    status_token_env: Variable | None = Field(
        default=None,
        description="Name of the environment variable that holds the token (16 characters or more) for `/status` (or, with "
        "`_FILE` after it, the path of a file that does). If not written, only people at this machine see it.",
    )


class SourceTable(Table):
    """Something polled. Beside these keys it takes those of its kind."""

    id: SourceId = Field(description="Your name for it. Its history hangs on this name: to rename, use `was`.")
    kind: Title = Field(
        default="feed", description="How it is read: `feed`, `wordpress`, `folder`, or a kind that you installed."
    )
    url: Address | None = Field(default=None, description="Its address, for kinds that are fetched.")
    path: Location | None = Field(default=None, description="Its folder or file, for kinds that read from disk.")
    title: Title | None = Field(default=None, description="What you call it; wins over what it calls itself.")
    interval: PositiveSeconds | None = Field(
        default=None, description="Time between polls. If not written, chosen by the program."
    )
    floor: PositiveSeconds | None = Field(
        default=None, description='Shortest time between polls that the program may choose. If not written, `"15m"`.'
    )
    ceiling: PositiveSeconds | None = Field(
        default=None,
        description='Longest time between polls that the program may choose. If not written, `"1d"`. '
        "What the source asks for may be longer.",
    )
    cron: Cron | None = Field(
        default=None,
        description="When to poll, instead of a chosen time: minute, hour, day of month, month, day of week, in `timezone`, "
        'as in `"*/15 6-22 * * mon-fri"`.',
    )
    enabled: StrictBool = Field(default=True, description="`false`: not polled any more; what it brought stays.")
    timezone: TimeZone | None = Field(default=None, description="Time zone of its dates that name none. If not written, UTC.")
    updates: Updates = Field(
        default="bump",
        description='When the words of a published item change: `"bump"` moves the `updated` of its entry, `"silent"` rewrites '
        'it without a word, `"ignore"` leaves what was published as it was.',
    )
    republish: Republish | None = Field(
        default=None,
        description='How much of its items is published: `"full"`, `"excerpt"` (the first sentences) or `"title"`. If not '
        "written, what its licence or rights say, and everything where they say nothing.",
    )
    allow_private: tuple[Network, ...] | None = Field(
        default=None, description="Private networks that this source may reach; replaces the list of `[fetch]`."
    )
    headers: Mapping[OwnHeader, HeaderValue] = Field(
        default={}, repr=False, description="HTTP headers sent to this source and nobody else. Not for secrets: see the next two."
    )
    headers_env: Mapping[OwnHeader, Variable] = Field(
        default={},
        description="HTTP headers whose values are secret: name of the header, name of the environment variable that holds "
        "the value (or, with `_FILE` after it, the path of a file that does).",
    )
    auth_env: Variable | None = Field(
        default=None,
        description="Name of the environment variable that holds `user:password` or a token (or, with `_FILE` after it, the path "
        "of a file that does), sent as `Authorization`.",
    )
    was: tuple[FormerId, ...] = Field(
        default=(), description="Former ids, whose history this source takes over; `list/feed` of what a list followed."
    )


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
        raise ValueError('must be true, false or a table, such as { strictness = "strict" }')  # noqa: TRY004 - pydantic's way
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


class Tables(Table):
    """config.toml as a whole."""

    site: SiteTable = Field(default_factory=SiteTable)
    store: StoreTable = Field(default_factory=StoreTable)
    fetch: FetchTable = Field(default_factory=FetchTable)
    publish: PublishTable = Field(default_factory=PublishTable)
    serve: ServeTable = Field(default_factory=ServeTable)
    stories: StoriesTable = Field(default_factory=StoriesTable)
    source: tuple[SourceTable, ...] = ()
    topic: tuple[TopicTable, ...] = ()
