"""What the README's figures come from: `scripts/benchmark` runs the rows and prints what it measured."""
