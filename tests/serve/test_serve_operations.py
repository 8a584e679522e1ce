"""What machines ask: alive, ready, and numbers, for those who may read them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from aggregator.pipeline.report import SourceReport
from aggregator.serve.app import create
from aggregator.serve.metrics import Metrics, Standing
from aggregator.serve.operations import Operations
from aggregator.serve.server import Server
from aggregator.serve.shelf import Shelf

STANDING = Standing(due=3, in_flight=2, incidents=1, sources=10)


class Site:
    """A server whose readiness and permissions a test sets."""

    def __init__(self) -> None:
        self.missing: str | None = None
        self.metrics = Metrics()
        self.allowed = [ip_network("127.0.0.0/8")]
        self.url = ""

    async def ready(self) -> str | None:
        return self.missing

    async def expose(self) -> bytes:
        return self.metrics.expose(STANDING)

    def operations(self) -> Operations:
        return Operations(ready=self.ready, metrics=self.expose, answered=self.metrics.answered, allowed=self.allowed)


@pytest.fixture
async def told(shelf: Shelf) -> AsyncIterator[Site]:
    told = Site()
    server = Server()
    app = create(shelf, base_path="/planet/", health=lambda: {"status": "ok"}, operations=told.operations())
    await server.start(app, "127.0.0.1", 0)
    told.url = f"http://127.0.0.1:{server.port}/"
    yield told
    await server.stop()


def numbers(text: str) -> dict[str, float]:
    """Sample name with its labels → value."""
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_server_is_ready_or_says_what_is_missing(told: Site, client: aiohttp.ClientSession) -> None:
    async with client.get(told.url + "readyz") as answer:
        assert (answer.status, await answer.text()) == (200, "ready\n")
        assert answer.headers["Cache-Control"] == "no-store"
    told.missing = "The store does not answer."
    async with client.get(told.url + "readyz") as answer:
        assert (answer.status, await answer.text()) == (503, "The store does not answer.\n")
    async with client.get(told.url + "healthz") as answer:
        assert answer.status == 200


async def test_answers_are_counted_by_status_feeds_and_others(told: Site, client: aiohttp.ClientSession) -> None:
    async with client.get(told.url + "planet/ai.atom") as answer:
        etag = answer.headers["ETag"]
    async with client.get(told.url + "planet/ai.atom", headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304
    async with client.get(told.url + "planet/none.atom") as answer:
        assert answer.status == 404
    async with client.get(told.url + "metrics") as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        found = numbers(await answer.text())
    assert {status: found[f"aggregator_responses_total{{{status}}}"] for status in (200, 304, 404, 500)} == {
        200: 1,
        304: 1,
        404: 1,
        500: 0,
    }
    assert (found["aggregator_due_sources"], found["aggregator_polls_in_flight"], found["aggregator_open_incidents"]) == (3, 2, 1)
    assert found["process_resident_memory_bytes"] > 1e6


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
async def test_nobody_reads_the_numbers_through_a_proxy(told: Site, client: aiohttp.ClientSession, header: str) -> None:
    async with client.get(told.url + "metrics", headers={header: "127.0.0.1"}) as answer:
        assert answer.status == 403
        assert "metrics_from" in await answer.text()


async def test_nor_through_an_old_proxy_that_names_nobody(told: Site) -> None:
    port = int(told.url.rstrip("/").rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /metrics HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    assert (await reader.readline()).split()[1] == b"403"
    writer.close()


async def test_who_is_in_no_network_of_the_list_does_not_read_them(told: Site, client: aiohttp.ClientSession) -> None:
    told.allowed[:] = [ip_network("10.0.0.0/8"), ip_network("::1/128")]
    async with client.get(told.url + "metrics") as answer:
        assert answer.status == 403


def test_polls_items_requests_and_bytes_are_summed_without_a_label_for_the_source() -> None:
    metrics = Metrics()
    metrics.polled(SourceReport(id="one", result="ok", new=3, updated=1, statuses=(200, 304), bytes=500, parsing=0.5))
    metrics.polled(SourceReport(id="two", result="failed", statuses=(503,)))
    metrics.polled(SourceReport(id="two", result="failed", statuses=(0,)))
    metrics.polled(SourceReport(id="two", result="not-due", due=datetime(2026, 1, 1, tzinfo=UTC)))
    metrics.published(0.2)
    metrics.answered(418)
    text = metrics.expose(STANDING).decode()
    found = numbers(text)
    assert {key: found[f"aggregator_polls_total{{{key}}}"] for key in ("ok", "failed", "not-modified")} == {
        "ok": 1,
        "failed": 2,
        "not-modified": 0,
    }
    assert (found["aggregator_items_total{new}"], found["aggregator_items_total{updated}"]) == (3, 1)
    assert {key: found[f"aggregator_requests_total{{{key}}}"] for key in ("2xx", "3xx", "4xx", "5xx", "none")} == {
        "2xx": 1,
        "3xx": 1,
        "4xx": 0,
        "5xx": 1,
        "none": 1,
    }
    assert found["aggregator_received_bytes_total"] == 500
    assert found["aggregator_parse_seconds_total"] == 0.5
    assert found["aggregator_publish_seconds_count"] == 1
    assert found["aggregator_responses_total{418}"] == 1
    assert "one" not in {
        value for family in text_string_to_metric_families(text) for s in family.samples for value in s.labels.values()
    }
