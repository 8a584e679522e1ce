"""What `aggregator run` does: start, tick, reload, answer, stop."""
