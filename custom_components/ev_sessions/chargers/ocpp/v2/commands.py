"""Every call of OCPP 2.0.1 and 2.1 to a station: what is sent here, both spell alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from ocpp.v201 import call, datatypes, enums

from ....core.id_token import IdToken
from ....core.station.capabilities import ProfilePurpose, RateUnit
from ....core.station.charging_profile import ChargingProfile
from ..asked import OUR_TOKEN, Firmware, ListEntry, LogKind, LogUpload, RemoteStart, Reservation, ResetKind, Trigger
from ..command import Command, command, instant

_RESETS = {ResetKind.WHEN_IDLE: enums.ResetEnumType.on_idle, ResetKind.AT_ONCE: enums.ResetEnumType.immediate}
_TRIGGERS = {
    Trigger.BOOT: enums.MessageTriggerEnumType.boot_notification,
    Trigger.FIRMWARE_STATUS: enums.MessageTriggerEnumType.firmware_status_notification,
    Trigger.HEARTBEAT: enums.MessageTriggerEnumType.heartbeat,
    Trigger.LOG_STATUS: enums.MessageTriggerEnumType.log_status_notification,
    Trigger.METER_VALUES: enums.MessageTriggerEnumType.meter_values,
    Trigger.STATUS: enums.MessageTriggerEnumType.status_notification,
    Trigger.TRANSACTION: enums.MessageTriggerEnumType.transaction_event,
}
_LOGS = {
    LogKind.DIAGNOSTICS: enums.LogEnumType.diagnostics_log,
    LogKind.SECURITY: enums.LogEnumType.security_log,
}
#: A token whose type nobody told came from a 1.6 station: a card.
_CARD = enums.IdTokenEnumType.iso14443
#: Most stations have one connector per EVSE.
_CONNECTOR = 1


def remote_start(start: RemoteStart) -> Command:
    """Begin a charge. A profile inside names no transaction: there is none yet (F01.FR.11)."""
    return command(
        call.RequestStartTransaction(
            id_token=_token(start.token),
            remote_start_id=start.remote_start_id,
            evse_id=start.evse,
            group_id_token=_group(start.group),
            charging_profile=None if start.profile is None else _profile(start.profile, for_start=True),
        )
    )


def remote_stop(transaction_id: str) -> Command:
    """End a transaction."""
    return command(call.RequestStopTransaction(transaction_id=transaction_id))


def unlock(evse: int, *, connector: int = _CONNECTOR) -> Command:
    """Let go of the cable; refused while an authorised transaction runs."""
    return command(call.UnlockConnector(evse_id=evse, connector_id=connector))


def cost_updated(transaction_id: str, total_cost: float) -> Command:
    """Tell what a transaction has cost so far, in the currency that the station is set to."""
    return command(call.CostUpdated(total_cost=total_cost, transaction_id=transaction_id))


def reset(kind: ResetKind, *, evse: int | None = None) -> Command:
    """Start the station anew, or one EVSE of it."""
    return command(call.Reset(type=_RESETS[kind], evse_id=evse))


def change_availability(*, operative: bool, evse: int | None = None) -> Command:
    """Take out of service, or back; a transaction that runs is not ended."""
    kind = enums.OperationalStatusEnumType.operative if operative else enums.OperationalStatusEnumType.inoperative
    return command(call.ChangeAvailability(operational_status=kind, evse=_evse(evse)))


def trigger(message: Trigger, *, evse: int | None = None) -> Command:
    """Have the station tell something now; a status is asked of a connector (F06.FR.12)."""
    connector = _CONNECTOR if message is Trigger.STATUS else None
    return command(call.TriggerMessage(requested_message=_TRIGGERS[message], evse=_evse(evse, connector)))


def reserve(reservation: Reservation) -> Command:
    """Keep an EVSE for a token."""
    return command(
        call.ReserveNow(
            id=reservation.id,
            expiry_date_time=instant(reservation.expires_at),
            id_token=_token(reservation.token),
            evse_id=reservation.evse,
            group_id_token=_group(reservation.group),
        )
    )


def cancel_reservation(reservation_id: int) -> Command:
    """Give up a reservation."""
    return command(call.CancelReservation(reservation_id=reservation_id))


def clear_cache() -> Command:
    """Have the station forget the tokens that it saw."""
    return command(call.ClearCache())


def local_list(version: int, entries: Sequence[ListEntry], *, full: bool) -> Command:
    """Replace or change the list of tokens that the station knows by itself."""
    return command(
        call.SendLocalList(
            version_number=version,
            update_type=enums.UpdateEnumType.full if full else enums.UpdateEnumType.differential,
            # An empty list is no list: that is how all are taken off (D01.FR.17).
            local_authorization_list=[_entry(entry) for entry in entries] or None,
        )
    )


def local_list_version() -> Command:
    """Ask for the version of the station's list; 0: it has none."""
    return command(call.GetLocalListVersion())


def update_firmware(firmware: Firmware) -> Command:
    """Have the station get its firmware and install it."""
    return command(
        call.UpdateFirmware(
            request_id=firmware.request_id,
            firmware=datatypes.FirmwareType(
                location=firmware.location, retrieve_date_time=instant(firmware.retrieve_at)
            ),
            retries=firmware.retries,
            retry_interval=firmware.retry_interval_s,
        )
    )


def upload_log(upload: LogUpload) -> Command:
    """Have the station send one of its logs."""
    return command(
        call.GetLog(
            log=datatypes.LogParametersType(
                remote_location=upload.location,
                oldest_timestamp=None if upload.since is None else instant(upload.since),
                latest_timestamp=None if upload.until is None else instant(upload.until),
            ),
            log_type=_LOGS[upload.kind],
            request_id=upload.request_id,
            retries=upload.retries,
            retry_interval=upload.retry_interval_s,
        )
    )


def data_transfer(vendor: str, message: str | None, data: str | None) -> Command:
    """Send what a vendor has its own words for."""
    return command(call.DataTransfer(vendor_id=vendor, message_id=message, data=data))


def set_profile(profile: ChargingProfile) -> Command:
    """Install a charging profile."""
    return command(call.SetChargingProfile(evse_id=profile.evse, charging_profile=_profile(profile, for_start=False)))


def clear_profile(profile_id: int) -> Command:
    """Remove one charging profile."""
    return command(call.ClearChargingProfile(charging_profile_id=profile_id))


def clear_profiles(
    *, evse: int | None = None, purpose: ProfilePurpose | None = None, stack_level: int | None = None
) -> Command:
    """Remove all charging profiles that match."""
    return command(
        call.ClearChargingProfile(
            charging_profile_criteria=datatypes.ClearChargingProfileType(
                evse_id=evse,
                charging_profile_purpose=None if purpose is None else enums.ChargingProfilePurposeEnumType(purpose),
                stack_level=stack_level,
            )
        )
    )


def composite_schedule(evse: int, duration_s: int, unit: RateUnit | None = None) -> Command:
    """Ask what all profiles together allow."""
    return command(
        call.GetCompositeSchedule(
            evse_id=evse,
            duration=duration_s,
            charging_rate_unit=None if unit is None else enums.ChargingRateUnitEnumType(unit),
        )
    )


# What 1.6 has no words for


def get_variables(names: Sequence[tuple[str, str]]) -> Command:
    """Ask for variables, each by its component and its name."""
    return command(
        call.GetVariables(
            get_variable_data=[
                datatypes.GetVariableDataType(
                    component=datatypes.ComponentType(name=component), variable=datatypes.VariableType(name=variable)
                )
                for component, variable in names
            ]
        )
    )


def set_variables(values: Mapping[tuple[str, str], str]) -> Command:
    """Set variables, each by its component and its name."""
    return command(
        call.SetVariables(
            set_variable_data=[
                datatypes.SetVariableDataType(
                    component=datatypes.ComponentType(name=component),
                    variable=datatypes.VariableType(name=variable),
                    attribute_value=value,
                )
                for (component, variable), value in values.items()
            ]
        )
    )


def get_base_report(request_id: int) -> Command:
    """Have the station report all of its device model."""
    return command(call.GetBaseReport(request_id=request_id, report_base=enums.ReportBaseEnumType.full_inventory))


def transaction_status(transaction_id: str | None = None) -> Command:
    """Ask whether a transaction goes on, and whether messages of it wait; of any where none is named."""
    return command(call.GetTransactionStatus(transaction_id=transaction_id))


def get_profiles(request_id: int, *, evse: int | None = None, purpose: ProfilePurpose | None = None) -> Command:
    """Have the station report its charging profiles, in as many messages as it likes."""
    return command(
        call.GetChargingProfiles(
            request_id=request_id,
            evse_id=evse,
            charging_profile=datatypes.ChargingProfileCriterionType(
                charging_profile_purpose=None if purpose is None else enums.ChargingProfilePurposeEnumType(purpose)
            ),
        )
    )


def _evse(evse: int | None, connector: int | None = None) -> datatypes.EVSEType | None:
    return None if evse is None else datatypes.EVSEType(id=evse, connector_id=connector)


def _token(token: IdToken) -> datatypes.IdTokenType:
    untold = enums.IdTokenEnumType.central if token == OUR_TOKEN else _CARD
    kind: Any = token.type or untold  # 2.1 knows more types than the enumeration, and takes any
    return datatypes.IdTokenType(id_token=token.value, type=kind)


def _group(group: str | None) -> datatypes.IdTokenType | None:
    return None if group is None else datatypes.IdTokenType(id_token=group, type=enums.IdTokenEnumType.central)


def _entry(entry: ListEntry) -> datatypes.AuthorizationData:
    info = None
    if entry.status is not None:
        info = datatypes.IdTokenInfoType(
            status=enums.AuthorizationStatusEnumType(entry.status),
            group_id_token=_group(entry.group),
            cache_expiry_date_time=None if entry.expires_at is None else instant(entry.expires_at),
        )
    return datatypes.AuthorizationData(id_token=_token(entry.token), id_token_info=info)


def _profile(profile: ChargingProfile, *, for_start: bool) -> datatypes.ChargingProfileType:
    return datatypes.ChargingProfileType(
        id=profile.id,
        stack_level=profile.stack_level,
        charging_profile_purpose=enums.ChargingProfilePurposeEnumType(profile.purpose),
        charging_profile_kind=enums.ChargingProfileKindEnumType.absolute,
        transaction_id=None if for_start else profile.transaction_id,
        charging_schedule=[
            datatypes.ChargingScheduleType(
                id=profile.id,
                charging_rate_unit=enums.ChargingRateUnitEnumType(profile.unit),
                start_schedule=instant(profile.start),
                duration=profile.duration_s,
                charging_schedule_period=[
                    datatypes.ChargingSchedulePeriodType(
                        start_period=period.start_s, limit=period.limit, number_phases=period.phases
                    )
                    for period in profile.periods
                ],
            )
        ],
    )
