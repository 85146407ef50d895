"""What the figures of the docs come from: `scripts/benchmark` runs the rows and prints what it measured."""
