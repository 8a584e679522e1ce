"""[[source]] as a pydantic model: the keys that every kind has."""

from collections.abc import Mapping

from pydantic import Field, StrictBool

from aggregator.config.types import (
    Address,
    Cron,
    FormerId,
    HeaderValue,
    Location,
    Network,
    OwnHeader,
    PositiveSeconds,
    SourceId,
    Table,
    TimeZone,
    Title,
    Variable,
)
from aggregator.model import Republish, Updates


class SourceTable(Table):
    """Something polled. Beside these keys it takes those of its kind."""

    id: SourceId = Field(description="Your name for it. Its history hangs on this name: to rename, use `was`.")
    kind: Title = Field(
        default="feed", description="How it is read: `feed`, `wordpress`, `folder`, `opml`, or a kind that you installed."
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
