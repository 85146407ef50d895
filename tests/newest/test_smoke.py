"""The newest Home Assistant in an environment of its own: set up by hand, a car charges and is billed, a clean end."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.process import REPOSITORY
from tests.e2e.patience import OTHERS_S, STORY_S
from tests.e2e.set_up import add_site, all_ended, drawn, errors_of_ours, house_on, issues

PYTHON = REPOSITORY / ".venv-newest" / "bin" / "python"

pytestmark = [
    pytest.mark.newest,
    pytest.mark.timeout(STORY_S),
    pytest.mark.usefixtures("socket_enabled"),
    # A whole run never comes here without it: scripts/test makes it first, or ends.
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-newest here: scripts/setup --newest makes it"),
]

#: Entities that stand for all: of every platform, of charger and site.
OF_CHARGER = (
    "status",
    "connected",
    "charging",
    "power",
    "energy",
    "session_energy",
    "session_cost",
    "month_energy",
    "allowed_current",
    "max_current",
    "charging_allowed",
    "balancing",
    "session_event",
)
OF_SITE = ("headroom_l1", "chargers_power", "balancing_state", "price", "month_cost", "balancing")


async def test_newest_home_assistant_runs_a_site_from_its_flows_to_a_billed_session(tmp_path: Path) -> None:
    async with house_on(tmp_path, python=PYTHON) as house:
        client = house.client
        version = (await client.request("GET", "/api/config"))["version"]
        assert version.startswith("2026.11."), version
        site = await add_site(house)
        names = site.names

        states = await client.states()
        ids = [names.of_charger("Garage", key) for key in OF_CHARGER] + [names.of_site(key) for key in OF_SITE]
        gone = [each for each in ids if states.get(each, {}).get("state", "unavailable") == "unavailable"]
        assert gone == []

        # The balancer is patient with a car that comes in its first minute; here it is not the point.
        await client.call("switch", "turn_off", {"entity_id": names.of_site("balancing")})
        await house.plant.ask("plug_in", charger="garage")
        charging = names.of_charger("Garage", "charging")
        await client.wait_until("the car charges", lambda states: states[charging]["state"] == "on", OTHERS_S)
        await drawn(house, 4.0)
        unplugged = datetime.now(UTC)
        await house.plant.ask("unplug", charger="garage")
        await all_ended(site)
        (session,) = await site.sessions()
        truth = await house.plant.ask("truth")
        plug, unplug = truth["plugs"]
        assert session["energy_kwh"] * 1000 == pytest.approx(unplug["register_wh"] // 1 - plug["register_wh"] // 1)
        assert session["energy_kwh"] > 0
        assert abs((datetime.fromisoformat(session["end"]) - unplugged).total_seconds()) < 5
        cost = sum((Decimal(str(one["energy_kwh"])) * Decimal(one["price"]) for one in session["periods"]), Decimal(0))
        assert Decimal(session["cost_exact"]) == cost > 0
        assert session["currency"] == "EUR"
        assert await issues(client) == []

        await house.hass.stop()
        assert house.hass.exit_status == 0
    assert errors_of_ours(house.hass.log) == []
