"""The tables of config.toml as pydantic models: names, types, defaults, and what each key means.

    Tables ── site, store, fetch, publish, serve, stories     one table each
           ├─ source …  SourceTable + the kind's own Options (aggregator.sources.adapter)
           └─ topic …   TopicTable

The descriptions here are the reference: docs/configuration.md and config.schema.json are generated from them
(`python -m aggregator.config.schema`).
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from aggregator.config.source_table import SourceTable
from aggregator.config.topic_tables import StoriesTable, TopicTable
from aggregator.config.types import (
    BaseAddress,
    Contact,
    HeaderValue,
    Host,
    Language,
    Location,
    Network,
    Proxy,
    Retention,
    Seconds,
    Table,
    Title,
    Variable,
)

Format = Literal["atom", "rss", "json"]


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
        "`_FILE` after it, the path of a file that does). If not written, only people at this machine see it, and where the "
        "world can reach `base_url` nobody.",
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
