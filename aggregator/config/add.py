"""What `aggregator add` changes in a configuration. Pure: a feed that is there already stays what it is."""

from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from aggregator.config import names
from aggregator.config.edit import Draft
from aggregator.config.import_ import find, taken_ids, taken_slugs
from aggregator.config.loading import Config
from aggregator.config.types import OwnSlug, SourceId
from aggregator.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A source, and the topic that draws from it. `known`: it is configured already, under this id."""

    id: str
    url: str
    kind: str
    title: str | None
    known: bool
    topic: str | None = None
    new_topic: bool = False
    extends: bool = False
    """Whether the topic, which is there, gets it."""

    @property
    def changes(self) -> bool:
        return not self.known or self.new_topic or self.extends

    def apply(self, draft: Draft) -> None:
        """Write it down."""
        if not self.known:
            draft.add_source(self.id, url=self.url, kind=self.kind, title=self.title)
        if self.topic is not None and self.new_topic:
            draft.add_topic(self.topic, title=None, sources=[self.id])
        elif self.topic is not None and self.extends:
            draft.extend_topic(self.topic, [self.id])


def addition(config: Config, *, url: str, kind: str, title: str | None, topic: str | None, id: str | None) -> Addition:
    """The change that makes a feed a source. Raises ConfigError for an id or slug that is of no use."""
    known = find(config, url)
    taken = taken_ids(config)
    if known is None and id is not None:
        _check("--id", id, TypeAdapter(SourceId))
        if id in taken:
            raise ConfigError([f"--id {id}: is the id of another source, or was; choose another"])
    name = known or id or names.source_id(title, url, taken)
    there = {table.slug: table for table in config.tables.topic}
    new_topic = topic is not None and topic not in there
    if topic is not None and new_topic:
        _check("--topic", topic, TypeAdapter(OwnSlug))
        if topic in taken_slugs(config):
            raise ConfigError([f"--topic {topic}: was the slug of another topic, which took its place over; choose another"])
    drawn = there[topic].sources if topic in there else ()
    chosen = any(not one.startswith("!") for one in drawn)
    extends = not new_topic and chosen and name not in drawn and f"!{name}" not in drawn
    return Addition(
        id=name, url=url, kind=kind, title=title, known=known is not None, topic=topic, new_topic=new_topic, extends=extends
    )


def _check(option: str, value: str, type_: TypeAdapter[str]) -> None:
    try:
        type_.validate_python(value)
    except ValidationError as error:
        raise ConfigError([f"{option} {value}: {error.errors()[0]['msg'].removeprefix('Value error, ')}"]) from error
