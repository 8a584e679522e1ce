"""Entry → Item: sanitized, resolved, dated in UTC. Pure."""

VERSION = 2
"""Raised whenever the same entry would make another item, so that fingerprints of entries seen before no longer match."""
