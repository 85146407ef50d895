"""A house with a running site, as the stories of a site have it."""

from tests.site.conftest import house, site, start_site

__all__ = ["house", "site", "start_site"]
