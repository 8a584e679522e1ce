"""Entry → Item: sanitized, resolved, dated in UTC. Pure."""
