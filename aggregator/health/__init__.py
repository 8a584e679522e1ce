"""What is wrong, since when, and what to do: incidents, opened and resolved. Pure."""
