"""Which items belong to a topic, and in which order? Pure."""
