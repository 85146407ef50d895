"""Which words a station of a version is set up in."""

from collections.abc import Mapping

from ..version import Version
from .calls import Calls
from .dialect import Dialect
from .report import ReportCollector
from .v2 import Dialect2
from .v16 import Dialect16


def dialect_for(
    calls: Calls,
    version: Version,
    *,
    vendor_keys: Mapping[str, str] | None = None,
    reports: ReportCollector | None = None,
    report_pause_s: float = 20.0,
) -> Dialect:
    """Return how a station's settings are read and written; reports come only to who collects them."""
    if version is Version.V16:
        return Dialect16(calls, vendor_keys or {})
    return Dialect2(calls, reports or ReportCollector(), pause_s=report_pause_s)
