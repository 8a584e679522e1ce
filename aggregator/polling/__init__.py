"""When to poll next, and why. Pure."""
