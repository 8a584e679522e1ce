"""One file per kind of source: which requests to make, and bytes → entries. The plug-in point."""
