"""What a session, or any charging periods, would cost under a tariff: asked for by action."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from homeassistant.core import HomeAssistant

from ...core.costing import Circumstances, cost_json, cost_of_usage
from ...core.costing.reading import usage_from
from ...core.tariff.review import findings
from ...store import StoredSession
from ..ledger.ledger import asked
from ..prices.session_circumstances import async_circumstances_under
from ..refusal import ledger_errors, refuse
from ..runtime import SiteRuntime
from ..time_zone import async_time_zone
from .access import Access
from .asked_tariff import AskedTariff, async_as_it_was, async_recorded, input_errors, tariff_given, tariff_of_site

#: A field of the action whose name is not that of what it says.
_BY_NAME: Final = {"month_kwh": "month_mwh"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CostQuestion:
    """What is asked: one tariff, a site's or OCPI's, for one session or for periods."""

    tariff_id: str | None = None
    ocpi_tariff: Any = None
    session_id: str | None = None
    periods: Any = None
    time_zone: str | None = None
    circumstances: Mapping[str, Any] = field(default_factory=dict)
    half_even: bool = False


async def async_calculate_cost(
    hass: HomeAssistant, sites: Sequence[SiteRuntime], access: Access, question: CostQuestion
) -> dict[str, Any]:
    """Return what it costs, line by line, as JSON values."""
    if (question.tariff_id is None) is (question.ocpi_tariff is None):
        raise refuse("cost_one_tariff")
    if (question.session_id is None) is (question.periods is None):
        raise refuse("cost_one_usage")
    mine = None if question.tariff_id is None else tariff_of_site(sites, question.tariff_id)
    stored = await _async_session(sites, access, question.session_id)
    zone_name = question.time_zone or _zone_of(hass, mine, stored)
    zone = await async_time_zone(zone_name)
    if zone is None:
        raise refuse("time_zone_unknown", time_zone=zone_name)
    if stored is not None:
        usage = await async_recorded(hass, sites[0].ledger, stored)
    else:
        with input_errors():
            usage = await hass.async_add_executor_job(usage_from, question.periods, zone)
    with input_errors():
        said = Circumstances.from_data(question.circumstances)
    under = mine or tariff_given(question.ocpi_tariff, zone_name)
    if stored is not None and mine is not None:
        under = await async_as_it_was(mine, stored.session.start)
    of_session = await _async_known(sites, stored, under)
    known = _circumstances(question, said, under.known_of(of_session, stored))
    under.hold_valid(usage, zone)
    under.hold_feasible(usage)
    timelines = await under.async_timelines(usage)

    def calculate() -> dict[str, Any]:
        result = cost_of_usage(under.tariff, usage, zone, timelines, known)
        data = cost_json(result, zone, half_even=question.half_even)
        data["flags"] += findings(under.tariff)
        return data

    # Many periods under many elements take longer than the loop may wait.
    return await hass.async_add_executor_job(calculate)


async def _async_known(sites: Sequence[SiteRuntime], stored: StoredSession | None, under: AskedTariff) -> Circumstances:
    """Return what is known of a session by itself; of periods that were given nothing is."""
    if stored is None:
        return Circumstances()
    with ledger_errors():
        known = await async_circumstances_under(sites[0].ledger, [stored], [under.tariff])
    holidays = next((site.holidays for site in sites if site.entry_id == stored.site_id), frozenset())
    return replace(known[stored.session.id], holidays=holidays)


def _circumstances(question: CostQuestion, said: Circumstances, known: Circumstances) -> Circumstances:
    """Return what is asked; what it says nothing of is as it is known."""
    fields = {_BY_NAME.get(name, name) for name in question.circumstances}
    values: dict[str, Any] = {name: getattr(said, name) for name in fields}
    # Other names than the one that is said are of the session's own.
    values |= {f"{who}_names": frozenset() for who in ("vehicle", "payer") if who in values}
    return replace(known, **values)


def _zone_of(hass: HomeAssistant, mine: AskedTariff | None, stored: StoredSession | None) -> str:
    """Return the zone where none is given: the session's own, the site's, Home Assistant's."""
    if stored is not None:
        return stored.time_zone
    return hass.config.time_zone if mine is None else mine.tariff.time_zone


async def _async_session(sites: Sequence[SiteRuntime], access: Access, session_id: str | None) -> StoredSession | None:
    """Return a session that may be seen; what may not is as good as none."""
    if session_id is None:
        return None
    for site in sites:
        await site.async_flush()
    with ledger_errors():
        found = await asked(sites[0].ledger.sessions_of([session_id]))
    if not found:
        raise refuse("session_not_found", session_id=session_id)
    readable = any(access.may_read(evse) for site in sites for evse in site.evses if evse.evse_id == found[0].evse_id)
    if not access.is_admin and not readable:
        raise refuse("session_not_found", session_id=session_id)
    return found[0]
