"""Where the daemon is wired: App → its house → Daemon. Only `aggregator run` loads it: that takes 0.2 s of imports more."""

from aggregator.app import App
from aggregator.daemon.daemon import Daemon


async def run(app: App) -> None:
    """Poll and serve until SIGTERM or SIGINT. Raises StoreBusy if another process owns the store, AggregatorError."""
    async with app.house("daemon") as house:
        await Daemon(app.config, await house.wire(app.config), house.wire).run()
