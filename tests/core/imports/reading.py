"""Reading what another program wrote, as of one evening in Berlin."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.ev_sessions.core.imports import Foreign, ImportFormat, translated
from custom_components.ev_sessions.core.imports.session import ImportContext, ReadReport, read_sessions
from custom_components.ev_sessions.core.imports.where import Where

BERLIN = ZoneInfo("Europe/Berlin")


def read(
    data: Any,
    program: str,
    *,
    zone: ZoneInfo = BERLIN,
    currency: str = "EUR",
    device_id: str | None = None,
    columns: Mapping[str, str] | None = None,
    time_format: str | None = None,
) -> ReadReport:
    """Return what is read of data of a program."""
    foreign = Foreign(
        format=ImportFormat(program),
        where=Where(zone=zone, device_id=device_id),
        columns=columns or {},
        time_format=time_format,
    )
    given = translated(data, foreign)
    context = ImportContext(
        zone=zone,
        currency=currency,
        now=datetime(2026, 11, 20, 12, tzinfo=UTC),
        new_id=lambda at: f"01NEW{int(at.timestamp()):021d}",
    )
    return read_sessions(given.rows, context, given.translate)


def reasons(report: ReadReport) -> list[tuple[int, str]]:
    """Return which rows were not taken, and why."""
    return [(problem.row, problem.reason) for problem in report.problems]
