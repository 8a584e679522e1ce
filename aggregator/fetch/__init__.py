"""Request → Document, over HTTP and from disk. Knows nothing of feeds."""
