"""Which topics an item belongs to, written down when that is decided: the moment it arrives, changes, or the rules change.

belong(item, matches)     joins new topics, parts from those that no longer match
                          (an entry that tells nothing else leaves the head, and returns to its old place should it match again)
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from aggregator.curate.matcher import Match, Matcher
from aggregator.curate.version import version
from aggregator.model import Source, Topic
from aggregator.pipeline.policies import Policies, policies
from aggregator.store import ledger as lines
from aggregator.store import topics


@dataclass(frozen=True, slots=True)
class Rules:
    """The topics in force, compiled: versions of their rules by slug, the matcher of them all, what holds for sources in them."""

    versions: Mapping[str, str]
    matcher: Matcher
    policies: Policies = field(default_factory=Policies)


def compile_rules(configured: Sequence[Topic], sources: Sequence[Source] = ()) -> Rules:
    """The rules of these topics. Raises QueryError."""
    return Rules({topic.slug: version(topic) for topic in configured}, Matcher(configured), policies(sources, configured))


def belong(
    db: Database,
    pk: int,
    matches: Sequence[Match],
    rules: Rules,
    now: datetime,
    keeping: Collection[str] = (),
    *,
    new: bool = False,
    back: bool = False,
) -> set[str]:
    """Write which topics an item belongs to now; it stays in those that are `keeping` it, and a `new` one is in none yet. One
    that is `back` after it was forgotten returns to the entries that told it, and is no news where none did. Returns the topics
    whose feed this may change."""
    before = {} if new else topics.of_item(db, pk)
    for match in matches:
        standing = lines.rejoin(db, match.slug, pk) if back else "waiting"
        topics.join(db, match.slug, pk, version=rules.versions[match.slug], clause=match.clause, standing=standing)
    matched = {match.slug for match in matches}
    gone = {slug for slug in before.keys() - matched if slug in rules.versions and slug not in keeping}
    for slug in gone:
        lines.part(db, slug, pk, now, "query")
    return gone | (matched - before.keys())
