"""Which feeds of an imported list are dead: not for now, but until somebody mends them. Pure.

    what each answered ─dead→ source id → the sentence that says why

A timeout, a refused connection or a server in trouble passes; a page where the feed was, or none at all, does not. That
a name has no address counts only where somebody answered: without a network, no name has one.
"""

from collections.abc import Mapping, Sequence

from aggregator.pipeline.report import SourceCheck

LASTING = frozenset({"http-404", "http-410", "not-a-feed"})
"""Reasons (`SourceError.reason`) that waiting does not mend."""
NO_NAME = "dns"


def dead(checked: Sequence[SourceCheck]) -> Mapping[str, str]:
    """The dead ones of those that were asked, in their order."""
    reasons = LASTING | {NO_NAME} if any(map(_answered, checked)) else LASTING
    return {one.id: one.error for one in checked if one.error is not None and one.reason in reasons}


def _answered(one: SourceCheck) -> bool:
    """Whether a server was there, whatever it said."""
    return one.error is None or one.reason in LASTING or (one.reason or "").startswith("http-")
