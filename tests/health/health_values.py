"""Values for the tests of health, and what they all need."""

from datetime import UTC, datetime

from aggregator.health.incidents import Finding

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def finding(cause: str = "http-500", subject: str = "blog", **more: str) -> Finding:
    return Finding(kind="failing", subject=subject, sentence=f"Every poll failed: {cause}", advice="Wait.", cause=cause, **more)
