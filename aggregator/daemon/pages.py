"""What the daemon serves: what lies on the shelf, what operators ask, the search over what it publishes, and its status.

Search and status read the store on connections of their own, in threads: the loop and the store's reader go on meanwhile.
"""

import asyncio
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from aggregator.config.loading import Config
from aggregator.daemon.vitals import Vitals
from aggregator.pipeline.answers.finding import Hits, find
from aggregator.pipeline.answers.status import status
from aggregator.pipeline.answers.why import Life, why
from aggregator.pipeline.engine import Engine
from aggregator.pipeline.report import StatusReport
from aggregator.publish.listings import TopicListing
from aggregator.serve.access import Access
from aggregator.serve.app import create
from aggregator.serve.operations import Operations
from aggregator.serve.search import Search
from aggregator.serve.shelf import Shelf
from aggregator.serve.status import Status


def site(config: Config, engine: Engine, shelf: Shelf, vitals: Vitals) -> ASGIApp:
    """All that is served while this configuration and this engine are in force."""
    operations = Operations(
        ready=lambda: vitals.missing(engine),
        metrics=lambda: vitals.expose(engine),
        answered=vitals.metrics.answered,
        allowed=config.serve.metrics_from,
    )
    return create(
        shelf,
        base_path=urlsplit(engine.publisher.site.base_url).path,
        health=lambda: {"status": "ok"},
        operations=operations,
        search=search(engine),
        status=status_page(config, engine),
    )


def search(engine: Engine) -> Search:
    """The search over what this engine publishes."""
    publisher = engine.publisher

    async def found(text: str) -> Hits:
        return await asyncio.to_thread(find, engine.store.path, text, publisher.topics, publisher.compose)

    topics = tuple(TopicListing(slug=topic.slug, title=topic.title) for topic in publisher.topics)
    return Search(site=publisher.site, topics=topics, find=found)


def status_page(config: Config, engine: Engine) -> Status:
    """The status of this engine, for those whom the configuration lets in."""

    async def report() -> StatusReport:
        return await asyncio.to_thread(status, engine.store.path, config.sources(), config.topics(), engine.now())

    async def life(asked: str) -> Life:
        publisher = engine.publisher
        return await asyncio.to_thread(why, engine.store.path, publisher.topics, publisher.directory, asked, words=False)

    return Status(
        site=engine.publisher.site,
        access=Access(local=not config.is_public(), token=config.status_token),
        report=report,
        why=life,
        now=engine.now,
    )
