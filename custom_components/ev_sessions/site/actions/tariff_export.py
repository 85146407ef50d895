"""A site's tariff as OCPI's JSON, with the names of what OCPI cannot say."""

from collections.abc import Sequence
from typing import Any

from ...core.tariff.writing import OcpiVersion, ocpi_tariff
from ..runtime import SiteRuntime
from .asked_tariff import tariff_of_site


def export_tariff(sites: Sequence[SiteRuntime], tariff_id: str, version: OcpiVersion) -> dict[str, Any]:
    """Return the tariff as a Tariff object, and the paths of the parts that are left out."""
    under = tariff_of_site(sites, tariff_id)
    said = ocpi_tariff(under.tariff, version)
    book = under.book
    known = {} if book is None else {"id": book.subentry_id[:36], "last_updated": book.valid_from.isoformat()}
    return {"ocpi_version": version.value, "tariff": {**known, **said.data}, "lost": list(said.lost)}
