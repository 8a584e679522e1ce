"""aggregator: takes in many feeds, keeps what is new, publishes a few topic feeds worth subscribing to."""
