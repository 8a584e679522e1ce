"""What a topic asks of an item, as one clause: its query and its languages.

    query = "china", languages = ["en", "de"]   →   china (lang:en OR lang:de OR -lang:*)

An item that declares no language is let in: many sources declare none, and news that is left out without a word is worse than
some that nobody can read. `lang:*` in the query keeps those out.
"""

from aggregator.curate.clauses import Anything, Not, Query, Words, all_of, any_of
from aggregator.curate.query import parse
from aggregator.curate.tokens import fold
from aggregator.model import Topic


def rule(topic: Topic) -> Query:
    """The clause that items of the topic match. Raises QueryError."""
    query = parse(topic.query)
    if not topic.languages:
        return query
    spoken = [Words((fold(language).replace("_", "-"),), field="lang") for language in topic.languages]
    return all_of([query, any_of([*spoken, Not(Anything("lang"))])])
