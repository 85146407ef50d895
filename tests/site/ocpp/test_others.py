"""A station tells that somebody else limits it: that is shown, counted, and forgotten when it is over."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_sessions.chargers.ocpp.rpc import NotConnectedError
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.const import DOMAIN
from custom_components.ev_sessions.core.balancing.load import EvseLimit
from custom_components.ev_sessions.core.balancing.reasons import Reason, ReasonKey
from custom_components.ev_sessions.core.station.others_limits import Cap
from custom_components.ev_sessions.site.evse.load import explained_by
from custom_components.ev_sessions.site.ocpp.station.others import LimitsOfOthers
from simulator.ocpp.station import Station
from tests.chargers.ocpp.rig import until

from .test_control import act, drawn_a, entity
from .test_sessions import Hands, hands, simulated, started, station_service

__all__ = ["hands"]
pytestmark = pytest.mark.usefixtures("socket_enabled")


def allowing(*periods: tuple[int, float], unit: str = "A", **fields: Any) -> dict[str, Any]:
    told = [{"startPeriod": start_s, "limit": limit} for start_s, limit in periods]
    return {"id": 1, "chargingRateUnit": unit, "chargingSchedulePeriod": told, **fields}


async def notify(station: Station, source: str, *schedules: dict[str, Any], **fields: Any) -> None:
    payload = {"chargingLimit": {"chargingLimitSource": source, "isGridCritical": True}, **fields}
    await station.line.call("NotifyChargingLimit", payload | ({"chargingSchedule": [*schedules]} if schedules else {}))


async def test_s6_k48_limit_of_an_energy_manager_is_shown_counted_and_over_when_it_says_so(
    hass: HomeAssistant, hands: Hands, tmp_path: Path
) -> None:
    async with started(hass, tmp_path, controllable=True) as (entry, port):
        station = simulated(port, "2.0.1")
        station.automatic = True
        async with station.running(accepted_s=5):
            shown = entity(hass, entry, "sensor", "limit_of_others")
            await until(lambda: station_service(entry).keeping.known is not None)
            await act(hass, "number", "set_value", entity(hass, entry, "number", "max_current"), value=12)
            station.plug_in()
            await act(hass, DOMAIN, "start_charging", entity(hass, entry, "switch", "charging_allowed"))
            await until(lambda: drawn_a(station) == 12.0)
            assert hass.states.get(shown).state == "unknown"  # type: ignore[union-attr]
            await notify(station, "EMS", allowing((0, 8.0)), evseId=1)
            await until(lambda: drawn_a(station) == 8.0 and hass.states.get(shown).state != "unknown")  # type: ignore[union-attr]
            state = hass.states.get(shown)
            assert state is not None
            assert (state.state, state.attributes["source"], state.attributes["grid_critical"]) == ("8.0", "EMS", True)
            await station.line.call("ClearedChargingLimit", {"chargingLimitSource": "EMS", "evseId": 1})
            await until(lambda: drawn_a(station) == 12.0)
            assert hass.states.get(shown).state == "unknown"  # type: ignore[union-attr]


def allowed_together(hass: HomeAssistant, entry: MockConfigEntry) -> float:
    """Return what both EVSEs are allowed."""
    states = [hass.states.get(entity(hass, entry, "sensor", "allowed_current", evse)) for evse in (1, 2)]
    return sum(float(state.state) for state in states if state is not None and state.state != "unknown")


@pytest.mark.parametrize("unit", ["A", "W"])
async def test_s6_limit_of_a_whole_station_is_shared_by_its_evses_and_not_given_to_each(
    hass: HomeAssistant, hands: Hands, tmp_path: Path, unit: str
) -> None:
    async with started(hass, tmp_path, controllable=True, evses=2, free=True) as (entry, port):
        station = simulated(port, "2.0.1", evses=2)
        station.automatic = True
        async with station.running(accepted_s=5):
            await until(lambda: station_service(entry).keeping.known is not None)
            for evse in (1, 2):
                station.plug_in(evse)
                await act(hass, DOMAIN, "start_charging", entity(hass, entry, "switch", "charging_allowed", evse))
            await until(lambda: both_a(station) > 13.0)
            height = 13.0 if unit == "A" else 13.0 * 690
            await notify(station, "EMS", allowing((0, height), unit=unit))
            await until(lambda: 12.0 <= both_a(station) <= 13.0)
            assert allowed_together(hass, entry) <= 13.0


def both_a(station: Station) -> float:
    return sum(place.outlet.currents_a[0] for place in station.connectors.values())


class Asked:
    """A station that is asked what others allow it."""

    identity = "CP1"

    def __init__(self, answer: dict[str, Any] | None) -> None:
        self.version = Version.V201
        self.answer = answer
        self.requests: list[int] = []
        self.meanwhile: Callable[[], None] = lambda: None

    async def async_call(self, _action: str, payload: dict[str, Any], **_: Any) -> dict[str, Any]:
        self.requests.append(payload["requestId"])
        self.meanwhile()
        if self.answer is None:
            raise NotConnectedError("gone")
        return self.answer


class Known:
    """What is known of the limits of others at that station."""

    def __init__(self, hass: HomeAssistant, hands: Hands, answer: dict[str, Any] | None, kept: object = None) -> None:
        self.hass = hass
        self.asked = Asked(answer)
        self.kept: object = kept
        self.changes = 0
        self.limits = LimitsOfOthers(
            hass,
            self.asked,  # type: ignore[arg-type]
            kept=kept,
            keep=self._keep,
            station_now=lambda: hands().utc,
            changed=self._changed,
        )

    def _keep(self, text: str) -> None:
        self.kept = text

    def _changed(self) -> None:
        self.changes += 1

    @property
    def cap_a(self) -> float | None:
        cap = self.limits.cap(1, lambda: 690.0)
        return None if cap is None else cap.limit_a

    def tell(self, action: str, **payload: Any) -> None:
        self.limits.listeners[action](payload)

    async def ask(self) -> None:
        """Come, and be asked."""
        self.limits.async_connected()
        self.limits.async_ask()
        await self.hass.async_block_till_done(wait_background_tasks=True)


def profile(limit: float, purpose: str = "ChargingStationExternalConstraints") -> dict[str, Any]:
    return {"chargingProfilePurpose": purpose, "chargingSchedule": [allowing((0, limit))]}


async def test_s6_k29_pages_of_a_report_replace_what_was_known(hass: HomeAssistant, hands: Hands) -> None:
    known = Known(hass, hands, {"status": "Accepted"})
    known.tell(
        "NotifyChargingLimit", chargingLimit={"chargingLimitSource": "SO"}, chargingSchedule=[allowing((0, 6.0))]
    )
    assert known.cap_a == 6.0
    await known.ask()
    page = {"requestId": known.asked.requests[-1], "chargingLimitSource": "EMS", "evseId": 1}
    known.tell("ReportChargingProfiles", **page, tbc=True, chargingProfile=[profile(11.0)])
    assert known.cap_a == 6.0
    known.tell("ReportChargingProfiles", **page, chargingProfile=[profile(10.0), profile(7.0, "TxProfile")])
    assert known.cap_a == 10.0
    known.tell("ReportChargingProfiles", **page | {"requestId": -5}, chargingProfile=[profile(3.0)])
    assert known.cap_a == 10.0
    assert Known(hass, hands, None, known.kept).cap_a == 10.0


async def test_s6_station_without_such_profiles_is_limited_by_nobody(hass: HomeAssistant, hands: Hands) -> None:
    known = Known(hass, hands, {"status": "NoProfiles"})
    known.tell(
        "NotifyChargingLimit", chargingLimit={"chargingLimitSource": "SO"}, chargingSchedule=[allowing((0, 6.0))]
    )
    await known.ask()
    assert known.cap_a is None


async def test_s6_what_is_told_while_a_station_is_asked_is_newer_than_its_answer(
    hass: HomeAssistant, hands: Hands
) -> None:
    known = Known(hass, hands, {"status": "NoProfiles"})
    known.limits.async_ask()
    known.asked.meanwhile = lambda: known.tell(
        "NotifyChargingLimit", chargingLimit={"chargingLimitSource": "SO"}, chargingSchedule=[allowing((0, 6.0))]
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert known.cap_a == 6.0


async def test_s6_station_that_does_not_answer_keeps_what_it_told(hass: HomeAssistant, hands: Hands) -> None:
    known = Known(hass, hands, None)
    known.tell(
        "NotifyChargingLimit",
        chargingLimit={"chargingLimitSource": "SO"},
        chargingSchedule=[allowing((0, 6900.0), unit="W")],
    )
    await known.ask()
    assert known.cap_a == 10.0


async def test_s6_k49_limit_without_a_height_is_asked_for(hass: HomeAssistant, hands: Hands) -> None:
    known = Known(hass, hands, {"status": "Accepted"})
    known.tell(
        "NotifyChargingLimit", chargingLimit={"chargingLimitSource": "EMS"}, chargingSchedule=[allowing((0, 12.0))]
    )
    known.tell("NotifyChargingLimit", chargingLimit={"chargingLimitSource": "Other"})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert known.cap_a == 12.0
    page = {"requestId": known.asked.requests[-1], "chargingLimitSource": "Other", "evseId": 0}
    known.tell("ReportChargingProfiles", **page, chargingProfile=[profile(7.0)])
    assert known.cap_a == 7.0
    known.tell("ClearedChargingLimit", chargingLimitSource="Other")
    assert known.cap_a == 12.0


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"chargingLimit": {"chargingLimitSource": "CSO"}, "chargingSchedule": [allowing((0, 6.0))]},
        {"chargingLimit": {"chargingLimitSource": "EMS"}, "chargingSchedule": [{"chargingSchedulePeriod": 7}]},
        {
            "chargingLimit": {"chargingLimitSource": "EMS"},
            "chargingSchedule": [{"chargingSchedulePeriod": [{"startPeriod": 0, "limit": "x"}, {"limit": 3}]}],
        },
    ],
)
async def test_s6_what_is_ours_or_no_limit_caps_nothing(
    hass: HomeAssistant, hands: Hands, payload: dict[str, Any]
) -> None:
    known = Known(hass, hands, None, "no json")
    known.tell("NotifyChargingLimit", **payload)
    known.tell("ClearedChargingLimit", chargingLimitSource="CSO")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert known.cap_a is None


def test_who_is_held_by_others_is_told_so_and_not_that_he_wished_it() -> None:
    mine = EvseLimit(evse_id="1", limit_a=8.0, reason=Reason(key=ReasonKey.OWNER_LIMIT))
    told = explained_by(Cap(limit_a=8.0, source="SO"), mine, 16.0).reason
    assert (told.key, told.placeholders) == (ReasonKey.LIMITED_BY_OTHERS, {"source": "SO", "limit_a": "8"})
    assert explained_by(Cap(limit_a=16.0, source="SO"), mine, 8.0) is mine
    assert explained_by(None, mine, 16.0) is mine
    full = EvseLimit(evse_id="1", limit_a=8.0, reason=Reason(key=ReasonKey.LINE_FULL))
    assert explained_by(Cap(limit_a=9.0, source="SO"), full, 16.0) is full
