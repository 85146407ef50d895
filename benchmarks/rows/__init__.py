"""The rows, one small module each; a module has `ROWS`, a tuple of `benchmarks.row.Row`."""
