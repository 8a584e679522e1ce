"""What an imported list changes in a configuration. Pure: a plan that the command shows, and a draft carries out.

    Config, what a list names ─plan→ sources that are new, sources that are there, topics that are new or grow, keys of [site]

Folders become topics. A feed is known by the comparison key of its address, so that http, https, www and tracking make no second
source. Where a list says nothing new, the plan is empty.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pydantic import TypeAdapter, ValidationError

from aggregator.config import names
from aggregator.config.edit import Draft
from aggregator.config.loading import Config
from aggregator.config.starter import STARTER
from aggregator.config.types import BaseAddress, Contact, SourceId
from aggregator.config.types import address as checked_address
from aggregator.model import Attribution, Subscription
from aggregator.normalize.comparison import comparison_key
from aggregator.sources import adapter

_id = TypeAdapter(SourceId)
_base = TypeAdapter(BaseAddress)
_contact = TypeAdapter(Contact)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    id: str
    url: str
    kind: str = "feed"
    title: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTopic:
    slug: str
    title: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change. `known` are addresses that are configured already, `repeated` those that the list names again."""

    new: tuple[NewSource, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)
    """Address → id."""
    repeated: int = 0
    left: tuple[str, ...] = ()
    """A sentence for everything that is of no use."""
    topics: tuple[NewTopic, ...] = ()
    grown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slug of a topic that is there → ids of sources that it gets."""
    site: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        return bool(self.new or self.topics or self.grown or self.site)

    def apply(self, draft: Draft, off: Mapping[str, str] = MappingProxyType({})) -> None:
        """Write it down. `off` says of new sources why they are not to be polled."""
        for source in self.new:
            draft.add_source(source.id, url=source.url, kind=source.kind, title=source.title, off=off.get(source.id))
        for topic in self.topics:
            draft.add_topic(topic.slug, title=topic.title, sources=topic.sources)
        for slug, ids in self.grown.items():
            draft.extend_topic(slug, ids)
        for key, value in self.site.items():
            draft.set_site(key, value)


def plan(config: Config, named: Sequence[Subscription], left: Sequence[str] = (), header: Attribution | None = None) -> Plan:
    """What a list brings. `header` is what a planet says of itself; what is written in [site] already, but by `init`, stays."""
    known = _Known(config)
    new: list[NewSource] = []
    there: dict[str, str] = {}
    unusable: list[str] = []
    repeated = 0
    folders: dict[str, list[tuple[str, ...]]] = {}
    seen: set[str] = set()
    for subscription in named:
        try:
            checked_address(subscription.url)
        except ValueError as error:
            unusable.append(f"line {subscription.line}: {subscription.url} {error}")
            continue
        key = comparison_key(subscription.url)
        ids = known.ids(subscription.url)
        if not ids:
            source = known.take(subscription)
            new.append(source)
            ids = (source.id,)
        elif key in seen:
            repeated += 1
        else:
            there[subscription.url] = ids[0]
        seen.add(key)
        for folder in subscription.folders:
            folders.setdefault(folder, []).append(ids)
    topics, grown = _topics(config, folders)
    return Plan(
        new=tuple(new),
        known=there,
        repeated=repeated,
        left=(*left, *unusable),
        topics=topics,
        grown=grown,
        site=_site(config, header),
    )


def find(config: Config, url: str) -> str | None:
    """The id of the source that has this address already."""
    return next(iter(_Known(config).ids(url)), None)


def taken_ids(config: Config) -> set[str]:
    """Ids that sources have or had."""
    return {id for source in config.sources() for id in (source.id, *source.was)}


def taken_slugs(config: Config) -> set[str]:
    """Slugs that topics have or had."""
    return {slug for table in config.tables.topic for slug in (table.slug, *table.was)}


class _Known:
    """Sources by their addresses: those of the configuration, and those that the plan adds."""

    def __init__(self, config: Config) -> None:
        self._urls: dict[str, list[str]] = {}
        self._keys: dict[str, list[str]] = {}
        self._taken = taken_ids(config)
        self._kinds = adapter.kinds()
        for source in config.sources():
            if source.url is not None:
                self._note(source.id, source.url)

    def ids(self, url: str) -> tuple[str, ...]:
        """Sources with this address; else with one that means the same."""
        return tuple(self._urls.get(url) or self._keys.get(comparison_key(url)) or ())

    def take(self, subscription: Subscription) -> NewSource:
        id = _valid(subscription.id) if subscription.id else None
        if id is None or id in self._taken:
            id = names.source_id(subscription.title, subscription.url, self._taken)
        self._note(id, subscription.url)
        kind = subscription.kind if subscription.kind in self._kinds else "feed"
        return NewSource(id=id, url=subscription.url, kind=kind, title=subscription.title, line=subscription.line)

    def _note(self, id: str, url: str) -> None:
        self._taken.add(id)
        self._urls.setdefault(url, []).append(id)
        self._keys.setdefault(comparison_key(url), []).append(id)


def _topics(
    config: Config, folders: Mapping[str, Sequence[tuple[str, ...]]]
) -> tuple[tuple[NewTopic, ...], dict[str, tuple[str, ...]]]:
    """New topics, and those that get more sources. A topic without sources of its own draws from all of them, so it gets none."""
    by_name = {topic.title.casefold(): topic for topic in reversed(config.topics())}
    by_slug = {topic.slug: topic for topic in config.topics()}
    taken = taken_slugs(config)
    new: dict[str, NewTopic] = {}
    grown: dict[str, tuple[str, ...]] = {}
    for folder, members in folders.items():
        topic = by_name.get(folder.casefold()) or by_slug.get(names.topic_slug(folder, ()))
        if topic is None:
            slug = names.topic_slug(folder, taken)
            taken.add(slug)
            new[slug] = NewTopic(slug=slug, title=folder, sources=tuple(dict.fromkeys(ids[0] for ids in members)))
        elif any(not id.startswith("!") for id in topic.sources):
            more = dict.fromkeys(
                ids[0] for ids in members if not any(id in topic.sources or f"!{id}" in topic.sources for id in ids)
            )
            if more:
                grown[topic.slug] = (*grown.get(topic.slug, ()), *(id for id in more if id not in grown.get(topic.slug, ())))
    return tuple(new.values()), grown


def _site(config: Config, header: Attribution | None) -> dict[str, str]:
    """A planet's name, address and owner, for keys that nobody has written yet."""
    if header is None:
        return {}
    owner = next(iter(header.authors), None)
    said = {
        "title": header.title,
        "base_url": _fits(_base, header.link),
        "author": owner.name if owner else None,
        "contact": _fits(_contact, owner.email if owner else None),
    }
    untouched = tomllib.loads(STARTER.read_text("utf-8"))["site"]
    written = config.tables.site.model_dump(exclude_unset=True)
    return {key: value for key, value in said.items() if value and (key not in written or written[key] == untouched.get(key))}


def _fits(type_: TypeAdapter[str], value: str | None) -> str | None:
    try:
        return None if value is None else str(type_.validate_python(value))
    except ValidationError:
        return None


def _valid(id: str) -> str | None:
    return _fits(_id, id)
