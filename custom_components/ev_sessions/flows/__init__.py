"""The forms in which the owner describes a site, step by step."""
