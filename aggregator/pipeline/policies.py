"""What holds for the items of a source in a topic: the topic's setting, else the source's, else the default.

policies.updates(slug, source id)    bump | silent | ignore
policies.republish(slug, source id)  full | excerpt | title; None: what the item's publisher declares
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from aggregator.model import Republish, Source, Topic, Updates


@dataclass(frozen=True)
class Policies:
    """Of the configuration in force. Sources that are no longer in it have the defaults."""

    sources: Mapping[str, Source] = field(default_factory=dict)
    topics: Mapping[str, Topic] = field(default_factory=dict)

    def updates(self, slug: str, source_id: str) -> Updates:
        topic, source = self.topics.get(slug), self.sources.get(source_id)
        return (topic.updates if topic else None) or (source.updates if source else "bump")

    def republish(self, slug: str, source_id: str) -> Republish | None:
        topic, source = self.topics.get(slug), self.sources.get(source_id)
        return (topic.republish if topic else None) or (source.republish if source else None)

    def ignoring(self, slugs: Collection[str], source_id: str) -> set[str]:
        """Those of the topics that leave what they published of a source as it was."""
        return {slug for slug in slugs if self.updates(slug, source_id) == "ignore"}

    @cached_property
    def signature(self) -> str:
        """What of all this decides how an entry looks; equal where it looks the same."""
        settings = [(source.id, source.updates == "ignore", source.republish) for source in self.sources.values()]
        return repr(sorted(setting for setting in settings if any(setting[1:])))


def policies(sources: Sequence[Source], topics: Sequence[Topic]) -> Policies:
    """By id and slug."""
    return Policies({source.id: source for source in sources}, {topic.slug: topic for topic in topics})
