"""When an incident opens, when it is the same one, and when it is over."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from health_values import NOW, finding
from hypothesis import given
from hypothesis import strategies as st

from aggregator.health.incidents import (
    EVENTS,
    FLAP,
    HEADLINES,
    OF_ANSWERS,
    OF_SOURCES,
    SEVERITY,
    Finding,
    decide,
    expired,
    incident_id,
    resolve,
)
from aggregator.model import Incident

HOUR = timedelta(hours=1)


def opened(now: datetime = NOW) -> Incident:
    incident = decide(None, finding(), now)
    assert incident is not None
    return incident


def test_every_kind_has_a_headline_and_a_place() -> None:
    assert set(HEADLINES) == set(SEVERITY)
    assert sorted(SEVERITY.values()) == list(range(len(SEVERITY)))
    assert set(OF_ANSWERS) < OF_SOURCES
    assert set(SEVERITY) > EVENTS


def test_a_finding_opens_an_incident_under_an_id_of_its_own() -> None:
    incident = opened()
    assert incident.open
    assert (incident.opened, incident.updated, incident.times) == (NOW, NOW, 1)
    assert incident.title == "blog is failing"
    assert incident.id == incident_id("failing", "blog", NOW)
    assert incident.id != incident_id("failing", "other", NOW)
    assert incident.id != incident_id("page", "blog", NOW)
    assert incident.id != incident_id("failing", "blog", NOW + timedelta(seconds=1))


def test_the_ids_of_incidents_never_change() -> None:
    """An id that differs from release to release would deliver every incident again."""
    assert incident_id("failing", "blog", NOW) == "urn:uuid:940580ab-9387-5bd2-b85c-b584802f44fd"


def test_the_clock_is_read_in_whole_seconds_of_utc() -> None:
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    assert opened(NOW.astimezone(elsewhere) + timedelta(microseconds=999_999)) == opened()


def test_nothing_wrong_and_nothing_known_is_nothing() -> None:
    assert decide(None, None, NOW) is None


def test_an_open_incident_stays_as_it_was_told_while_its_cause_is_the_same() -> None:
    assert decide(opened(), Finding(kind="failing", subject="blog", sentence="6 polls", cause="http-500"), NOW + HOUR) is None


def test_an_open_incident_is_told_anew_without_moving_when_its_cause_changes() -> None:
    changed = decide(opened(), finding("timeout"), NOW + HOUR)
    assert changed is not None
    assert (changed.sentence, changed.cause) == ("Every poll failed: timeout", "timeout")
    assert (changed.id, changed.opened, changed.updated, changed.times) == (opened().id, NOW, NOW, 1)


def test_it_is_resolved_once_under_the_same_id() -> None:
    over = decide(opened(), None, NOW + HOUR)
    assert over is not None
    assert (over.id, over.resolved, over.updated) == (opened().id, NOW + HOUR, NOW + HOUR)
    assert decide(over, None, NOW + 2 * HOUR) is None


def test_what_comes_back_within_a_day_is_the_same_incident() -> None:
    over = resolve(opened(), NOW + HOUR, "Because.")
    again = decide(over, finding(), NOW + HOUR + FLAP)
    assert again is not None
    assert (again.id, again.opened, again.resolved, again.times) == (over.id, NOW, None, 2)
    assert again.updated == NOW + HOUR + FLAP
    assert "because" not in again.details


def test_what_comes_back_after_a_day_is_another_incident() -> None:
    over = resolve(opened(), NOW + HOUR)
    later = NOW + HOUR + FLAP + timedelta(seconds=1)
    again = decide(over, finding(), later)
    assert again is not None
    assert again.id != over.id
    assert (again.opened, again.times) == (later, 1)


@pytest.mark.parametrize("kind", sorted(SEVERITY))
def test_only_events_are_over_by_themselves(kind: str) -> None:
    incident = decide(None, Finding(kind=kind, subject="x", sentence="s"), NOW)  # type: ignore[arg-type] # a kind as a string
    assert incident is not None
    assert not expired(incident, NOW + timedelta(hours=23))
    assert expired(incident, NOW + timedelta(hours=24)) == (kind in EVENTS)
    assert not expired(resolve(incident, NOW), NOW + timedelta(hours=48))


# ── for all histories ───────────────────────────────────────────────────────────────────────────────────────

instants = st.integers(0, 3_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
causes = st.sampled_from([None, "http-500", "timeout"])


def live(history: list[tuple[datetime, str | None]]) -> list[Incident]:
    """Each state that a source's incident goes through, in order."""
    states: list[Incident] = []
    for now, cause in history:
        changed = decide(states[-1] if states else None, finding(cause) if cause else None, now)
        if changed is not None:
            states.append(changed)
    return states


@given(st.lists(st.tuples(instants, causes), max_size=40))
def test_whatever_the_clock_does_nothing_is_resolved_before_it_opened_and_updated_never_goes_back(history) -> None:
    states = live(history)
    for state in states:
        assert state.opened <= state.updated
        assert state.resolved is None or state.opened <= state.resolved == state.updated
        assert state.id == incident_id(state.kind, state.subject, state.opened)
    for before, after in pairwise(states):
        if before.id == after.id:
            assert before.updated <= after.updated
            assert before.opened == after.opened
            assert after.times - before.times in (0, 1)


@given(st.lists(st.tuples(st.integers(0, 24 * 3600), causes), max_size=60))
def test_a_source_that_flaps_makes_one_incident(steps) -> None:
    """However often it fails and answers: between two failures there is never more than a day."""
    now, history = NOW, []
    for seconds, cause in steps:
        now += timedelta(seconds=seconds)
        history.append((now, cause or "http-500"))
        history.append((now, None))
    assert len({state.id for state in live(history)}) <= 1


@given(st.lists(st.tuples(instants, causes), max_size=40))
def test_the_same_history_makes_the_same_incidents(history) -> None:
    assert live(history) == live(history)


@given(st.lists(st.tuples(instants, causes), max_size=40))
def test_deciding_twice_changes_nothing_more(history) -> None:
    states = live(history)
    if history and states:
        now, cause = history[-1]
        assert decide(states[-1], finding(cause) if cause else None, now) is None
