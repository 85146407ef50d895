"""The grid meter: readings out."""
