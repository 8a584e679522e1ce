"""Which items tell the same thing? Copies and stories, decided one run at a time. Pure; knows nothing of the store."""
