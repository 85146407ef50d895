"""What the development-only components share: the connection to the plant, and entities that are tables over it."""
