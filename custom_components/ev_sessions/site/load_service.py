"""The balancing of a site at run time: grid readings in, limits out, nothing decided here."""
