"""What the tests of stories tell: a few events, and a world of made-up ones for properties."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from aggregator.stories.index import Stories
from aggregator.stories.telling import Decision, Kept, Settings, Told

START = datetime(2024, 3, 4, 8, tzinfo=UTC)
QUAKE = (
    "A strong earthquake of magnitude 6.1 struck Aceh province on the northern tip of Sumatra, killing at least 22 people and "
    "injuring more than 200, the Indonesian disaster agency said on Tuesday as rescuers dug through collapsed houses."
)
QUAKE_TOO = (
    "Rescuers in Aceh searched collapsed houses after the magnitude 6.1 earthquake that hit Sumatra. Indonesian officials of the "
    "disaster agency counted 22 killed and over 200 injured people across two districts."
)
QUAKE_LATER = (
    "Indonesian disaster agency officials said the death toll of the Sumatra earthquake rose to 30; collapsed houses in Aceh were still "
    "being searched by rescuers, and injured people wait for help in two districts."
)
CHESS = (
    "The world chess championship in Singapore ended with a draw in the ninth game after a quiet Berlin defence and 54 moves, and "
    "both players looked tired when they met reporters in the lobby of the hotel."
)


def told(pk: int, title: str, text: str = "", *, source: str = "a", hours: float = 0, **more: Any) -> Told:
    return Told(
        pk=pk, source_id=source, domain=f"{source}.example", title=title, text=text, dated=START + timedelta(hours=hours), **more
    )


def kept(told: Told, decision: Decision) -> Kept:
    """The row that the store makes of an item and the decision about it."""
    return Kept(
        pk=told.pk,
        source_id=told.source_id,
        domain=told.domain,
        link_key=told.link_key,
        native=told.native,
        dated=told.dated,
        story=decision.story or told.pk,
        copy_of=decision.nearest if decision.kind == "copy" else None,
        trace=decision.trace,
    )


def grouped(*batch: Told, settings: Settings | None = None) -> dict[int, Decision]:
    return {decision.pk: decision for decision in Stories(settings or Settings()).group(batch)}


class Store:
    """What the pipeline keeps of decisions: a row an item, renewed as later runs say."""

    def __init__(self) -> None:
        self.rows: dict[int, Kept] = {}
        self.apart: set[tuple[int, int]] = set()

    def run(self, stories: Stories, batch: Sequence[Told]) -> list[Decision]:
        decisions = stories.group(batch)
        told = {one.pk: one for one in batch}
        for decision in decisions:
            self.rows[decision.pk] = kept(told[decision.pk], decision)
        for younger, older in stories.merges():
            for row in [row for row in self.rows.values() if row.story == younger]:
                self.rows[row.pk] = _moved(row, older)
        return decisions

    def restarted(self, settings: Settings, rows: Iterable[Kept] | None = None) -> Stories:
        stories = Stories(settings)
        assert stories.load(self.rows.values() if rows is None else rows, self.apart) == 0
        return stories


def _moved(row: Kept, story: int) -> Kept:
    return Kept(
        pk=row.pk, source_id=row.source_id, domain=row.domain, link_key=row.link_key, native=row.native, dated=row.dated, story=story,
        copy_of=row.copy_of, trace=row.trace,
    )  # fmt: skip


_WORDS = QUAKE.split() + CHESS.split()


def world(seed: int, count: int) -> list[Told]:
    """Items of a dozen events in two languages, by eight sources, with copies, headlines, series and dates in any order."""
    chance = random.Random(seed)
    events = [
        chance.sample([f"{chance.choice('bdfgklmnprst')}{chance.choice('aeiou')}{word.lower()}" for word in _WORDS], 14)
        for _ in range(12)
    ]
    made: list[Told] = []
    for pk in chance.sample(range(1, count * 3), count):
        event = chance.randrange(len(events))
        language = "en" if event % 3 else "de"
        words = chance.choices(events[event], k=40) + chance.choices(_WORDS, k=20)
        chance.shuffle(words)
        text = " ".join(words)
        if made and chance.random() < 0.2:
            text = chance.choice(made).text
        if chance.random() < 0.2:
            text = ""
        title = "Morning briefing of the day" if chance.random() < 0.1 else " ".join(chance.choices(events[event], k=6))
        hours = chance.choice([0, 24, 48, 200]) + chance.random() * 30
        made.append(
            told(
                pk, title, text, source=f"s{chance.randrange(8)}", hours=hours, language=language,
                link_key=f"e.example/{chance.randrange(count)}", native=f"https://e.example/{pk}",
            )
        )  # fmt: skip
    return made
