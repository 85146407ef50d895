"""Reimbursement rates as anybody gets them, and the owner's own."""

from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.ev_sessions.core.prices.reimbursement import ReimbursementRate
from custom_components.ev_sessions.site.ledger.ledger import asked

from .past import act, key_of

OWN: dict[str, Any] = {
    "country": "DE",
    "start": "2026-01-01",
    "end": "2027-01-01",
    "amount": "0.30",
    "currency": "EUR",
    "source": "agreed with my employer",
}


async def test_the_rate_of_a_day_comes_with_its_source(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (rate,) = (await act(hass, "get_reimbursement_rates", country="de", date="2026-11-20"))["rates"]
    assert (rate["amount"], rate["amount_float"], rate["per"], rate["own"]) == ("0.34", 0.34, "kwh", False)
    assert "BMF" in rate["source"]
    assert (await act(hass, "get_reimbursement_rates", country="FR", date="2026-11-20"))["rates"] == []
    belgian = (await act(hass, "get_reimbursement_rates", country="BE"))["rates"]
    assert len(belgian) == 12
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_reimbursement_rates", date="2026-11-20")
    assert key_of(error) == "reimbursement_country_needed"


async def test_an_own_rate_stands_instead_and_who_set_it_is_kept(hass: HomeAssistant, site: MockConfigEntry) -> None:
    (told,) = (await act(hass, "set_reimbursement_rate", **OWN))["rates"]
    assert (told["amount"], told["own"]) == ("0.3", True)
    (line,) = await asked(site.runtime_data.ledger.audit_trail(subject_id="reimbursement"))
    assert (line.who, line.action, line.old, line.new["amount"]) == ("system", "edit", None, "0.3")
    (rate,) = (await act(hass, "get_reimbursement_rates", country="DE", date="2026-11-20"))["rates"]
    assert rate["source"] == "agreed with my employer"
    (back,) = (await act(hass, "set_reimbursement_rate", **OWN, remove=True))["rates"]
    assert (back["amount"], back["own"]) == ("0.34", False)
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "set_reimbursement_rate", **OWN, remove=True)
    assert key_of(error) == "reimbursement_rate_not_own"


async def test_an_update_with_another_figure_changes_nothing_and_is_told(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    other = ReimbursementRate(
        country="DE",
        start=date(2026, 1, 1),
        end=date(2027, 1, 1),
        amount=Decimal("0.50"),
        currency="EUR",
        source="an update",
    )
    with patch("custom_components.ev_sessions.site.actions.reimbursement.read_shipped_rates", return_value=(other,)):
        assert await hass.config_entries.async_reload(site.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        (rate,) = (await act(hass, "get_reimbursement_rates", country="DE", date="2026-11-20"))["rates"]
    assert (rate["amount"], rate["update_says"]["amount"]) == ("0.34", "0.5")


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"country": "D1"}, "field_unknown_word"),
        ({"amount": "much"}, "field_not_a_number"),
        ({"currency": "XYZ"}, "field_unknown_currency"),
        ({"end": "2025-01-01"}, "field_ends_before_start"),
    ],
)
async def test_a_rate_that_cannot_be_is_refused_by_its_field(
    hass: HomeAssistant, site: MockConfigEntry, wrong: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "set_reimbursement_rate", **{**OWN, **wrong})
    assert key_of(error) == key


async def test_only_administrators_set_rates(
    hass: HomeAssistant, site: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    with pytest.raises(Unauthorized):
        await act(hass, "set_reimbursement_rate", **OWN, context=Context(user_id=hass_read_only_user.id))
