"""The migrations, one file each; one that was released never changes."""
