"""Taking sessions in that come from elsewhere: read off the loop, matched to chargers, written in one go."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from ulid_transform import ulid_at_time

from ...core.costing.cost import CostRole
from ...core.imports import Foreign, ImportFormat, translated
from ...core.imports.owners import OwnerFinder, kept_in_note
from ...core.imports.session import (
    ChargerNamed,
    ImportContext,
    NoSessionsError,
    ReadReport,
    ReadSession,
    read_sessions,
)
from ...core.imports.where import Where
from ...store import ChargerRecord, Costing, ImportedSession, PricedPeriod, Rejection
from ..ledger.ledger import asked
from ..refusal import failed, ledger_errors, refuse
from ..runtime import SiteRuntime
from .access import Access
from .import_owners import Versions, async_owners
from .session_edits import async_show_changed

_MIB = 1024 * 1024
#: A hundred thousand sessions without their periods; more would be held in memory all at once.
LIMIT_MIB = 64
_BILLED_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportWish:
    """What a person asks to import: data or a file's path, whose program's it is, and of which charger's device."""

    data: Any = None
    path: str | None = None
    format: ImportFormat = ImportFormat.EV_SESSIONS
    charger: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    time_format: str | None = None
    dry_run: bool = False


async def async_import_sessions(
    hass: HomeAssistant, site: SiteRuntime, access: Access, wish: ImportWish
) -> dict[str, Any]:
    """Add sessions to a site; return how many were new, known already, and which rows were not taken."""
    data, path = wish.data, wish.path
    if (data is None) == (path is None):
        raise refuse("import_data_or_path")
    foreign = Foreign(
        format=wish.format,
        where=Where(zone=site.zone, device_id=wish.charger),
        columns=wish.columns,
        time_format=wish.time_format,
    )
    context = ImportContext(
        zone=site.zone,
        currency=site.currency,
        now=site.clock().utc,
        new_id=lambda at: ulid_at_time(at.timestamp()),
    )
    with ledger_errors():
        records = await asked(site.ledger.chargers(site_id=site.entry_id))
        chargers = _Chargers(records, {evse.charger_device_id: evse.charger_id for evse in site.evses})
        finder, versions = await async_owners(site.ledger, site.entry_id)
        # A year of sessions takes longer to read and to match than the loop may wait.
        owners = _Owners(finder, versions)
        prepared = await hass.async_add_executor_job(
            lambda: _prepared(_read_file(hass, path) if path is not None else data, foreign, context, chargers, owners)
        )
        given, rejected = prepared.given, prepared.rejected
        report = await asked(site.ledger.import_sessions(given, who=access.who, at=context.now, dry_run=wish.dry_run))
        if report.added and not wish.dry_run:
            await _async_bill(site, given, frozenset(report.added_ids))
    if report.added and not wish.dry_run:
        await async_show_changed([site], {site.entry_id})
    return {
        "added": report.added,
        "duplicates": report.duplicates,
        "rejected": [
            {"row": one.row, "reason": one.reason}
            for one in sorted((*rejected, *report.rejected), key=lambda one: one.row)
        ],
        "unknown": [
            {"field": name, "value": value, "rows": rows} for (name, value), rows in sorted(prepared.unknown.items())
        ],
    }


async def _async_bill(site: SiteRuntime, given: Sequence[ImportedSession], added: frozenset[str]) -> None:
    """Bill what is new to its payers."""
    billed = [one.session.id for one in given if one.owned.get("payer_version_id") and one.session.id in added]
    for ids in batched(billed, _BILLED_AT_ONCE, strict=False):
        await site.costs.async_bill(ids)


def _read_file(hass: HomeAssistant, path: str) -> bytes:
    if not hass.config.is_allowed_path(path):
        raise refuse("import_path_not_allowed", path=path)
    try:
        with Path(path).open("rb") as file:
            # The size on the disk says nothing of what is no plain file.
            text = file.read(LIMIT_MIB * _MIB + 1)
    except OSError as err:
        raise failed("import_file_unreadable", path=path, reason=err.strerror or str(err)) from err
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """What can be written, the rows that cannot, and in how many rows each word stands that nobody goes by."""

    given: Sequence[ImportedSession]
    rejected: Sequence[Rejection]
    unknown: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Owners:
    """Who there is to be found, and the versions that sessions refer to."""

    finder: OwnerFinder
    versions: Versions


def _prepared(data: Any, foreign: Foreign, context: ImportContext, chargers: _Chargers, owners: _Owners) -> _Prepared:
    read = _read(data, foreign, context)
    rejected = [Rejection(row=problem.row, reason=problem.reason) for problem in read.problems]
    given: list[ImportedSession] = []
    unknown: Counter[tuple[str, str]] = Counter()
    for one in read.sessions:
        evse_id, reason = chargers.evse_of(one.charger)
        if evse_id is None:
            rejected.append(Rejection(row=one.row, reason=reason))
        else:
            found = owners.finder.find(one.said)
            unknown.update(found.unknown)
            given.append(
                replace(
                    imported_session(one, evse_id, context.now),
                    owned=owners.versions.owned(found, one.said),
                    note=kept_in_note(one.note, one.program, found.unknown),
                )
            )
    return _Prepared(given=given, rejected=rejected, unknown=unknown)


def _read(data: Any, foreign: Foreign, context: ImportContext) -> ReadReport:
    if isinstance(data, str | bytes) and len(data) > LIMIT_MIB * _MIB:
        raise refuse("import_too_large", limit=str(LIMIT_MIB))
    try:
        given = translated(data, foreign)
        return read_sessions(given.rows, context, given.translate)
    except NoSessionsError as err:
        raise refuse("import_not_understood", reason=str(err)) from err


@dataclass(frozen=True, slots=True)
class _Chargers:
    """The chargers of a site, removed ones too, and the devices of those that are there."""

    records: Sequence[ChargerRecord]
    devices: Mapping[str, str]

    def evse_of(self, named: ChargerNamed) -> tuple[str | None, str]:
        """Return the ledger's id of an EVSE, or None and the word for why there is none."""
        found = list(self._meant(named))
        if len(found) != 1:
            return None, "ambiguous_charger" if found else "unknown_charger"
        evse_id = found[0].evse_ids.get(named.evse)
        return evse_id, "unknown_evse"

    def _meant(self, named: ChargerNamed) -> Iterable[ChargerRecord]:
        present = [record for record in self.records if record.archived_at is None]
        charger_id = self.devices.get(named.device_id or "")
        if charger_id is not None:
            return [record for record in present if record.subentry_id == charger_id]
        if named.name is not None:
            here = [record for record in present if record.name == named.name]
            return here or [record for record in self.records if record.name == named.name]
        return present if named.device_id is None else ()


def imported_session(read: ReadSession, evse_id: str, at: datetime) -> ImportedSession:
    """Return a session that was read as the ledger takes it."""
    session_id = read.session.id
    return ImportedSession(
        row=read.row,
        evse_id=evse_id,
        session=read.session,
        periods=tuple(
            PricedPeriod(session_id=session_id, period=period, cost_nano=cost_nano)
            for period, cost_nano in zip(read.periods, read.costs_nano, strict=True)
        ),
        costing=Costing(
            session_id=session_id,
            role=CostRole.HOUSE,
            final=read.cost.unpriced_mwh == 0,
            currency=read.cost.currency,
            total_nano=read.cost.total_nano,
            unpriced_mwh=read.cost.unpriced_mwh,
            average_price=read.cost.average_price,
            costed_at=at,
        ),
        note=read.note,
    )
