"""Home Assistant's entities as sources: what their states say, when they said it, how they are called now."""
