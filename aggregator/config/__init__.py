"""config.toml: read with all of its mistakes at once, edited in place, written for editors and from other programs' lists."""
