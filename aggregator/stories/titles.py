"""A title without what outlets add to it: what two items that carry the same headline have in common.

"UPDATE 2-Quake hits Java - Reuters"  ─clean→  quake hits java
"Morning briefing, 3 March 2024"      ─series→  morning briefing          (equal on three days: a series, no story)
"""

import re

from aggregator.stories.words import fold, words

_LEAD = re.compile(
    r"^(?:(?:update|corrected|refile|wrapup|exclusive|breaking(?: news)?|watch|video|live|photos)\s*\d*\s*[-–—:|]\s*)+", re.I
)
_TAIL = re.compile(r"\s+(?:[-–—|·»]|::)\s+([^-–—|·»]{2,40})$")
_TAIL_WORDS = 4
_DATE = re.compile(
    r"(?:mon|tue(?:s)?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|.*\d.*"
)


def clean(title: str) -> str:
    """The words of a title, folded and parted by single spaces, without "UPDATE 2-" and " - Outlet"."""
    text = _LEAD.sub("", title.strip()[:300])
    tail = _TAIL.search(text)
    # An outlet's name is short and the headline before it is not.
    if tail is not None and len(tail[1].split()) <= _TAIL_WORDS and len(text[: tail.start()].split()) >= _TAIL_WORDS:
        text = text[: tail.start()]
    return " ".join(words(fold(text)))


def series(cleaned: str) -> str:
    """A cleaned title without numbers and the names of days and months: equal for all instalments of a series."""
    return " ".join(word for word in cleaned.split() if _DATE.fullmatch(word) is None)
