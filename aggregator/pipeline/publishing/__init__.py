"""From what is stored to files: stories, the ledger, heads, archives, digests, pages."""
