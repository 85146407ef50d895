"""Commands over real sockets: simulated stations of all three versions, with the manners of real ones."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, override

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure
from custom_components.ev_sessions.chargers.ocpp import control, proving
from custom_components.ev_sessions.chargers.ocpp.actions import StationActions
from custom_components.ev_sessions.chargers.ocpp.asked import Firmware, Reservation, ResetKind, Trigger
from custom_components.ev_sessions.chargers.ocpp.command import async_send
from custom_components.ev_sessions.chargers.ocpp.control import OcppChargerControl
from custom_components.ev_sessions.chargers.ocpp.remembered import Remembered
from custom_components.ev_sessions.chargers.ocpp.rpc import RefusedError
from custom_components.ev_sessions.chargers.ocpp.station import Station
from custom_components.ev_sessions.chargers.ocpp.uploads import UPLOADS, UploadDesk, UploadView
from custom_components.ev_sessions.chargers.ocpp.v2.commands import get_profiles, transaction_status
from custom_components.ev_sessions.chargers.ocpp.wish import EvseBounds
from custom_components.ev_sessions.chargers.ocpp.words import words_of
from custom_components.ev_sessions.core.balancing.evse.phase_guard import PhaseGuard
from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.station.capabilities import Capabilities
from custom_components.ev_sessions.core.station.control_memory import ControlMemory
from custom_components.ev_sessions.core.station.dead_mans_switch import Proof
from simulator.ocpp.behaviour import Behaviour
from simulator.ocpp.connector import State
from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station as Simulated
from simulator.ocpp.versions import DIALECTS

from .rig import OPEN, NotingHouse, Wire, central_system, until

ALL = pytest.mark.parametrize("version", list(DIALECTS))
#: What takes seconds, and is the same in both versions of 2.x.
TWO = pytest.mark.parametrize("version", ["1.6", "2.0.1"])
CARD = IdToken(value="TAG1", type="ISO14443")


class Host(NotingHouse):
    """Lets everybody charge, in all versions."""

    @override
    def _answer(self, station: Station, action: str) -> dict[str, Any]:
        match action:
            case "BootNotification":
                answer = super()._answer(station, action)
                station.changed()
                return answer
            case "Authorize" if station.version is not None and station.version.is_2:
                return {"idTokenInfo": {"status": "Accepted"}}
            case "TransactionEvent":
                return {"idTokenInfo": {"status": "Accepted"}}
            case "ReportChargingProfiles":
                return {}
            case _ if action.endswith("Notification"):
                return {}
        return super()._answer(station, action)


class Rig:
    """A simulated station, what we know of it, and what commands it."""

    def __init__(self, hass: HomeAssistant, wire: Wire, simulated: Simulated, *, hold_s: int) -> None:
        self.wire = wire
        self.simulated = simulated
        self.station = wire.central.station("CP1")
        self.bounds = EvseBounds(
            evse=1,
            min_a=6.0,
            max_a=16.0,
            watts_per_a=690.0,
            one_phase_watts_per_a=230.0,
        )
        self.can = Capabilities()
        self.control = OcppChargerControl(
            hass,
            self.station,
            self.bounds,
            name="Garage",
            capabilities=lambda: self.can,
            fallback_a=lambda: 6.0,
            station_now=lambda: (
                datetime.now(UTC) + timedelta(seconds=self.simulated.behaviour.clock_offset_s)  # as it would be learned
            ),
            remembered=Remembered(ControlMemory(hold_s=hold_s), lambda _: None),
        )
        self.actions = StationActions(
            self.station,
            evse=1,
            transaction_id=lambda: self.transaction_id,
            first_profile=self.control.first_profile,
        )

    @property
    def transaction_id(self) -> str | None:
        running = self.simulated.connectors[1].transaction
        return None if running is None else running.id

    @property
    def drawn_a(self) -> float:
        return self.simulated.connectors[1].outlet.currents_a[0]

    @property
    def state(self) -> State:
        return self.simulated.state(self.simulated.connectors[1])

    async def charge(self) -> None:
        """Let a car come and charge with all that it can have."""
        self.simulated.plug_in()
        assert await self.simulated.present("TAG1")
        await until(lambda: self.transaction_id is not None and self.drawn_a == 16.0)
        self.see()

    @property
    def currents_a(self) -> tuple[float, ...]:
        return self.simulated.connectors[1].outlet.currents_a

    def watch_lowest(self) -> Callable[[], float]:
        """Return what tells the least that the car was offered since."""
        outlet, offers = self.simulated.connectors[1].outlet, list[float]()
        offer = outlet.offer

        def noted(current_a: float, lines: int) -> None:
            offers.append(current_a)
            offer(current_a, lines)

        outlet.offer = noted  # type: ignore[method-assign]  # looked at, and done all the same
        return lambda: min(offers)

    def see(self, activity: Activity | None = None) -> None:
        if activity is None:
            activity = Activity.CHARGING if self.drawn_a else Activity.SUSPENDED_EVSE
        reading = EvseReading(at=datetime.now(UTC), activity=activity, currents_a=(self.drawn_a,) * 3)
        self.control.async_observe(reading, transaction_id=self.transaction_id, token=CARD)


@pytest.fixture
async def wire(hass: HomeAssistant, socket_enabled: None) -> AsyncGenerator[Wire]:
    async with central_system(hass) as wire:
        wire.house.__class__ = Host
        wire.house.known["CP1"] = OPEN
        yield wire


@asynccontextmanager
async def live(
    hass: HomeAssistant, wire: Wire, version: str, *, hold_s: int = 600, **switched: Any
) -> AsyncGenerator[Rig]:
    simulated = Simulated(
        wire.url,
        "CP1",
        DIALECTS[version],
        behaviour=Behaviour(reconnect_s=0.05, **switched),
        outlets=[HandOutlet(register_wh=1000.0)],
    )
    async with simulated.running(accepted_s=5.0):
        rig = Rig(hass, wire, simulated, hold_s=hold_s)
        rig.control.async_start()
        try:
            yield rig
        finally:
            rig.control.async_stop()


# S1–S5: the limit


@TWO
async def test_s1_s5_car_follows_the_limit_and_falls_back_when_nobody_renews_it(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version, hold_s=2, clock_offset_s=-7200.0) as rig:
        await rig.charge()
        await rig.control.async_set_limit_a(10)
        await until(lambda: rig.drawn_a == 10.0)
        await asyncio.sleep(2.5)  # it is renewed
        assert rig.drawn_a == 10.0
        await rig.control.async_pause()
        await until(lambda: rig.drawn_a == 0.0)
        assert rig.state is State.SUSPENDED_EVSE
        await rig.control.async_resume()
        await until(lambda: rig.drawn_a == 10.0)
        rig.control.async_stop()  # we are gone
        await until(lambda: rig.drawn_a == 6.0)


@TWO
@pytest.mark.parametrize(
    "switched",
    [
        {"profile_units": frozenset({"W"})},
        {"profile_purposes": frozenset({"TxDefaultProfile"})},
        {"profile_purposes": frozenset({"ChargePointMaxProfile", "ChargingStationMaxProfile"})},
        {"max_stack_level": 0},
        {"crashes_on": frozenset({"SetChargingProfile"}), "stops_on_unplug": True},
    ],
    ids=["watts only", "default only", "station only", "level 0 only", "falls over"],
)
async def test_s4_limit_takes_hold_in_the_way_that_the_station_takes(
    hass: HomeAssistant, wire: Wire, version: str, switched: dict[str, Any]
) -> None:
    async with live(hass, wire, version, **switched) as rig:
        await rig.charge()
        if "crashes_on" in switched:
            # No profile is taken by it: in the end its transaction is stopped.
            async with asyncio.timeout(80):
                while rig.transaction_id is not None:
                    await until(lambda: rig.station.connected)
                    try:
                        await rig.control.async_set_limit_a(8)
                    except ControlError:
                        await asyncio.sleep(0.2)
            assert rig.drawn_a == 0.0
            return
        rig.can = Capabilities(stack_level=3)
        await rig.control.async_set_limit_a(8)
        await until(lambda: abs(rig.drawn_a - 8.0) < 0.01)


@TWO
async def test_s5_limit_is_set_again_after_the_station_has_booted(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        await rig.charge()
        await rig.control.async_set_limit_a(8)
        rig.simulated.profiles.clear(profile_id=None, connector=None, purpose=None, stack_level=None)
        await until(lambda: rig.drawn_a == 16.0)
        await rig.simulated.reboot()
        await until(lambda: rig.drawn_a == 8.0, within_s=20.0)


# S5: the proof of its fallback, by the station itself


@pytest.fixture
def quick_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a proof take seconds instead of minutes."""
    monkeypatch.setattr(control, "PROOF_HOLD_S", 2)
    monkeypatch.setattr(control, "PROOF_GRACE_S", 0.3)
    monkeypatch.setattr(proving, "_STEADY_S", 0.1)
    monkeypatch.setattr(proving.Proving, "DUE_S", 2.6)


async def proved(rig: Rig) -> Proof:
    """Show the control what the EVSE does, as its samples do, until it knows of its fallback."""
    async with asyncio.timeout(60):
        while rig.control.proof is Proof.NONE:
            rig.see()
            await asyncio.sleep(0.05)
    return rig.control.proof


@TWO
@pytest.mark.usefixtures("quick_proof")
async def test_s5_fallback_is_proved_by_a_car_that_comes_down_by_itself(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        await rig.charge()
        await rig.control.async_set_limit_a(12)
        await until(lambda: rig.drawn_a == 12.0)
        assert not rig.control.falls_back_by_itself
        lowest_a = rig.watch_lowest()
        assert await proved(rig) is Proof.MEASURED
        assert lowest_a() == 6.0, "nobody told it to come down"
        assert rig.control.falls_back_by_itself
        await until(lambda: rig.drawn_a == 12.0)  # and it goes on with what it may have


@TWO
@pytest.mark.usefixtures("quick_proof")
async def test_s5_without_a_car_the_station_s_word_proves_its_fallback(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        rig.see(Activity.AVAILABLE)
        await rig.control.async_set_limit_a(12)
        async with asyncio.timeout(60):
            while rig.control.proof is Proof.NONE:
                rig.see(Activity.AVAILABLE)
                await asyncio.sleep(0.05)
        assert rig.control.proof is Proof.SCHEDULED
        assert rig.control.falls_back_by_itself


@TWO
@pytest.mark.usefixtures("quick_proof")
async def test_s5_station_that_keeps_the_first_period_for_ever_fails_the_proof(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version, keeps_first_period=True) as rig:
        await rig.charge()
        await rig.control.async_set_limit_a(12)
        await until(lambda: rig.drawn_a == 12.0)
        assert await proved(rig) is Proof.FAILED
        assert not rig.control.falls_back_by_itself


# S3: on one phase, and back


@TWO
async def test_s3_car_charges_on_one_phase_and_on_three_again(
    hass: HomeAssistant, wire: Wire, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with live(hass, wire, version, phase_switching=True) as rig:
        rig.can = Capabilities(phase_switch=True)
        await rig.charge()
        await rig.control.async_set_limit_a(10)
        await rig.control.async_set_phases(1)
        await until(lambda: rig.currents_a == (10.0, 0.0, 0.0))
        with pytest.raises(ControlError) as told:
            await rig.control.async_set_phases(3)
        assert told.value.failure is ControlFailure.TOO_SOON
        monkeypatch.setattr(PhaseGuard, "wait_s", lambda _self, _now_s: 0.0)
        await rig.control.async_set_phases(3)
        await until(lambda: rig.currents_a == (10.0, 10.0, 10.0))
        assert rig.control.phases == 3


# F1–F3: start, stop, and the rest


@ALL
async def test_f1_f2_charge_is_begun_and_ended_from_here(hass: HomeAssistant, wire: Wire, version: str) -> None:
    async with live(hass, wire, version) as rig:
        rig.simulated.plug_in()
        await rig.actions.async_start_charge()
        await until(lambda: rig.drawn_a == 16.0 and rig.transaction_id is not None)
        running = rig.simulated.connectors[1].transaction
        assert running is not None
        assert running.token == "HomeAssistant"
        assert version == "1.6" or running.remote_start_id is not None
        await rig.actions.async_stop_charge()
        await until(lambda: rig.transaction_id is None)
        assert rig.drawn_a == 0.0


@ALL
async def test_f1_059_k37_charge_that_is_begun_from_here_never_takes_more_than_its_limit(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        rig.can = Capabilities(stack_level=3)
        await rig.control.async_set_limit_a(8)
        # What was set for any transaction is gone: only what comes with the start can hold this one.
        rig.simulated.profiles.clear(profile_id=None, connector=None, purpose=None, stack_level=None)
        rig.simulated.plug_in()
        await rig.actions.async_start_charge()
        await until(lambda: rig.transaction_id is not None and rig.drawn_a > 0)
        assert rig.drawn_a == 8.0
        (profile,) = rig.simulated.profiles
        assert (profile.purpose, profile.stack_level) == ("TxProfile", 3)
        assert "transactionId" not in profile.raw or version != "1.6"


@ALL
async def test_f1_start_before_the_cable_waits_for_the_car(hass: HomeAssistant, wire: Wire, version: str) -> None:
    async with live(hass, wire, version) as rig:
        await rig.actions.async_start_charge()
        await asyncio.sleep(0.1)
        rig.simulated.plug_in()
        await until(lambda: rig.drawn_a == 16.0)


@ALL
async def test_f1_f2_no_is_heard(hass: HomeAssistant, wire: Wire, version: str) -> None:
    async with live(hass, wire, version, remote_start="Rejected", unlocks="UnlockFailed") as rig:
        with pytest.raises(ControlError, match="Rejected"):
            await rig.actions.async_start_charge()
        with pytest.raises(ControlError, match="UnlockFailed"):
            await rig.actions.async_unlock()


@ALL
@pytest.mark.parametrize("kind", ResetKind)
async def test_f2_station_starts_anew_with_a_car_charging(
    hass: HomeAssistant, wire: Wire, version: str, kind: ResetKind
) -> None:
    async with live(hass, wire, version) as rig:
        await rig.charge()
        boots = [action for _, action, _ in wire.house.heard].count("BootNotification")
        await rig.actions.async_reset(kind)
        if kind is ResetKind.WHEN_IDLE and version != "1.6":
            assert rig.drawn_a == 16.0  # Scheduled: the car may go on first
        else:
            await until(lambda: [action for _, action, _ in wire.house.heard].count("BootNotification") > boots)


@ALL
async def test_f3_out_of_service_comes_after_the_transaction(hass: HomeAssistant, wire: Wire, version: str) -> None:
    async with live(hass, wire, version) as rig:
        await rig.charge()
        await rig.actions.async_set_in_service(in_service=False)
        assert rig.drawn_a == 16.0
        rig.simulated.unplug()
        await until(lambda: rig.state is State.UNAVAILABLE)
        await rig.actions.async_set_in_service(in_service=True)
        await until(lambda: rig.state is State.AVAILABLE)


@ALL
async def test_f3_station_tells_what_it_is_asked_for(hass: HomeAssistant, wire: Wire, version: str) -> None:
    async with live(hass, wire, version, custom_operation_on_trigger=True) as rig:
        words = words_of(rig.station.version)
        wire.house.heard.clear()
        for message in (Trigger.HEARTBEAT, Trigger.STATUS, Trigger.METER_VALUES):
            assert (await async_send(rig.station, words.trigger(message, evse=1))).accepted
        wanted = {"Heartbeat", "StatusNotification", "MeterValues"}
        await until(lambda: wanted <= {action for _, action, _ in wire.house.heard})
        assert rig.station.connected


# V1: a place that is kept


@ALL
async def test_v1_place_is_kept_for_a_card_though_the_station_asks_first(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version, reserves_after_authorize=True) as rig:
        words = words_of(rig.station.version)
        until_then = datetime.now(UTC) + timedelta(hours=1)
        kept = Reservation(id=5, token=CARD, expires_at=until_then, evse=1)
        assert (await async_send(rig.station, words.reserve(kept), timeout_s=5)).accepted
        await until(lambda: rig.state is State.RESERVED)
        assert (await async_send(rig.station, words.cancel_reservation(5))).accepted
        assert (await async_send(rig.station, words.cancel_reservation(5))).status == "Rejected"
        rig.simulated.plug_in()
        assert await rig.simulated.present("TAG1")
        await until(lambda: rig.transaction_id is not None)
        assert (await async_send(rig.station, words.reserve(kept))).status == "Occupied"


# D1: its log


@ALL
async def test_d1_station_sends_its_log_to_the_address_that_it_was_given(
    hass: HomeAssistant,
    wire: Wire,
    version: str,
    tmp_path: Path,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "http", {})
    hass.data[UPLOADS] = desk = UploadDesk(hass, tmp_path)
    hass.http.register_view(UploadView())
    client = await hass_client_no_auth()
    async with live(hass, wire, version) as rig:
        await rig.actions.async_upload_log(str(client.make_url(desk.async_expect("CP1"))))
        await until(lambda: any(tmp_path.iterdir()))
        assert (await client.put("/api/ev_sessions/upload/else", data=b"x")).status == HTTPStatus.NOT_FOUND


@TWO
async def test_d1_firmware_is_fetched_and_installed_and_its_states_are_told(
    hass: HomeAssistant, wire: Wire, version: str
) -> None:
    async with live(hass, wire, version) as rig:
        firmware = Firmware(location="http://127.0.0.1/fw.bin", retrieve_at=datetime.now(UTC), request_id=9)
        assert (await async_send(rig.station, words_of(rig.station.version).update_firmware(firmware))).accepted
        told: list[str] = []

        def installed() -> bool:
            told[:] = [one["status"] for _, action, one in wire.house.heard if action == "FirmwareStatusNotification"]
            return "Installed" in told

        await until(installed)
        assert told == ["Downloading", "Downloaded", "Installing", "Installed"]


async def test_t6_station_tells_whether_a_transaction_goes_on(hass: HomeAssistant, wire: Wire) -> None:
    async with live(hass, wire, "2.0.1") as rig:
        await rig.charge()
        answer = await async_send(rig.station, transaction_status(rig.transaction_id))
        assert answer.payload["ongoingIndicator"] is True
        assert "messagesInQueue" in (await async_send(rig.station, transaction_status())).payload


async def test_s6_profiles_that_a_station_has_are_reported(hass: HomeAssistant, wire: Wire) -> None:
    async with live(hass, wire, "2.0.1") as rig:
        await rig.control.async_set_limit_a(10)
        assert (await async_send(rig.station, get_profiles(7))).accepted
        await until(lambda: any(action == "ReportChargingProfiles" for _, action, _ in wire.house.heard))
        (report,) = [one for _, action, one in wire.house.heard if action == "ReportChargingProfiles"]
        assert [one["chargingProfilePurpose"] for one in report["chargingProfile"]] == ["TxDefaultProfile"]


async def test_call_that_is_not_known_is_answered_with_an_error(hass: HomeAssistant, wire: Wire) -> None:
    async with live(hass, wire, "1.6", clears_cache=False) as rig:
        assert await rig.actions.async_call("ClearCache", {}) == {"response": {"status": "Rejected"}}
        answer = await rig.actions.async_call("CertificateSigned", {"certificateChain": "x"})
        assert answer["error"]["code"] in {"NotSupported", "NotImplemented"}
        with pytest.raises(RefusedError):
            await rig.station.async_call("CertificateSigned", {"certificateChain": "x"})
