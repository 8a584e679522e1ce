"""Ledger order, one renderer per format, and the writer that replaces files only when they differ."""
