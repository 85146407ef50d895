"""The reimbursement rates of a Home Assistant: those of the data file as they were first seen, and the owner's own."""

from functools import cache
import json
import logging
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant

from ...core.prices.reimbursement import RateBook, ReimbursementRate, rates_from
from ...core.problem import InputError
from ...store import Ledger, LedgerError
from ..ledger.ledger import asked
from ..refusal import ledger_errors, refuse
from ..runtime import SiteRuntime
from .access import Access
from .asked_tariff import input_errors

_LOGGER = logging.getLogger(__name__)

_FILE = Path(__file__).parents[2] / "data" / "reimbursement_rates.json"
#: Whose settings they are in the ledger: of no site alone.
_OWNER = "reimbursement"
_KEPT, _OWN = "kept", "own"


@cache
def read_shipped_rates() -> tuple[ReimbursementRate, ...]:
    """Return the rates of the data file. Reads it the first time: not in the event loop."""
    return rates_from(json.loads(_FILE.read_text(encoding="utf-8"))["rates"])


async def async_rate_book(hass: HomeAssistant, ledger: Ledger) -> RateBook:
    """Return the rates that hold."""
    shipped = await hass.async_add_executor_job(read_shipped_rates)
    settings = (await asked(ledger.settings(_OWNER))).get(_OWNER, {})
    return RateBook.of(shipped, _read(settings.get(_KEPT)), _read(settings.get(_OWN)))


async def async_keep_rates(hass: HomeAssistant, site: SiteRuntime) -> None:
    """Keep what came with the program as it was first seen, so that no update changes it."""
    try:
        book = await async_rate_book(hass, site.ledger)
        kept = [one.to_data() for one in book.kept.values()]
        if kept != (await asked(site.ledger.settings(_OWNER))).get(_OWNER, {}).get(_KEPT):
            await asked(site.ledger.put_setting(_OWNER, _KEPT, kept, site.clock().utc))
    except LedgerError as err:
        _LOGGER.warning("Reimbursement rates could not be kept, they are with the next start: %s", err)


async def async_get_rates(hass: HomeAssistant, site: SiteRuntime, wish: dict[str, Any]) -> dict[str, Any]:
    """Return the rates, of a country where one is named, and the one of a day where that is named, too."""
    with ledger_errors():
        book = await async_rate_book(hass, site.ledger)
    country, day = wish.get("country"), wish.get("date")
    rates = [one for one in book.rates if country is None or one.country == country.upper()]
    if day is not None:
        if country is None:
            raise refuse("reimbursement_country_needed")
        found = book.rate_on(day, country, wish.get("region", ""), wish["place"])
        rates = [] if found is None else [found]
    return {"rates": [_told(book, one) for one in rates]}


async def async_set_rate(
    hass: HomeAssistant, site: SiteRuntime, access: Access, wish: dict[str, Any]
) -> dict[str, Any]:
    """Set a rate of the owner's own, or take it away again; who did is kept."""
    remove = wish.pop("remove")
    with input_errors():
        rate = ReimbursementRate.from_data({key: _plain(value) for key, value in wish.items()})
    with ledger_errors():
        book = await async_rate_book(hass, site.ledger)
        before = book.own.get(rate.key)
        if remove and before is None:
            raise refuse("reimbursement_rate_not_own")
        book = book.without_own(rate.key) if remove else book.with_own(rate)
        at = site.clock().utc
        await asked(site.ledger.put_setting(_OWNER, _OWN, [one.to_data() for one in book.own.values()], at))
        await asked(
            site.ledger.put_audit(
                site_id=site.entry_id,
                at=at,
                who=access.who,
                action="edit",
                subject="reimbursement_rate",
                subject_id=_OWNER,
                old=None if before is None else before.to_data(),
                new=None if remove else rate.to_data(),
            )
        )
    return {"rates": [_told(book, one) for one in book.rates if one.key == rate.key]}


def _told(book: RateBook, rate: ReimbursementRate) -> dict[str, Any]:
    later = book.differing.get(rate.key)
    return {
        **rate.to_data(),
        "amount_float": float(rate.amount),
        "own": rate.key in book.own,
        "update_says": None if later is None else later.to_data(),
    }


def _read(data: Any) -> tuple[ReimbursementRate, ...]:
    """Return rates of the ledger; what cannot be read is left out."""
    found: list[ReimbursementRate] = []
    for one in data or ():
        try:
            found.append(ReimbursementRate.from_data(one))
        except InputError as err:
            _LOGGER.warning("A reimbursement rate is not understood: %s", err)
    return tuple(found)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
