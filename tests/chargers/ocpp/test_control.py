"""A limit at a station: how it is set, kept up, set again, tried in other ways, and left at the fallback."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.ev_sessions.chargers.control import ControlError, ControlFailure, Outcome
from custom_components.ev_sessions.chargers.ocpp.control import OcppChargerControl
from custom_components.ev_sessions.chargers.ocpp.remembered import Remembered
from custom_components.ev_sessions.chargers.ocpp.rpc import NotConnectedError, RefusedError, TimedOutError
from custom_components.ev_sessions.chargers.ocpp.station import BootInfo
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.chargers.ocpp.wish import EvseBounds
from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.reading import Activity, EvseReading
from custom_components.ev_sessions.core.station.capabilities import Capabilities, ProfilePurpose, RateUnit, VendorLimit
from custom_components.ev_sessions.core.station.control_memory import ControlMemory
from custom_components.ev_sessions.core.station.dead_mans_switch import Proof

from .scripted import ScriptedStation

BOUNDS = EvseBounds(evse=1, min_a=6.0, max_a=16.0, watts_per_a=690.0, one_phase_watts_per_a=230.0)
CARD = IdToken(value="04A1B2C3")
REJECTED = {"status": "Rejected"}
BOTH = pytest.mark.parametrize("version", [Version.V16, Version.V201])


def booted(firmware: str | None) -> BootInfo:
    return BootInfo(vendor="Vendor", model="Model", firmware=firmware, at=datetime.now(UTC))


class Box:
    """A station, the control of its EVSE 1, and the car before it."""

    def __init__(
        self,
        hass: HomeAssistant,
        freezer: FrozenDateTimeFactory,
        *,
        version: Version = Version.V16,
        can: Capabilities | None = None,
        memory: ControlMemory | None = None,
        phases: int | None = None,
    ) -> None:
        self.hass = hass
        self.freezer = freezer
        self.station = ScriptedStation(version=version)
        self.can = can or Capabilities()
        self.fallback_a = 6.0
        self.behind_s = 0.0
        self.kept: list[ControlMemory] = []
        self.remembered = Remembered(memory or ControlMemory(), self.kept.append)
        self.control = OcppChargerControl(
            hass,
            self.station,
            BOUNDS,
            name="Garage",
            capabilities=lambda: self.can,
            fallback_a=lambda: self.fallback_a,
            station_now=lambda: datetime.now(UTC) - timedelta(seconds=self.behind_s),
            remembered=self.remembered,
            phases=phases,
        )
        self.control.async_start()

    def see(
        self,
        drawn_a: float | None = None,
        *,
        transaction: str | None = None,
        activity: Activity | None = Activity.CHARGING,
    ) -> None:
        currents = None if drawn_a is None else (drawn_a,) * 3
        reading = EvseReading(at=datetime.now(UTC), activity=activity, currents_a=currents)
        self.control.async_observe(reading, transaction_id=transaction, token=CARD)

    async def later(self, seconds: float) -> None:
        self.freezer.tick(seconds)
        async_fire_time_changed(self.hass)
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def settle(self) -> None:
        await self.hass.async_block_till_done(wait_background_tasks=True)

    @property
    def profiles(self) -> list[tuple[str, list[float]]]:
        """Return purpose and limits of each profile that was sent."""
        found = []
        for payload in self.station.of("SetChargingProfile"):
            profile = payload["csChargingProfiles" if "csChargingProfiles" in payload else "chargingProfile"]
            schedule = profile["chargingSchedule"]
            schedule = schedule[0] if isinstance(schedule, list) else schedule
            limits = [period["limit"] for period in schedule["chargingSchedulePeriod"]]
            found.append((profile["chargingProfilePurpose"], limits))
        return found


type MakeBox = Callable[..., Box]


@pytest.fixture
async def make_box(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Any:
    boxes: list[Box] = []

    def make(**options: Any) -> Box:
        boxes.append(Box(hass, freezer, **options))
        return boxes[-1]

    yield make
    for box in boxes:
        box.control.async_stop()


# S1: one profile of two periods


async def test_f1_transaction_that_we_begin_is_limited_from_its_first_moment_on(make_box: MakeBox) -> None:
    box = make_box()
    assert box.control.first_profile() is None, "nothing was asked for yet"
    await box.control.async_set_limit_a(10)
    first = box.control.first_profile()
    assert first is not None
    assert first.transaction_id is None
    assert [period.limit for period in first.periods] == [10.0, 6.0]
    await box.control.async_pause()
    paused = box.control.first_profile()
    assert paused is not None
    assert paused.limit_at(datetime.now(UTC)) == 0.0


async def test_f1_station_that_takes_no_profile_of_a_transaction_gets_none_with_a_start(make_box: MakeBox) -> None:
    box = make_box(can=Capabilities(purposes=(ProfilePurpose.TX_DEFAULT,)))
    await box.control.async_set_limit_a(10)
    assert box.control.first_profile() is None


@BOTH
async def test_s1_limit_is_a_profile_that_ends_in_the_fallback(make_box: MakeBox, version: Version) -> None:
    box = make_box(version=version)
    assert await box.control.async_set_limit_a(10) is Outcome.DONE
    assert box.profiles == [("TxDefaultProfile", [10.0, 6.0])]
    box.see(transaction="4711")
    await box.later(2)
    assert box.profiles[1] == ("TxProfile", [10.0, 6.0])
    box.see(transaction=None, activity=Activity.FINISHING)
    await box.later(2)
    assert box.profiles[2] == ("TxDefaultProfile", [10.0, 6.0])


async def test_s1_limit_is_renewed_at_half_time_for_as_long_as_there_is_a_car(make_box: MakeBox) -> None:
    box = make_box()
    box.see(transaction="4711")
    await box.control.async_set_limit_a(10)
    await box.later(299)
    assert len(box.profiles) == 1
    await box.later(2)
    await box.later(301)
    assert box.profiles == [("TxProfile", [10.0, 6.0])] * 3
    await box.control.async_set_limit_a(6)  # the fallback itself: it lasts
    await box.later(301)
    assert box.profiles[3:] == [("TxProfile", [6.0])]


async def test_s1_owner_says_how_long_a_limit_holds_without_us_and_that_is_kept(make_box: MakeBox) -> None:
    box = make_box()
    box.see(transaction="4711")
    await box.control.async_set_limit_a(10)
    await box.control.async_set_hold(120)
    (sent, then) = box.station.of("SetChargingProfile")
    ends = [
        one["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"][1]["startPeriod"]
        for one in (sent, then)
    ]
    assert ends == [660, 180]
    assert (box.control.hold_s, box.kept[-1].hold_s) == (120, 120)
    await box.later(61)
    assert len(box.profiles) == 3


async def test_s1_nothing_is_renewed_without_a_car_until_one_comes(make_box: MakeBox) -> None:
    box = make_box()
    box.see(activity=Activity.AVAILABLE)
    await box.control.async_set_limit_a(7)
    await box.later(301)
    assert len(box.profiles) == 1
    box.see(activity=Activity.PREPARING)
    await box.later(2)
    assert len(box.profiles) == 2


# S3: a pause


@BOTH
async def test_s3_pause_is_a_limit_of_nothing_and_resume_brings_the_limit_back(
    make_box: MakeBox, version: Version
) -> None:
    box = make_box(version=version)
    box.fallback_a = 0.0
    box.see(transaction="4711")
    await box.control.async_set_limit_a(10)
    await box.control.async_pause()
    await box.control.async_set_limit_a(12)
    await box.control.async_resume()
    assert [limits for _, limits in box.profiles] == [[10.0, 0.0], [0.0], [12.0, 0.0]]


async def test_s3_watts_where_the_station_takes_power_only(make_box: MakeBox) -> None:
    box = make_box(can=Capabilities(rate_units=(RateUnit.WATT,)))
    await box.control.async_set_limit_a(10)
    assert box.profiles == [("TxDefaultProfile", [6900.0, 4140.0])]


# S4: the ladder


def takes_only(purpose: str, unit: str = "A") -> Callable[[dict[str, Any]], dict[str, Any]]:
    def answer(payload: dict[str, Any]) -> dict[str, Any]:
        profile = payload["csChargingProfiles"]
        fits = profile["chargingProfilePurpose"] == purpose and profile["chargingSchedule"]["chargingRateUnit"] == unit
        return {"status": "Accepted" if fits else "Rejected"}

    return answer


async def test_s4_refused_way_is_left_for_the_next_and_that_is_remembered(make_box: MakeBox) -> None:
    box = make_box()
    box.station.answers["SetChargingProfile"] = takes_only("TxDefaultProfile")
    box.see(transaction="4711")
    await box.control.async_set_limit_a(10)
    # Once says nothing: the transaction may have ended just then.
    await box.control.async_set_limit_a(11)
    assert [purpose for purpose, _ in box.profiles] == ["TxProfile", "TxDefaultProfile"] * 2
    assert box.kept[-1].rung == "tx_default_profile/A/0"
    await box.control.async_set_limit_a(12)
    assert [purpose for purpose, _ in box.profiles[4:]] == ["TxDefaultProfile"]


async def test_s4_station_that_wants_watts_and_does_not_say_so_is_found_out(make_box: MakeBox) -> None:
    box = make_box()
    box.station.answers["SetChargingProfile"] = takes_only("TxDefaultProfile", "W")
    await box.control.async_set_limit_a(10)
    assert box.profiles[-1] == ("TxDefaultProfile", [6900.0, 4140.0])


async def test_s4_error_is_a_refusal_and_the_vendor_s_key_comes_after_all_profiles(make_box: MakeBox) -> None:
    box = make_box(can=Capabilities(vendor_limit=VendorLimit(key="MaxCurrent", per_a=10)))
    box.station.answers["SetChargingProfile"] = RefusedError("NotSupported", "no smart charging here")
    await box.control.async_set_limit_a(10)
    assert box.station.of("ChangeConfiguration") == [{"key": "MaxCurrent", "value": "100"}]
    assert not box.control.falls_back_by_itself


async def test_s4_vendor_s_variable_of_2_x(make_box: MakeBox) -> None:
    can = Capabilities(features=frozenset(), vendor_limit=VendorLimit(key="Vendor.MaxCurrent"))
    box = make_box(version=Version.V201, can=can)
    box.station.answers["SetVariables"] = {"setVariableResult": [{"attributeStatus": "Accepted"}]}
    await box.control.async_set_limit_a(10)
    (sent,) = box.station.of("SetVariables")
    assert sent["setVariableData"][0]["attributeValue"] == "10"
    box.station.answers["SetVariables"] = {"setVariableResult": [{"attributeStatus": "Rejected"}]}
    for limit_a in (12, 13):
        await box.control.async_set_limit_a(limit_a)
    assert box.remembered.memory.rung == "start_stop"


async def test_s4_last_of_all_is_to_stop_and_start_in_the_name_of_who_began(make_box: MakeBox) -> None:
    box = make_box(can=Capabilities(features=frozenset()))
    box.see(transaction="4711")
    await box.control.async_set_limit_a(10)  # what cannot be limited is stopped
    assert box.station.of("RemoteStopTransaction") == [{"transactionId": 4711}]
    box.see(transaction=None, activity=Activity.FINISHING)
    await box.settle()
    await box.control.async_set_limit_a(16)
    assert box.station.of("RemoteStartTransaction") == [{"idTag": "04A1B2C3", "connectorId": 1}]
    await box.control.async_set_limit_a(16)
    assert len(box.station.of("RemoteStartTransaction")) == 1


async def test_s4_nobody_is_started_who_was_not_stopped_by_us(make_box: MakeBox) -> None:
    box = make_box(can=Capabilities(features=frozenset()))
    box.see(activity=Activity.AWAITING_AUTHORISATION)
    await box.control.async_set_limit_a(0)
    await box.control.async_set_limit_a(16, resume=True)
    assert box.station.sent == []


async def test_s4_pause_that_is_refused_ends_the_transaction_and_says_nothing_of_limits(make_box: MakeBox) -> None:
    box = make_box()

    def no_zero(payload: dict[str, Any]) -> dict[str, Any]:
        periods = payload["csChargingProfiles"]["chargingSchedule"]["chargingSchedulePeriod"]
        return {"status": "Rejected" if periods[0]["limit"] == 0 else "Accepted"}

    box.station.answers["SetChargingProfile"] = no_zero
    box.see(transaction="4711")
    await box.control.async_set_limit_a(0)
    assert len(box.station.of("RemoteStopTransaction")) == 1
    assert box.remembered.memory.rung is None
    await box.control.async_set_limit_a(10)
    assert box.profiles[-1] == ("TxProfile", [10.0, 6.0])


async def test_s4_station_that_falls_over_a_profile_gets_none_of_that_kind_the_third_time(make_box: MakeBox) -> None:
    box = make_box()
    box.see(transaction="4711")
    box.station.answers["SetChargingProfile"] = NotConnectedError("gone")
    for turn in range(5):
        with pytest.raises(ControlError) as told:
            await box.control.async_set_limit_a(10)
        assert told.value.failure is ControlFailure.UNREACHABLE
        assert {purpose for purpose, _ in box.profiles} == {"TxProfile"}  # the network may be to blame
        box.station.connected = False
        box.station.changed()
        box.station.connected = True
        if turn > 2:
            box.station.boot = booted(None)
        box.station.changed()
    del box.station.answers["SetChargingProfile"]
    await box.control.async_set_limit_a(10)
    assert box.profiles[-1] == ("TxDefaultProfile", [10.0, 6.0])


async def test_s4_silence_is_no_refusal_and_is_tried_again(make_box: MakeBox, caplog: pytest.LogCaptureFixture) -> None:
    box = make_box()
    box.station.answers["SetChargingProfile"] = TimedOutError("no answer")
    for _ in range(2):
        with pytest.raises(ControlError) as told:
            await box.control.async_set_limit_a(10)
        assert told.value.failure is ControlFailure.TIMED_OUT
    assert caplog.text.count("Garage does not take commands") == 1
    del box.station.answers["SetChargingProfile"]
    await box.later(301)
    assert box.profiles[-1] == ("TxDefaultProfile", [10.0, 6.0])
    assert "Garage takes commands again" in caplog.text


async def test_s4_other_firmware_is_asked_anew(make_box: MakeBox) -> None:
    memory = ControlMemory(rung="station_max_profile/A/0", firmware="1.0", proof=Proof.MEASURED)
    box = make_box(memory=memory)
    await box.control.async_set_limit_a(10)
    assert box.profiles == [("ChargePointMaxProfile", [10.0, 6.0])]
    box.station.boot = booted("1.1")
    box.station.changed()
    await box.later(4)
    assert box.profiles[1] == ("TxDefaultProfile", [10.0, 6.0])
    assert box.control.proof is Proof.NONE


async def test_s4_station_that_accepts_and_ignores_is_limited_in_another_way_and_then_told_of(
    make_box: MakeBox, caplog: pytest.LogCaptureFixture
) -> None:
    box = make_box()
    box.see(16, transaction="4711")
    await box.control.async_set_limit_a(8)
    for _ in range(5):
        await box.later(10)
    assert len(box.profiles) == 1  # what was measured before the limit says nothing of it
    for _ in range(40):
        box.see(16, transaction="4711")
        await box.later(10)
    ways = list(dict.fromkeys(purpose for purpose, _ in box.profiles))
    assert ways == ["TxProfile", "TxDefaultProfile", "ChargePointMaxProfile"]
    assert len(box.station.of("ClearChargingProfile")) > 1  # what did nothing is not left behind
    for _ in range(60):
        box.see(16, transaction="4711")
        await box.later(10)
    assert box.control.ignored
    assert caplog.text.count("accepts limits and does not follow them") == 1
    box.see(8, transaction="4711")
    assert not box.control.ignored


async def test_fallback_of_all_that_it_can_take_needs_no_proof(make_box: MakeBox) -> None:
    box = make_box()
    assert not box.control.falls_back_by_itself
    box.fallback_a = 16.0
    assert box.control.falls_back_by_itself


# S5: set again


@BOTH
async def test_s5_limit_is_set_again_after_a_reconnect_and_after_a_boot(make_box: MakeBox, version: Version) -> None:
    box = make_box(version=version)
    box.fallback_a = 10.0
    box.see(transaction="4711")
    await box.control.async_set_limit_a(10)
    box.station.connected = False
    box.station.changed()
    await box.later(400)
    box.station.connected = True
    box.station.changed()
    await box.later(4)
    assert box.profiles == [("TxProfile", [10.0])] * 2
    box.station.boot = booted(None)
    box.station.changed()
    await box.later(4)
    box.station.changed()  # nothing new
    await box.later(4)
    assert len(box.profiles) == 3


async def test_s5_limit_is_set_again_over_a_connection_that_takes_the_place_of_another(make_box: MakeBox) -> None:
    """What was on its way may be lost with the one before, which nobody has seen go."""
    box = make_box()
    await box.control.async_set_limit_a(10)
    box.station.line = object()
    box.station.changed()
    await box.later(4)
    assert len(box.profiles) == 2


async def test_s5_station_that_was_never_told_anything_is_left_alone(make_box: MakeBox) -> None:
    box = make_box()
    box.station.boot = booted("1.0")
    box.station.changed()
    box.see(16, transaction="4711")
    await box.later(400)
    assert box.station.sent == []


async def test_s2_limit_is_set_again_when_the_station_s_clock_turns_out_to_be_another(make_box: MakeBox) -> None:
    box = make_box()
    box.see(10, transaction="4711")
    await box.control.async_set_limit_a(10)
    box.see(10, transaction="4711")
    await box.settle()
    assert len(box.profiles) == 1
    box.behind_s = 7200.0
    box.see(10, transaction="4711")
    await box.settle()
    box.see(10, transaction="4711")
    await box.settle()
    sent = box.station.of("SetChargingProfile")
    starts = [datetime.fromisoformat(one["csChargingProfiles"]["chargingSchedule"]["startSchedule"]) for one in sent]
    assert [round((starts[0] - start).total_seconds() / 3600) for start in starts] == [0, 2]


async def test_limit_for_a_station_that_is_not_there_is_refused(make_box: MakeBox) -> None:
    box = make_box()
    box.station.connected = False
    with pytest.raises(ControlError) as told:
        await box.control.async_set_limit_a(10)
    assert told.value.failure is ControlFailure.UNREACHABLE


@BOTH
async def test_s5_stop_of_home_assistant_leaves_this_and_later_transactions_at_the_fallback(
    make_box: MakeBox, version: Version
) -> None:
    box = make_box(version=version)
    box.see(transaction="4711")
    await box.control.async_set_limit_a(16)
    await box.control.async_fall_back(6.0)
    assert box.profiles[1:] == [("TxProfile", [6.0]), ("TxDefaultProfile", [6.0])]
    await box.later(1000)
    assert len(box.profiles) == 3
    assert await box.control.async_set_limit_a(16) is Outcome.SUPERSEDED


async def test_fallback_of_a_station_that_is_gone_or_refuses_raises_nothing(
    make_box: MakeBox, caplog: pytest.LogCaptureFixture
) -> None:
    gone, silent = make_box(), make_box()
    gone.station.connected = False
    await gone.control.async_fall_back(6.0)
    silent.station.answers["SetChargingProfile"] = TimedOutError("no answer")
    await silent.control.async_fall_back(6.0)
    assert "could not be left at its fallback" in caplog.text


async def test_stop_of_home_assistant_waits_only_so_long_for_a_station_that_hangs(
    make_box: MakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = make_box()

    async def hang(*_args: object, **_options: object) -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {}

    monkeypatch.setattr(box.station, "async_call", hang)
    leaving = asyncio.ensure_future(box.control.async_fall_back(6.0))
    await asyncio.sleep(0)
    box.freezer.tick(9)
    await leaving


# The dead man's switch


@BOTH
async def test_s5_fallback_is_proved_once_by_a_car_that_comes_down(make_box: MakeBox, version: Version) -> None:
    box = make_box(version=version)
    box.see(16, transaction="4711")
    await box.control.async_set_limit_a(16)
    assert not box.control.falls_back_by_itself
    await box.later(61)
    box.see(15.8, transaction="4711")
    await box.settle()
    assert len(box.profiles) == 2  # the profile that is left to run out
    await box.later(70)
    box.see(6.0, transaction="4711")
    await box.later(21)
    assert box.control.proof is Proof.MEASURED
    assert box.control.falls_back_by_itself
    assert box.profiles[2] == ("TxProfile", [16.0, 6.0])
    assert box.kept[-1].proof is Proof.MEASURED
    box.see(15.8, transaction="4711")
    await box.later(4000)
    box.see(15.8, transaction="4711")
    assert box.control.proof is Proof.MEASURED


async def test_s5_station_that_goes_on_counts_as_having_no_fallback(
    make_box: MakeBox, caplog: pytest.LogCaptureFixture
) -> None:
    box = make_box()
    box.see(16, transaction="4711")
    await box.control.async_set_limit_a(16)
    await box.later(61)
    box.see(15.8, transaction="4711")
    await box.settle()
    await box.later(70)
    box.see(15.8, transaction="4711")
    await box.later(21)
    assert box.control.proof is Proof.FAILED
    assert not box.control.falls_back_by_itself
    assert "it does not fall back by itself" in caplog.text


async def test_s5_car_that_is_measured_too_seldom_proves_nothing(make_box: MakeBox) -> None:
    box = make_box()
    box.station.answers["GetCompositeSchedule"] = {"status": "Rejected"}
    box.see(16, transaction="4711")
    await box.control.async_set_limit_a(16)
    await box.later(61)
    box.see(15.8, transaction="4711")
    await box.settle()
    await box.later(91)
    assert box.control.proof is Proof.NONE


async def test_s5_limit_that_changes_meanwhile_comes_first_and_ends_the_proof(make_box: MakeBox) -> None:
    box = make_box()
    box.see(16, transaction="4711")
    await box.control.async_set_limit_a(16)
    await box.later(61)
    box.see(15.8, transaction="4711")
    await box.settle()
    await box.control.async_set_limit_a(10)
    box.see(10, transaction="4711")
    await box.later(91)
    assert box.control.proof is Proof.NONE


@BOTH
@pytest.mark.parametrize(
    ("schedule", "proof"),
    [
        ({"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]}, Proof.SCHEDULED),
        ({"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4140.0}]}, Proof.SCHEDULED),
        ({"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 32}]}, Proof.NONE),
        ({"chargingRateUnit": "A", "chargingSchedulePeriod": []}, Proof.NONE),
        (None, Proof.NONE),
    ],
)
async def test_s5_without_a_car_the_station_is_asked_and_only_its_yes_counts(
    make_box: MakeBox, version: Version, schedule: dict[str, Any] | None, proof: Proof
) -> None:
    box = make_box(version=version)
    name = "chargingSchedule" if version is Version.V16 else "schedule"
    box.station.answers["GetCompositeSchedule"] = {"status": "Accepted"} | ({name: schedule} if schedule else {})
    box.see(activity=Activity.AVAILABLE)
    await box.control.async_set_limit_a(16)
    await box.later(61)
    box.see(activity=Activity.AVAILABLE)
    await box.settle()
    await box.later(91)
    assert len(box.station.of("GetCompositeSchedule")) == 1
    assert box.control.proof is proof


async def test_s5_composite_schedule_that_is_refused_proves_nothing(make_box: MakeBox) -> None:
    box = make_box()
    box.station.answers["GetCompositeSchedule"] = RefusedError("NotImplemented", "")
    box.see(activity=Activity.AVAILABLE)
    await box.control.async_set_limit_a(16)
    await box.later(61)
    box.see(activity=Activity.AVAILABLE)
    await box.settle()
    await box.later(91)
    assert box.control.proof is Proof.NONE


# Phases


@BOTH
async def test_s3_one_phase_is_a_word_of_the_profile_where_the_station_can_switch(
    make_box: MakeBox, version: Version
) -> None:
    box = make_box(version=version, can=Capabilities(phase_switch=True, rate_units=(RateUnit.WATT,)), phases=3)
    await box.control.async_set_limit_a(10)
    assert await box.control.async_set_phases(1) is Outcome.DONE
    assert box.control.phases == 1
    assert box.profiles[-1] == ("TxDefaultProfile", [2300.0, 1380.0])
    assert await box.control.async_set_phases(1) is Outcome.DONE
    with pytest.raises(ControlError) as told:
        await box.control.async_set_phases(3)
    assert told.value.failure is ControlFailure.TOO_SOON


async def test_phases_stay_as_they_were_where_the_station_does_not_switch(make_box: MakeBox) -> None:
    fixed = make_box()
    assert fixed.control.phases is None
    with pytest.raises(ControlError):
        await fixed.control.async_set_phases(1)
    silent = make_box(can=Capabilities(phase_switch=True), phases=3)
    silent.station.answers["SetChargingProfile"] = TimedOutError("no answer")
    await silent.settle()
    with pytest.raises(ControlError):
        await silent.control.async_set_phases(1)
    assert silent.control.phases == 3


async def test_commands_are_counted_and_no_state_is_taken_for_our_own(make_box: MakeBox) -> None:
    box = make_box()
    for limit_a in range(7, 15):
        await box.control.async_set_limit_a(limit_a)
    shown = box.control.diagnosis()
    assert (shown["count"]["today"], shown["way"], shown["falls_back"]) == (8, "tx_profile/A/0", False)
    assert box.control.can_pause
    assert not box.control.is_own(None)
    assert box.control.transaction_id is None
    # A figure to look at is not worth a write each time.
    assert len(box.kept) < 3
