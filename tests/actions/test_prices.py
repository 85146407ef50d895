"""The prices of a span as anybody gets them, and prices that somebody hands over."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.ev_sessions.site.ledger.ledger import asked
from tests.site.house import House, site_entry

from .past import EVENING, act, key_of, past, remember
from .test_compare_tariffs import tariff_id

NOTHING = {"added": 0, "replaced": 0, "duplicates": 0, "rejected": []}
EVENING_CSV = (
    "start;end;price [ct/kWh]\n2026-11-10T18:00:00;2026-11-10T18:30:00;20\n2026-11-10T18:30:00;2026-11-10T19:00;40\n"
)


async def test_energy_that_waited_for_its_price_is_priced_by_an_import(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    await remember(hass, past(0, cost_exact=None), past(1, cost_exact=None))
    dry = await act(hass, "import_prices", data=EVENING_CSV, dry_run=True)
    assert dry == {**NOTHING, "added": 2}
    assert (await act(hass, "get_sessions", order="oldest"))["sessions"][0]["cost"] is None
    done = await act(hass, "import_prices", data=EVENING_CSV)
    assert done == {**NOTHING, "added": 2, "priced_kwh": 6.0, "unpriced_kwh": 6.0}
    oldest, newest = (await act(hass, "get_sessions", order="oldest"))["sessions"]
    assert (oldest["cost"], newest["cost"]) == ("1.80", None)
    unpriced = hass.states.get("sensor.home_energy_without_a_price")
    assert unpriced is not None
    assert float(unpriced.state) == 6.0
    (line,) = await asked(site.runtime_data.ledger.audit_trail(subject_id=site.runtime_data.book.tariff_id))
    assert (line.action, line.subject, line.new["slots"]) == ("import", "prices", 2)
    assert await act(hass, "import_prices", data=EVENING_CSV) == {**NOTHING, "duplicates": 2}


async def test_the_prices_of_a_span_come_with_where_they_are_from(hass: HomeAssistant, site: MockConfigEntry) -> None:
    await act(hass, "import_prices", data=EVENING_CSV)
    span: dict[str, Any] = {"start": "2026-11-10T18:15:00+01:00", "end": "2026-11-10T19:15:00+01:00"}
    told = await act(hass, "get_prices", **span)
    assert told == {
        "tariff": "Dynamic",
        "currency": "EUR",
        "time_zone": "Europe/Berlin",
        "prices": [
            {
                "start": "2026-11-10T18:15:00+01:00",
                "end": "2026-11-10T18:30:00+01:00",
                "price": "0.2",
                "price_float": 0.2,
                "basis": "interval",
            },
            {
                "start": "2026-11-10T18:30:00+01:00",
                "end": "2026-11-10T19:00:00+01:00",
                "price": "0.4",
                "price_float": 0.4,
                "basis": "interval",
            },
            {
                "start": "2026-11-10T19:00:00+01:00",
                "end": "2026-11-10T19:15:00+01:00",
                "price": None,
                "price_float": None,
                "basis": "none",
            },
        ],
    }
    assert await act(hass, "get_prices", tariff=tariff_id(site), **span) == told
    now = await act(hass, "get_prices")
    assert [one["basis"] for one in now["prices"]] == ["state"]


async def test_a_plan_tells_its_prices_without_any_source(hass: HomeAssistant, start: Any) -> None:
    night = {"price": "0.20", "when": {"start_time": "22:00", "end_time": "06:00"}}
    await start(site_entry(tariff={"kind": "plan", "price": "0.35", "vat_percent": None, "windows": [night]}))
    told = await act(hass, "get_prices", start="2026-11-20T12:00:00+01:00", end="2026-11-21T12:00:00+01:00")
    assert [(one["start"][11:16], one["price"]) for one in told["prices"]] == [
        ("12:00", "0.35"),
        ("22:00", "0.2"),
        ("06:00", "0.35"),
    ]
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "import_prices", data=EVENING_CSV)
    assert key_of(error) == "tariff_reads_no_prices"


@pytest.mark.parametrize(
    ("asked_for", "key"),
    [
        ({"start": "2026-11-20T12:00:00", "end": "2026-11-20T12:00:00"}, "span_reversed"),
        ({"start": "2026-01-01T00:00:00", "end": "2026-11-20T12:00:00"}, "span_too_long"),
        ({"tariff": "nobody"}, "tariff_not_found"),
        ({"config_entry_id": "nobody"}, "site_not_found"),
    ],
)
async def test_a_span_or_tariff_that_is_none_is_refused(
    hass: HomeAssistant, site: MockConfigEntry, asked_for: dict[str, Any], key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_prices", **asked_for)
    assert key_of(error) == key


@pytest.mark.parametrize("days_later", [1, 60])
async def test_a_price_that_becomes_another_corrects_what_it_changes(
    hass: HomeAssistant, house: House, site: MockConfigEntry, days_later: int
) -> None:
    hour = EVENING + timedelta(days=10)
    house.freezer.move_to(hour + timedelta(days=days_later))
    row = {"start": hour.isoformat(), "end": (hour + timedelta(hours=1)).isoformat(), "price": "0.20"}
    (session_id,) = await remember(hass, past(10, cost_exact=None))
    await act(hass, "import_prices", data=[row])
    assert (await act(hass, "get_sessions"))["sessions"][0]["cost"] == "1.20"
    done = await act(hass, "import_prices", data=[{**row, "price": "0.30"}], replace=True)
    assert done["replaced"] == 1
    assert (await act(hass, "get_sessions"))["sessions"][0]["cost"] == "1.80"
    trail = await asked(site.runtime_data.ledger.audit_trail(subject_id=session_id))
    assert [(one.old["total_nano"], one.new["total_nano"]) for one in trail if one.action == "recost"] == [
        (1_200_000_000, 1_800_000_000)
    ]


async def test_another_price_than_the_known_one_is_taken_only_where_that_is_said(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    await act(hass, "import_prices", data=EVENING_CSV)
    await remember(hass, past(0, cost_exact=None))
    await act(hass, "recalculate_cost")
    dearer = EVENING_CSV.replace(";40", ";60")
    told = {"start": "2026-11-10T18:30:00+01:00", "reason": "known_otherwise"}
    assert await act(hass, "import_prices", data=dearer, dry_run=True) == {
        **NOTHING,
        "duplicates": 1,
        "rejected": [told],
    }
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "import_prices", data=dearer)
    assert key_of(error) == "import_prices_rejected"
    done = await act(hass, "import_prices", data=dearer, replace=True)
    assert (done["added"], done["replaced"], done["duplicates"]) == (0, 1, 1)
    prices = await act(hass, "get_prices", start=EVENING.isoformat(), end=(EVENING + timedelta(hours=1)).isoformat())
    assert [one["price"] for one in prices["prices"]] == ["0.2", "0.6"]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("", "import_prices_empty"),
        ("start;price\n", "import_prices_empty"),
        ("when;how much\n2026-11-10T18:00:00;20\n", "import_prices_header"),
        ({"rows": []}, "import_prices_no_list"),
        ([{}] * 110_001, "import_prices_too_many"),
        ("start;price [USD/kWh]\n2026-11-10T18:00:00;20\n", "import_prices_unit"),
        ("start;price\n2026-11-10T18:00:00,20\n", "import_prices_rejected"),
        ("start;price\n2026-11-10T18:00:00;NaN\n", "import_prices_rejected"),
        ("start;price\n2026-11-10T18:00:00;1000000000\n", "import_prices_rejected"),
        ("start;price\n" + "2026-11-10T18:00:00;0.2\nsoon;0.3\n" * 10_000, "import_prices_rejected"),
    ],
)
async def test_what_cannot_be_taken_is_refused_and_nothing_is_half_done(
    hass: HomeAssistant, site: MockConfigEntry, data: Any, key: str
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "import_prices", data=data)
    assert key_of(error) == key
    prices = await act(hass, "get_prices", start=EVENING.isoformat(), end=(EVENING + timedelta(hours=1)).isoformat())
    assert [one["price"] for one in prices["prices"]] == [None]


async def test_ten_thousand_bad_lines_are_told_by_their_first_hundred(
    hass: HomeAssistant, site: MockConfigEntry
) -> None:
    dry = await act(hass, "import_prices", data="start;price\n" + "soon;0.3\n" * 10_000, dry_run=True)
    assert dry["rejected"][-1] == {"row": 100, "reason": "start_not_understood"}


async def test_ten_thousand_prices_of_a_file_are_taken(
    hass: HomeAssistant, site: MockConfigEntry, tmp_path: Path
) -> None:
    lines = [f"{(EVENING + timedelta(minutes=15 * place)).isoformat()},0.25" for place in range(-10_000, 0)]
    file = tmp_path / "www" / "prices.csv"
    file.write_bytes("\n".join(["start,€/kWh", *lines]).encode("cp1252"))
    assert (await act(hass, "import_prices", path=str(file)))["added"] == 10_000
    assert (await act(hass, "import_prices", path=str(file)))["duplicates"] == 10_000


async def test_files_that_are_not_allowed_or_not_there_are_told(
    hass: HomeAssistant, site: MockConfigEntry, tmp_path: Path
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "import_prices", path="/etc/passwd")
    assert key_of(refused) == "import_path_not_allowed"
    with pytest.raises(HomeAssistantError) as missing:
        await act(hass, "import_prices", path=str(tmp_path / "www" / "none.csv"))
    assert key_of(missing) == "import_file_unreadable"
    with pytest.raises(ServiceValidationError) as neither:
        await act(hass, "import_prices")
    assert key_of(neither) == "import_data_or_path"


async def test_only_administrators_hand_prices_over(
    hass: HomeAssistant, site: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    with pytest.raises(Unauthorized):
        await act(hass, "import_prices", data=EVENING_CSV, context=Context(user_id=hass_read_only_user.id))


async def test_the_length_of_the_cheapest_window_is_the_owners_and_outlives_a_restart(
    hass: HomeAssistant, house: House, start: Any
) -> None:
    quarters = [
        {"start": f"2026-11-19T{17 + place // 4}:{place % 4 * 15:02d}:00+01:00", "price": price}
        for place, price in enumerate([0.30, 0.10, 0.40, 0.12, 0.13, 0.14, 0.15])
    ]
    house.state("sensor.price", "0.30", {"unit_of_measurement": "EUR/kWh", "prices_ahead": quarters})
    site = await start(site_entry())
    length = {"entity_id": "number.home_length_of_the_cheapest_window"}

    def window() -> str:
        state = hass.states.get("sensor.home_cheapest_window")
        assert state is not None
        return state.state[11:16]

    assert window() == ""  # of three hours nobody knows the prices
    entity = hass.data["entity_components"]["number"].get_entity(length["entity_id"])
    await entity.async_set_native_value(0.5)
    await hass.async_block_till_done()
    assert window() == "16:45"
    await entity.async_set_native_value(0.25)
    await hass.async_block_till_done()
    assert window() == "16:15"
    following = hass.states.get("sensor.home_next_price")
    assert following is not None
    assert (following.state, following.attributes["from"]) == ("0.1", "2026-11-19T16:15:00+00:00")
    assert await hass.config_entries.async_unload(site.entry_id)
    assert await hass.config_entries.async_setup(site.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert window() == "16:15"
