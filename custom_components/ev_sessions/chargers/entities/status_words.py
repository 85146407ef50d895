"""What the status words of chargers mean.

The words are those that the integrations of Home Assistant show, read in their sources.
Where two of them mean different things by one word, the integration decides; a word that
means different things and comes from elsewhere is not guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import re
from typing import Final, Self

from ...const import CONF_ACTIVITY, CONF_STATE, CONF_SUSPENDED_BY
from ...core.reading import Activity, State, SuspendedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a word says of an EVSE.

    All None: it says nothing, what was known before holds. Without a state the word does
    not tell whether a car is there, whatever the activity: a plug has to say it.
    """

    state: State | None = None
    activity: Activity | None = None
    suspended_by: SuspendedBy | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, str | None]) -> Self:
        """Read a value of the subentry's `status_words`."""
        state, activity = data.get(CONF_STATE), data.get(CONF_ACTIVITY)
        suspended_by = data.get(CONF_SUSPENDED_BY)
        return cls(
            state=None if state is None else State(state),
            activity=None if activity is None else Activity(activity),
            suspended_by=None if suspended_by is None else SuspendedBy(suspended_by),
        )

    def to_data(self) -> dict[str, str | None]:
        """Return the value for the subentry's `status_words`."""
        return {
            CONF_STATE: None if self.state is None else self.state.value,
            CONF_ACTIVITY: None if self.activity is None else self.activity.value,
            CONF_SUSPENDED_BY: None if self.suspended_by is None else self.suspended_by.value,
        }


NOTHING: Final = Meaning()

_BY_CHARGER = Meaning(state=State.B, activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.CHARGER)
_BY_OTHER = Meaning(state=State.B, activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.OTHER)

#: One meaning for each activity: what a person chooses from for a word that is not known.
OF_ACTIVITY: Final[Mapping[Activity, Meaning]] = {
    Activity.AVAILABLE: Meaning(state=State.A, activity=Activity.AVAILABLE),
    Activity.AWAITING_AUTHORISATION: Meaning(state=State.B, activity=Activity.AWAITING_AUTHORISATION),
    Activity.PREPARING: Meaning(state=State.B, activity=Activity.PREPARING),
    Activity.CHARGING: Meaning(state=State.C, activity=Activity.CHARGING),
    Activity.SUSPENDED_EV: Meaning(state=State.B, activity=Activity.SUSPENDED_EV),
    Activity.SUSPENDED_EVSE: Meaning(state=State.B, activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.UNKNOWN),
    Activity.FINISHING: Meaning(state=State.B, activity=Activity.FINISHING),
    Activity.RESERVED: Meaning(state=State.A, activity=Activity.RESERVED),
    Activity.UNAVAILABLE: Meaning(activity=Activity.UNAVAILABLE),
    Activity.FAULT: Meaning(activity=Activity.FAULT),
}

_AVAILABLE = OF_ACTIVITY[Activity.AVAILABLE]
_AUTHORISE = OF_ACTIVITY[Activity.AWAITING_AUTHORISATION]
_PREPARING = OF_ACTIVITY[Activity.PREPARING]
_CHARGING = OF_ACTIVITY[Activity.CHARGING]
_BY_CAR = OF_ACTIVITY[Activity.SUSPENDED_EV]
_PAUSED = OF_ACTIVITY[Activity.SUSPENDED_EVSE]
_FINISHING = OF_ACTIVITY[Activity.FINISHING]
_RESERVED = OF_ACTIVITY[Activity.RESERVED]
_UNAVAILABLE = OF_ACTIVITY[Activity.UNAVAILABLE]
_FAULT = OF_ACTIVITY[Activity.FAULT]
_FAULT_E = Meaning(state=State.E, activity=Activity.FAULT)
_FAULT_F = Meaning(state=State.F, activity=Activity.FAULT)
# Held back, with or without a car: the plug has to tell.
_HELD_BACK = Meaning(activity=Activity.SUSPENDED_EVSE, suspended_by=SuspendedBy.UNKNOWN)


def normalised(word: str) -> str:
    """Return a word as the table has it: `Charging Paused` and `charging-paused` are one."""
    return re.sub(r"[^a-z0-9]+", "_", word.casefold()).strip("_")


def _words(groups: Iterable[tuple[Meaning, str]]) -> dict[str, Meaning]:
    return {word: meaning for meaning, words in groups for word in words.split()}


_GENERAL: Final = _words(
    [
        (
            _AVAILABLE,
            """available disconnected not_connected no_ev_connected ev_disconnected vehicle_disconnected unplugged
            plug_not_connected idle standby charger_free not_connected_derated cable_connected
            suspended_ev_disconnected free no_car no_vehicle a a1 a2""",
        ),
        (
            _AUTHORISE,
            """awaiting_authorisation awaiting_authorization pending_approval locked_car_connected need_auth
            authorization_rejected authenticating waiting_for_swipe waiting_for_button waiting_for_rfid
            ev_connected_press_start error_message_not_authorised waiting_for_authorization
            waiting_for_authorisation""",
        ),
        (
            _PREPARING,
            """preparing connected ev_connected ev_connected_derated vehicle_detected occupied negotiating
            start_charging wakeup charger_insert search_comm switching_to_1_phase switching_to_3_phase
            preparing_charging""",
        ),
        (
            _CHARGING,
            """charging plugged_charging charging_reduced charging_limit charging_normal charging_simplified
            charging_derated charger_charging connected_charging boosting discharging solar_charging
            partial_solar_charging load_balancing_limited c c2""",
        ),
        (Meaning(state=State.D, activity=Activity.CHARGING), "ventilation_required d d2"),
        (
            _BY_CAR,
            """suspended_ev suspendedev waiting_for_car_demand waiting_for_car waiting_for_ev waiting_car
            wait_for_car ev_waiting plugged_waiting ready_for_charging ready_to_charge ready_to_charge_derated
            charging_finished charging_completed connected_finished completed complete completed_full_charge
            finished charged charger_wait wait_vehicle_charging not_charging charging_non_charging b2""",
        ),
        (
            _PAUSED,
            """suspended_evse suspendedevse suspended paused charging_paused charging_paused_derated
            charging_cancelled charger_pause plugged_in awaiting_start connected_requesting b1 c1""",
        ),
        (
            _BY_CHARGER,
            """scheduled paused_by_scheduler high_tariff_period out_of_activation_period charging_reservation
            waiting_for_sun waiting_for_start low_soc delay_waiting awaiting_scheduled_start
            awaiting_smart_start waiting_in_queue_by_eco_smart solar_charging_wait suspended_over_current
            suspended_hf_switching charge_point_ready_waiting_for_power""",
        ),
        (
            _BY_OTHER,
            """waiting_in_queue_by_power_sharing waiting_in_queue_by_power_boost awaiting_load_balancing
            paused_due_to_equalizer lb_waiting load_balancing_forced_off""",
        ),
        (
            _FINISHING,
            """finishing de_authorizing stop_charging charger_end finish_wait_vehicle
            finish_wait_disconnect""",
        ),
        (_RESERVED, "reserved"),
        (
            _UNAVAILABLE,
            """unavailable out_of_service offline locked booting starting updating updating_firmware
            initialization remote_disabled searching_for_master in_operative inoperative""",
        ),
        (
            _FAULT,
            """error fault faulted invalid see_error_state waiting_mid_failed waiting_mid_safety_margin_exceeded
            vent_required diode_check_failed gfci_fault no_ground stuck_relay gfci_self_test_failure
            over_temperature ground_fault vehicle_error error_car error_evse charging_fault_1 charging_fault_2
            ground_test_error welded_contacts_test_error cp_input_test_error residual_current_detected
            undervoltage_detected overvoltage_detected overheating_detected charger_free_fault charger_fault
            erratic_ev error_temperature_too_high error_dead_powerboard error_overcurrent error_pen_fault
            unknown_error check_mains error_protective_earth error_power_failure error_contactor_fault
            error_charging error_error_temperature error_illegal_cp_value error_illegal_pp_value
            error_too_many_restarts error_message error_message_cable_not_supported
            error_message_s2_not_opened error_message_time_out rcd_fault overheat critical_temperature
            cable_fault lock_fault contactor_fault vent_fault dc_error dc_hardware cp_fault cp_shorted""",
        ),
        (_FAULT_E, "pilot_fault e"),
        (_FAULT_F, "evse_fault f"),
        (Meaning(state=State.B), "b"),
        (NOTHING, "unknown undefined state_undefined none unkn0 unkn2 authorizing authorized changing"),
    ]
)

# The cloud's numbers for a Tesla Wall Connector.
_TESLA_NUMBERS: Final = _words(
    [
        (_UNAVAILABLE, "0"),
        (_CHARGING, "1 10"),
        (_AVAILABLE, "2"),
        (_PREPARING, "4 6"),
        (_BY_CHARGER, "5"),
        (_FAULT, "7"),
        (_BY_CAR, "8 9"),
    ]
)

_OF_INTEGRATION: Final[Mapping[str, Mapping[str, Meaning]]] = {
    "alfen_wallbox": {"off": _UNAVAILABLE},
    "besen": _words([(_FINISHING, "completed"), (_PREPARING, "ready_to_charge")]),
    "blue_current": _words([(_CHARGING, "ready"), (_UNAVAILABLE, "no_power")]),
    "chargeamps": {"connected": _BY_CAR},
    "garo_wallbox": {"disabled": _UNAVAILABLE},
    "goecharger_api2": _words([(_FAULT, "0 5"), (_AVAILABLE, "1"), (_CHARGING, "2"), (_BY_CAR, "3 4")]),
    "hypervolt_charger": _words([(NOTHING, "ready"), (_HELD_BACK, "not_ready_force_stopped")]),
    "keba": {"not_ready_for_charging": _HELD_BACK},
    "myenergi": _words(
        [
            (_PAUSED, "ev_connected"),
            (Meaning(state=State.C, activity=Activity.PREPARING), "ev_ready_to_charge"),
            (_FAULT_F, "fault"),
        ]
    ),
    "openevse": _words([(_BY_CAR, "connected"), (_HELD_BACK, "sleeping disabled")]),
    "peblar": _words([(_FAULT_E, "error"), (_FAULT_F, "fault")]),
    "tesla_fleet": _TESLA_NUMBERS,
    "tesla_wall_connector": {"ready": _PAUSED},
    "teslemetry": _TESLA_NUMBERS,
    "wallbox": _words([(_AVAILABLE, "ready"), (_PREPARING, "waiting")]),
}


def known_meaning(word: str, integration: str | None = None) -> Meaning | None:
    """Return what the table knows of a status word; None where a person has to say it.

    `integration` is the domain whose entity shows the word.
    """
    key = normalised(word)
    own = _OF_INTEGRATION.get(integration or "", {})
    return own.get(key) or _GENERAL.get(key)


def unknown_words(words: Iterable[str], integration: str | None = None) -> tuple[str, ...]:
    """Return the words that the table does not know, each once, in their order."""
    return tuple(word for word in dict.fromkeys(words) if known_meaning(word, integration) is None)
