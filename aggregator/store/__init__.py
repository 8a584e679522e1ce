"""SQLite: one file per concern; rows in, model values out. SQL lives here and nowhere else."""
