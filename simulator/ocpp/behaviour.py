"""What a station does in its own way: each switch is something that real stations were seen to do."""

from dataclasses import dataclass, fields
from typing import Any, Literal

#: What a three-phase station measures, in the words that all versions share: seventeen values a sample.
MEASURANDS = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "Power.Offered",
    "SoC",
    "Power.Reactive.Import",
    "Frequency",
    "Power.Factor",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationModel:
    """A kind of station."""

    vendor: str = "Ladewerk"
    model: str = "Säule 22"
    serial: str = "LW-0001"
    firmware: str = "1.4.2"
    measurands: tuple[str, ...] = MEASURANDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """The switches. A station with the defaults does as its specification says."""

    # The connection.
    user: str | None = None  # of basic authentication; its identity by default
    subprotocols: tuple[str, ...] | None = None
    deflate: bool = True  # offers permessage-deflate, as all clients on node do
    reconnect_s: float = 1.0
    boots_on_reconnect: bool = True
    tells_status_on_reconnect: bool = True
    status_before_boot_answer: bool = False
    retry_factor: float = 1.0  # waits so many times the interval after Rejected or Pending
    clock_offset_s: float = 0.0  # its clock is so much ahead
    sets_clock: bool = False  # takes the time of boot and heartbeat

    # What it tells.
    status_of_station: bool = True  # 1.6: StatusNotification of connector 0
    status_has_time: bool = True
    register_per_transaction: bool = False  # begins at 0 with each transaction
    register_wraps_wh: float | None = None
    energy_unit: Literal["Wh", "kWh"] = "Wh"
    tells_unit: bool = True
    energy_by_phase: bool = False  # and no sum
    tells_measurand: bool = True  # of the energy register
    meter_values_have_transaction: bool = True
    loses_meter_values: bool = False  # of the time in which it is offline
    replays_after_s: float = 0.0  # what it kept comes so late after a reconnect
    resends_with_same_id: bool = True
    transaction_data: Literal["none", "full", "empty"] = "full"  # empty: `sampledValue: []`
    tells_stop_reason: bool = True
    ends_twice: bool = False  # two Finishing, two Ended
    seq_no_stands_still: bool = False
    evse_only_in_started: bool = False
    token_after_remote_start: bool = True
    charging_state_in_meter_values: bool = False
    transaction_id_in_start_answer: bool = True
    stops_on_unplug: bool = True

    # What it does when it is told something.
    accepts_all: bool = False  # and does nothing
    silent_on: frozenset[str] = frozenset()
    crashes_on: frozenset[str] = frozenset()  # boots again instead of an answer
    samples_once_set: bool = False  # minds its sampling interval only once somebody has set it
    unsupported_keys: frozenset[str] = frozenset()
    reboot_keys: frozenset[str] = frozenset()
    profile_units: frozenset[str] = frozenset({"A", "W"})
    profile_purposes: frozenset[str] | None = None
    max_periods: int = 24
    keeps_first_period: bool = False  # of a profile: what comes after it never does
    max_stack_level: int = 10
    composite: Literal["right", "empty", "amperes"] = "right"
    local_list_needs_enabling: bool = False
    version_mismatch_on_same: bool = False
    clears_cache: bool = True
    shows_authorization_key: bool = False
    reserves_after_authorize: bool = False
    custom_operation_on_trigger: bool = False
    triggers_boot: bool = True
    values_missing: bool = False  # 2.x: GetVariables Accepted without a value
    remote_start: Literal["Accepted", "Rejected"] = "Accepted"
    unlocks: Literal["Unlocked", "UnlockFailed", "NotSupported"] = "Unlocked"
    phase_switching: bool = False
    shows_cost: bool = False  # 2.x: on a display

    # Its people.
    free_token: str | None = None  # starts by itself under this token when a car comes
    tap_token: str | None = None  # whoever plugs a car in holds this token to it
    tap_after_s: float = 1.0


def switches(words: list[str]) -> dict[str, Any]:
    """Return what `name`, `no-name` and `name=value` mean as fields of `Behaviour`; ValueError for an unknown one."""
    known = {field.name: field for field in fields(Behaviour)}
    found: dict[str, Any] = {}
    for word in words:
        name, has_value, value = word.replace("-", "_", word.partition("=")[0].count("-")).partition("=")
        wanted = True
        if name not in known and name.startswith("no_"):
            name, wanted = name.removeprefix("no_"), False
        if name not in known:
            raise ValueError(f"no such switch: {word}; there are {', '.join(sorted(known))}")
        found[name] = _value(known[name].default, value) if has_value else wanted
    return found


def _value(default: object, value: str) -> object:
    match default:
        case bool():
            return value in {"1", "true", "yes", "on"}
        case int():
            return int(value)
        case float():
            return float(value)
        case frozenset():
            return frozenset(value.split(","))
        case tuple():
            return tuple(value.split(","))
        case _:
            return value
