"""A changed config.toml in a running daemon: taken over as a whole, or refused as a whole.

    file changed | SIGHUP ─load, check→ mistakes: each is logged and shown as an incident, the former one holds
                                        the same: nothing
                                        another: `take(config)`, after which the former one is forgotten

What is bound to open files and sockets stays as it was at the start, and is said to need a restart.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from aggregator.config.loading import Config, load
from aggregator.errors import AggregatorError, ConfigError

_log = structlog.get_logger(__name__)

Take = Callable[[Config], Awaitable[None]]
Refuse = Callable[[Sequence[str]], Awaitable[None]]
Accept = Callable[[], Awaitable[None]]
Relisted = Callable[[], Awaitable[bool]]


class Reload:
    """Keeps the configuration in force. `take` puts another one in force, or raises AggregatorError and changes nothing.

    `refuse` is told the mistakes of one that is not taken, `accept` that there are none any more. `relisted` says whether
    subscription lists name other feeds than what is in force polls: then it is taken again.
    """

    def __init__(self, config: Config, *, take: Take, refuse: Refuse, accept: Accept, relisted: Relisted) -> None:
        self.config = config
        self._take = take
        self._refuse = refuse
        self._accept = accept
        self._wanted = asyncio.Event()
        self._relisted = relisted

    def want(self) -> None:
        """Ask for a reload; two that come together are one."""
        self._wanted.set()

    async def run(self) -> None:
        """Reload when it is asked for, until cancelled."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                if not await self.once() and await self._relisted():
                    await self._take(self.config)
                    _log.info("subscription lists taken over")
            except AggregatorError as error:
                _log.error("configuration not taken over", error=str(error))

    async def once(self) -> bool:
        """Read the file and take it over. True if another configuration is in force now. Raises StoreError."""
        try:
            config = await asyncio.to_thread(load, self.config.file)
        except ConfigError as error:
            await self._refused(error.problems)
            return False
        bound = needs_restart(self.config, config)
        for key in bound:
            _log.warning("needs a restart", key=key, until_then="the former value holds")
        config = keep_bound(self.config, config)
        if config != self.config:
            try:
                await self._take(config)
            except AggregatorError as error:
                await self._refused(str(error).splitlines())
                return False
            _log.info("configuration taken over", **_difference(self.config, config))
            taken, self.config = True, config
        else:
            _log.info("configuration unchanged")
            taken = False
        await self._accept()
        return taken

    async def _refused(self, problems: Sequence[str]) -> None:
        for problem in problems:
            _log.error("configuration not taken over", problem=problem, until_then="the former one holds")
        await self._refuse(problems)


def needs_restart(old: Config, new: Config) -> list[str]:
    """Keys whose change takes a restart: what is listened on, and which store is owned."""
    before, after = _bound(old), _bound(new)
    return [key for key, value in after.items() if value != before[key]]


def keep_bound(old: Config, new: Config) -> Config:
    """The new configuration with the old one's store, host and port."""
    serve = new.serve.model_copy(update={"host": old.serve.host, "port": old.serve.port})
    store = new.store.model_copy(update={"path": old.store.path})
    return replace(new, tables=new.tables.model_copy(update={"serve": serve, "store": store}))


def _bound(config: Config) -> dict[str, object]:
    return {"serve.host": config.serve.host, "serve.port": config.serve.port, "store.path": config.store.path}


def _difference(old: Config, new: Config) -> dict[str, list[str]]:
    """What came and went, for the log."""
    sources = {source.id for source in old.sources()}, {source.id for source in new.sources()}
    topics = {topic.slug for topic in old.tables.topic}, {topic.slug for topic in new.tables.topic}
    told = {
        "sources_new": sorted(sources[1] - sources[0]),
        "sources_gone": sorted(sources[0] - sources[1]),
        "topics_new": sorted(topics[1] - topics[0]),
        "topics_gone": sorted(topics[0] - topics[1]),
    }
    return {key: names for key, names in told.items() if names}
