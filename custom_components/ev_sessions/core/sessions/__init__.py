"""Sessions and their charging periods, and what is done with them once they are there."""
