"""The balancing of a site: grid readings in, limits out, and what is kept of it over a restart."""
