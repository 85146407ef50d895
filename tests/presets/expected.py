"""What each known integration is to us, told by hand: what is read, what a command has to become, what is told.

Entities are written as their domain and their key in the unique id. A number gets 10 A.
"""

from dataclasses import dataclass
from typing import Any

type Call = tuple[str, dict[str, Any]]
#: Some fields of the record below.
type Fields = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """All of one EVSE, and what holds for its charger."""

    status: tuple[str, ...] = ()
    plugged: str | None = None
    power: str | None = None
    energy: str | None = None
    session_energy: str | None = None
    soc: str | None = None
    currents: tuple[str, ...] = ()
    limit: Call | None = None
    resume: Call | None = None
    pause: Call | None = None
    one_phase: Call | None = None
    three_phases: Call | None = None
    least_interval_s: float | None = None
    fail_safe: str | None = None
    #: The limit that the form of lines and currents is filled in with, where it is not the number's own.
    range_a: tuple[float, float] | None = None


def number(key: str) -> Fields:
    return {"limit": ("number.set_value", {"entity_id": key, "value": 10})}


def switch(key: str, *, inverted: bool = False) -> Fields:
    on, off = ("turn_off", "turn_on") if inverted else ("turn_on", "turn_off")
    return {"resume": (f"switch.{on}", {"entity_id": key}), "pause": (f"switch.{off}", {"entity_id": key})}


def select(key: str, on: str, off: str) -> Fields:
    return {
        "resume": ("select.select_option", {"entity_id": key, "option": on}),
        "pause": ("select.select_option", {"entity_id": key, "option": off}),
    }


def phase_select(key: str, one: str, three: str) -> Fields:
    return {
        "one_phase": ("select.select_option", {"entity_id": key, "option": one}),
        "three_phases": ("select.select_option", {"entity_id": key, "option": three}),
    }


def single_phase_switch(key: str) -> Fields:
    return {
        "one_phase": ("switch.turn_on", {"entity_id": key}),
        "three_phases": ("switch.turn_off", {"entity_id": key}),
    }


def lines(key: str) -> tuple[str, ...]:
    return tuple(key.format(line) for line in (1, 2, 3))


WALL_CONNECTOR = Expected(status=("sensor.wall_connector_state",), power="sensor.wall_connector_power")

EXPECTED: dict[str, Expected] = {
    "wallbox": Expected(
        status=("sensor.status_description",),
        power="sensor.charging_power",
        session_energy="sensor.added_energy",
        soc="sensor.state_of_charge",
        **number("number.max_charging_current"),
        **switch("switch.paused"),  # on lets the car charge, whatever it is called
        least_interval_s=90,
    ),
    "ohme": Expected(
        status=("sensor.status",),
        power="sensor.power",
        currents=("sensor.current",),
        soc="sensor.battery",
        **select("select.charge_mode", "max_charge", "paused"),
        least_interval_s=30,
    ),
    "openevse": Expected(
        status=("sensor.status",),
        plugged="binary_sensor.vehicle",
        power="sensor.current_power",
        energy="sensor.usage_total",
        session_energy="sensor.usage_session",
        soc="sensor.vehicle_soc",
        currents=("sensor.charging_current",),
        **number("number.charge_rate"),
        **select("select.override_state", "active", "disabled"),
    ),
    "keba": Expected(
        status=("binary_sensor.charging_state|status",),
        plugged="binary_sensor.plug_state",
        power="sensor.charging_power",
        energy="sensor.total_energy",
        session_energy="sensor.session_energy",
        currents=lines("sensor.charging_power|current_i{}|A"),
        limit=("keba.set_current", {"current": 10}),
        resume=("keba.enable", {}),
        pause=("keba.disable", {}),
        fail_safe="keba",
        range_a=(6, 63),
    ),
    "peblar": Expected(
        status=("sensor.cp_state",),
        power="sensor.power_total",
        energy="sensor.energy_total",
        session_energy="sensor.energy_session",
        currents=lines("sensor.current_phase_{}"),
        **number("number.charge_current_limit"),
        **switch("switch.charge"),
        **single_phase_switch("switch.force_single_phase"),
    ),
    "v2c": Expected(
        status=("binary_sensor.connected", "binary_sensor.charging", "switch.paused"),
        power="sensor.charge_power",
        session_energy="sensor.charge_energy",
        **number("number.intensity"),
        **switch("switch.paused", inverted=True),
        **phase_select("select.charge_mode", "monophasic", "threephasic"),
        least_interval_s=5,
    ),
    "tesla_wall_connector": Expected(
        status=("sensor.status",),
        plugged="binary_sensor.vehicle_connected",
        power="sensor.total_power_w",
        energy="sensor.energy_kWh",
        session_energy="sensor.session_energy_wh",
        currents=("sensor.current_a_a", "sensor.current_b_a", "sensor.current_c_a"),
    ),
    "tessie": WALL_CONNECTOR,
    "teslemetry": WALL_CONNECTOR,
    "tesla_fleet": WALL_CONNECTOR,
    "technove": Expected(
        status=("sensor.status",),
        energy="sensor.energy_total",
        session_energy="sensor.energy_session",
        currents=("sensor.current",),
        **number("number.max_current"),
        **switch("switch.session_active"),
        least_interval_s=5,
    ),
    "lektrico": Expected(
        status=("sensor.state",),
        power="sensor.power",
        energy="sensor.lifetime_energy",
        session_energy="sensor.energy",
        currents=lines("sensor.current_l{}"),
        **number("number.dynamic_limit"),
        resume=("button.press", {"entity_id": "button.charge_start"}),
        pause=("button.press", {"entity_id": "button.charge_stop"}),
        **single_phase_switch("switch.force_single_phase"),
        least_interval_s=10,
    ),
    "blue_current": Expected(
        status=("sensor.activity", "sensor.vehicle_status"),
        power="sensor.total_kw",
        energy="sensor.actual_kwh",
        currents=lines("sensor.actual_p{}"),
        resume=("blue_current.start_charge_session", {"device_id": "the device"}),
        pause=("button.press", {"entity_id": "button.stop_charge_session"}),
        fail_safe="offline_current",
    ),
    "greencell": Expected(status=("sensor.status",), power="sensor.power", currents=lines("sensor.current_l{}")),
    "besen": Expected(
        status=("sensor.charging_message",),
        power="sensor.charging_power",
        energy="sensor.total_energy",
        session_energy="sensor.session_energy",
        currents=lines("sensor.l{}_current"),
        **number("number.charging_current"),
        **switch("switch.charging"),
    ),
    "nexblue": Expected(
        status=("sensor.charging_state",),
        power="sensor.power",
        energy="sensor.lifetime_energy",
        session_energy="sensor.energy",
        currents=lines("sensor.current_{}"),
        **switch("switch.charging"),
        least_interval_s=60,
    ),
    "nrgkick": Expected(
        status=("sensor.status",),
        power="sensor.total_active_power",
        energy="sensor.total_charged_energy",
        session_energy="sensor.charged_energy",
        currents=lines("sensor.l{}_current"),
        **number("number.current_set"),
        **switch("switch.charging_enabled"),
        one_phase=("number.set_value", {"entity_id": "number.phase_count", "value": 1}),
        three_phases=("number.set_value", {"entity_id": "number.phase_count", "value": 3}),
        least_interval_s=30,
    ),
    "matter": Expected(
        status=(
            "binary_sensor.EnergyEvsePlugStateSensor",
            "binary_sensor.EnergyEvseChargingStatusSensor",
            "binary_sensor.EnergyEvseSupplyStateSensor",
        ),
        power="sensor.ElectricalPowerMeasurementWatt",
        energy="sensor.ElectricalEnergyMeasurementCumulativeEnergyImported",
        currents=("sensor.ElectricalPowerMeasurementActiveCurrent",),
        soc="sensor.EnergyEvseStateOfCharge",
        **switch("switch.EnergyEvseChargingSwitch"),
    ),
    "victron_gx": Expected(
        status=("sensor.evcharger_status",),
        power="sensor.evcharger_power",
        energy="sensor.evcharger_total_energy",
        session_energy="sensor.evcharger_session_energy",
        currents=("sensor.evcharger_current",),
        **number("number.evcharger_set_current"),
        **switch("switch.evcharger_charge"),
    ),
    "shelly": Expected(
        status=("sensor.enum_work_state",),
        power="sensor.object_total_power",
        energy="sensor.object_total_act_energy",
        session_energy="sensor.number_energy_charge",
        currents=tuple(f"sensor.object_phase_{line}_current" for line in "abc"),
        **number("number.number_current_limit"),
        **switch("switch.boolean_start_charging"),
    ),
    "shelly_plug": Expected(
        power="sensor.power",
        energy="sensor.energy",
        currents=("sensor.current",),
        **switch("switch.switch:0"),
        least_interval_s=600,
    ),
    "tuya": Expected(
        status=("sensor.work_state",),
        power="sensor.power_total",
        energy="sensor.forward_energy_total",
        session_energy="sensor.charge_energy_once",
        **number("number.charge_cur_set"),
        **switch("switch.switch"),
    ),
    "tuya_plug": Expected(
        power="sensor.cur_power",
        currents=("sensor.cur_current",),
        **switch("switch.switch_1"),
        least_interval_s=600,
    ),
    "enphase_envoy": Expected(
        power="sensor.evse_ct_power", energy="sensor.evse_ct_energy_delivered", currents=("sensor.evse_ct_current",)
    ),
    "easee": Expected(
        status=("sensor.status",),
        power="sensor.power",
        energy="sensor.lifetime_energy",
        session_energy="sensor.session_energy",
        currents=("sensor.current",),
        limit=("easee.set_charger_dynamic_limit", {"device_id": "the device", "current": 10, "time_to_live": 0}),
        resume=("easee.action_command", {"device_id": "the device", "action_command": "resume"}),
        pause=("easee.action_command", {"device_id": "the device", "action_command": "pause"}),
        one_phase=("easee.set_charger_phase_mode", {"device_id": "the device", "phase_mode": "1_phase"}),
        three_phases=("easee.set_charger_phase_mode", {"device_id": "the device", "phase_mode": "3_phase"}),
        fail_safe="offline_current",
        range_a=(6, 32),
    ),
    "zaptec": Expected(
        status=("sensor.charger_operation_mode",),
        power="sensor.total_charge_power",
        energy="sensor.signed_meter_value_kwh",
        session_energy="sensor.total_charge_power_session",
        currents=lines("sensor.current_phase{}"),
        **number("number.available_current"),  # of the installation
        **switch("switch.charger_operation_mode"),
        one_phase=("number.set_value", {"entity_id": "number.three_to_one_phase_switch_current", "value": 32}),
        three_phases=("number.set_value", {"entity_id": "number.three_to_one_phase_switch_current", "value": 0}),
        least_interval_s=900,
    ),
    "goecharger_api2": Expected(
        status=("sensor.car",),
        plugged="binary_sensor.car_0",
        power="sensor.nrg_11",
        energy="sensor.eto",
        session_energy="sensor.wh",
        currents=("sensor.nrg_4", "sensor.nrg_5", "sensor.nrg_6"),
        **number("number.amp"),
        **select("select.frc", "0", "1"),
        **phase_select("select.psm", "1", "2"),
        fail_safe="load_management",
    ),
    "goecharger_mqtt": Expected(
        status=("sensor.car-car",),
        plugged="binary_sensor.car-1",
        power="sensor.nrg-11",
        energy="sensor.eto-eto",
        session_energy="sensor.wh-wh",
        currents=("sensor.nrg-4", "sensor.nrg-5", "sensor.nrg-6"),
        **number("number.amp-amp"),
        **select("select.frc-frc", "Neutral", "Don't charge"),
        **phase_select("select.psm-psm", "Force single phase", "Force three phases"),
    ),
    "evcc_intg": Expected(
        status=(
            "binary_sensor.connected",
            "binary_sensor.charging",
            "binary_sensor.enabled",
        ),
        power="sensor.charge_power",
        energy="sensor.charge_total_import",
        session_energy="sensor.session_energy",
    ),
    "alfen_wallbox": Expected(
        status=("sensor.status_socket_1",),
        power="sensor.active_power_total_socket_1",
        energy="sensor.meter_reading_socket_1",
        currents=lines("sensor.current_l{}_socket_1"),
        **number("number.main_normal_max_current_socket_1"),
        # Nothing enables it; a limit of 0 A pauses.
        pause=("number.set_value", {"entity_id": "number.main_normal_max_current_socket_1", "value": 0}),
        fail_safe="load_management",
    ),
    "myenergi": Expected(
        status=("sensor.plug_status", "sensor.status"),
        power="sensor.ct1.power",
        session_energy="sensor.charge_added",
        **select("select.charge_mode", "Fast", "Stopped"),
        **phase_select("select.phase_setting_select", "1", "3"),
    ),
    "hypervolt_charger": Expected(
        status=("sensor.charging_readiness",),
        plugged="binary_sensor.car_plugged",
        power="sensor.EV_Power",
        session_energy="sensor.Session_Energy_Total_Increasing",
        currents=("sensor.Charger_Current",),
        **number("number.max_current"),
        **switch("switch.charging"),
    ),
    "garo_wallbox": Expected(
        status=("sensor.status",),
        power="sensor.current_charging_power",
        energy="sensor.latest_reading",
        session_energy="sensor.acc_session_energy",
        currents=("sensor.current_charging_current",),
        **number("number.current_limit"),
        **select("select.sensor", "ALWAYS_ON", "ALWAYS_OFF"),
    ),
    "chargeamps": Expected(
        status=("sensor.1_status",),
        plugged="binary_sensor.1_cable_connected",
        power="sensor.1_power",
        session_energy="sensor.1_status|total_consumption_kwh|kWh",
        currents=lines("sensor.1_l{}_current"),
        **number("number.1_max_current"),
        **switch("switch.1_enable"),
        least_interval_s=10,
    ),
    "ocpp": Expected(
        status=("sensor.status.connector",),
        power="sensor.power.active.import",
        energy="sensor.energy.active.import.register",
        session_energy="sensor.energy.session",
        currents=("sensor.current.import",),
        **number("number.maximum_current"),
        **switch("switch.charge_control"),
    ),
    "mqtt": Expected(
        status=("sensor.ev_status",),
        plugged="binary_sensor.ev_connected",
        power="sensor.total_active_power",
        energy="sensor.total_active_energy",
        session_energy="sensor.last_session_energy",
        currents=(
            "sensor.current",
            "sensor.current_phase_b",
            "sensor.current_phase_c",
        ),
        **number("number.charge_limit"),
        **switch("switch.switch"),
        **single_phase_switch("switch.switch_single_phase"),
        fail_safe="offline_switch",
    ),
    "indra_v2h": Expected(status=("sensor.indra_v2h_status",), power="sensor.indra_v2h_power"),
}

#: What several status entities say together: their states, then state and activity.
JOINED: dict[str, list[tuple[tuple[str, ...], str | None, str | None]]] = {
    "v2c": [
        (("off", "off", "off"), "A", "available"),
        (("off", "off", "on"), "A", "available"),
        (("on", "off", "on"), "B", "suspended_evse"),
        (("on", "off", "off"), "B", "suspended_ev"),
        (("on", "on", "off"), "C", "charging"),
    ],
    "matter": [
        (("off", "off", "on"), "A", "available"),
        (("off", "off", "off"), "A", "available"),
        (("on", "off", "on"), "B", "suspended_ev"),
        (("on", "off", "off"), "B", "suspended_evse"),
        (("on", "on", "on"), "C", "charging"),
    ],
    "evcc_intg": [
        (("off", "off", "off"), "A", "available"),
        (("on", "off", "off"), "B", "suspended_evse"),
        (("on", "off", "on"), "B", "suspended_ev"),
        (("on", "on", "on"), "C", "charging"),
    ],
    "myenergi": [
        (("EV Disconnected", "Paused"), "A", "available"),
        (("EV Connected", "Paused"), "B", "suspended_evse"),
        (("EV Connected", "Completed"), "B", "suspended_ev"),
        (("Waiting for EV", "Paused"), "B", "suspended_ev"),
        (("EV ready to charge", "Paused"), "B", "suspended_evse"),
        (("EV ready to charge", "Unkn0"), "C", "preparing"),
        (("Charging", "Charging"), "C", "charging"),
        (("Charging", "Boosting"), "C", "charging"),
        (("Fault", "Paused"), "F", "fault"),
    ],
    "blue_current": [
        (("available", "standby"), "A", "available"),
        (("available", "vehicle_detected"), "B", "preparing"),
        (("available", "ready"), "C", "preparing"),
        (("charging", "ready"), "C", "charging"),
        (("error", "standby"), None, "fault"),
        (("available", "vehicle_error"), None, "fault"),
        (("available", "no_power"), None, "unavailable"),
        (("offline", "unknown"), None, "unavailable"),
    ],
}
