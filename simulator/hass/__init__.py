"""A real Home Assistant process: its folder, its life, and the way in."""
