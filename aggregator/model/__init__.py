"""The nouns that cross a folder: frozen, slotted, keyword-only, in Atom's words; imports nothing of ours.

    Source ─requests→ Request ─fetch→ Document ─parse→ Parsed(Entry …) ─normalize→ Item ─hash→ Arrival
           ─decide→ stored Item ─match→ membership ─publish→ Publication ─curate→ Feed(FeedEntry …) ─render→ bytes

Two worlds meet here. What a source said (`Request` to `Parsed`) is hostile: any field may be missing, malformed or huge. What
we keep (`Item` onwards) is made of `Plain`, `Html` and `Url`, which only `aggregator.normalize` makes: unsanitized text does
not type-check into the store. All instants are aware datetimes in UTC; all durations are seconds unless the name says otherwise.
"""

from aggregator.model.arrived import Arrival, Known, Outcome
from aggregator.model.asked import Document, Request
from aggregator.model.configured import Backfill, Grouping, Site, Source, Topic, list_of
from aggregator.model.kept import Attribution, Item, StoredItem
from aggregator.model.published import Coverage, Feed, FeedEntry, Heir, Member, Publication, Takedown, TakedownKind, Tombstone
from aggregator.model.said import Category, Enclosure, Entry, FeedHeader, Hints, Link, Parsed, Person, Subscription, Text
from aggregator.model.values import Html, Json, Network, Plain, Republish, State, Updates, Url
from aggregator.model.wrong import Incident, IncidentKind

__all__ = [
    "Arrival",
    "Attribution",
    "Backfill",
    "Category",
    "Coverage",
    "Document",
    "Enclosure",
    "Entry",
    "Feed",
    "FeedEntry",
    "FeedHeader",
    "Grouping",
    "Heir",
    "Hints",
    "Html",
    "Incident",
    "IncidentKind",
    "Item",
    "Json",
    "Known",
    "Link",
    "Member",
    "Network",
    "Outcome",
    "Parsed",
    "Person",
    "Plain",
    "Publication",
    "Republish",
    "Request",
    "Site",
    "Source",
    "State",
    "StoredItem",
    "Subscription",
    "Takedown",
    "TakedownKind",
    "Text",
    "Tombstone",
    "Topic",
    "Updates",
    "Url",
    "list_of",
]
