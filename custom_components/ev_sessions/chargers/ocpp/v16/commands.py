"""Every call of OCPP 1.6 to a station. Connector n is EVSE n; 0 is the whole station."""

from collections.abc import Sequence

from ocpp.v16 import call, datatypes, enums

from ....core.station.capabilities import ProfilePurpose, RateUnit
from ....core.station.charging_profile import ChargingProfile
from ..asked import (
    Firmware,
    ListEntry,
    LogKind,
    LogUpload,
    NotInVersionError,
    RemoteStart,
    Reservation,
    ResetKind,
    Trigger,
)
from ..command import Command, command, instant

_PURPOSES = {
    ProfilePurpose.TX: enums.ChargingProfilePurposeType.tx_profile,
    ProfilePurpose.TX_DEFAULT: enums.ChargingProfilePurposeType.tx_default_profile,
    ProfilePurpose.STATION_MAX: enums.ChargingProfilePurposeType.charge_point_max_profile,
}
_RESETS = {ResetKind.WHEN_IDLE: enums.ResetType.soft, ResetKind.AT_ONCE: enums.ResetType.hard}
_TRIGGERS = {
    Trigger.BOOT: enums.MessageTrigger.boot_notification,
    Trigger.FIRMWARE_STATUS: enums.MessageTrigger.firmware_status_notification,
    Trigger.HEARTBEAT: enums.MessageTrigger.heartbeat,
    Trigger.LOG_STATUS: enums.MessageTrigger.diagnostics_status_notification,
    Trigger.METER_VALUES: enums.MessageTrigger.meter_values,
    Trigger.STATUS: enums.MessageTrigger.status_notification,
}


def remote_start(start: RemoteStart) -> Command:
    """Begin a charge. A profile inside names no transaction: there is none yet (§5.11)."""
    return command(
        call.RemoteStartTransaction(
            id_tag=start.token.value,
            connector_id=start.evse,
            charging_profile=None if start.profile is None else _profile(start.profile, for_start=True),
        )
    )


def remote_stop(transaction_id: str) -> Command:
    """End a transaction."""
    return command(call.RemoteStopTransaction(transaction_id=_number(transaction_id)))


def unlock(evse: int) -> Command:
    """Let go of the cable; a transaction that runs is ended."""
    return command(call.UnlockConnector(connector_id=evse))


def reset(kind: ResetKind, *, evse: int | None = None) -> Command:
    """Start the station anew."""
    if evse is not None:
        raise NotInVersionError("OCPP 1.6 starts the whole station anew, and no EVSE alone")
    return command(call.Reset(type=_RESETS[kind]))


def change_availability(*, operative: bool, evse: int | None = None) -> Command:
    """Take out of service, or back; a transaction that runs is not ended."""
    kind = enums.AvailabilityType.operative if operative else enums.AvailabilityType.inoperative
    return command(call.ChangeAvailability(connector_id=evse or 0, type=kind))


def trigger(message: Trigger, *, evse: int | None = None) -> Command:
    """Have the station tell something now."""
    if message not in _TRIGGERS:
        raise NotInVersionError(f"OCPP 1.6 cannot be asked for {message}")
    return command(call.TriggerMessage(requested_message=_TRIGGERS[message], connector_id=evse))


def reserve(reservation: Reservation) -> Command:
    """Keep an EVSE for a token."""
    return command(
        call.ReserveNow(
            connector_id=reservation.evse or 0,
            expiry_date=instant(reservation.expires_at),
            id_tag=reservation.token.value,
            reservation_id=reservation.id,
            parent_id_tag=reservation.group,
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
            list_version=version,
            update_type=enums.UpdateType.full if full else enums.UpdateType.differential,
            local_authorization_list=[_entry(entry) for entry in entries],
        )
    )


def local_list_version() -> Command:
    """Ask for the version of the station's list; 0: empty, -1: it has none."""
    return command(call.GetLocalListVersion())


def update_firmware(firmware: Firmware) -> Command:
    """Have the station get its firmware and install it."""
    return command(
        call.UpdateFirmware(
            location=firmware.location,
            retrieve_date=instant(firmware.retrieve_at),
            retries=firmware.retries,
            retry_interval=firmware.retry_interval_s,
        )
    )


def upload_log(upload: LogUpload) -> Command:
    """Have the station send its log; that of security came with the security white paper."""
    since = None if upload.since is None else instant(upload.since)
    until = None if upload.until is None else instant(upload.until)
    if upload.kind is LogKind.DIAGNOSTICS:
        return command(
            call.GetDiagnostics(
                location=upload.location,
                retries=upload.retries,
                retry_interval=upload.retry_interval_s,
                start_time=since,
                stop_time=until,
            )
        )
    return command(
        call.GetLog(
            log={"remote_location": upload.location, "oldest_timestamp": since, "latest_timestamp": until},
            log_type=enums.Log.security_log,
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
    return command(
        call.SetChargingProfile(connector_id=profile.evse, cs_charging_profiles=_profile(profile, for_start=False))
    )


def clear_profile(profile_id: int) -> Command:
    """Remove one charging profile."""
    return command(call.ClearChargingProfile(id=profile_id))


def clear_profiles(
    *, evse: int | None = None, purpose: ProfilePurpose | None = None, stack_level: int | None = None
) -> Command:
    """Remove all charging profiles that match."""
    return command(
        call.ClearChargingProfile(
            connector_id=evse,
            charging_profile_purpose=None if purpose is None else _PURPOSES[purpose],
            stack_level=stack_level,
        )
    )


def composite_schedule(evse: int, duration_s: int, unit: RateUnit | None = None) -> Command:
    """Ask what all profiles together allow."""
    return command(
        call.GetCompositeSchedule(
            connector_id=evse,
            duration=duration_s,
            charging_rate_unit=None if unit is None else enums.ChargingRateUnitType(unit),
        )
    )


def get_configuration(keys: Sequence[str] | None = None) -> Command:
    """Ask for configuration keys; for all where none are named."""
    return command(call.GetConfiguration(key=None if keys is None else list(keys)))


def change_configuration(key: str, value: str) -> Command:
    """Set a configuration key."""
    return command(call.ChangeConfiguration(key=key, value=value))


def _number(transaction_id: str) -> int:
    try:
        return int(transaction_id)
    except ValueError as error:
        raise NotInVersionError(f"{transaction_id!r} is no transaction id of OCPP 1.6") from error


def _entry(entry: ListEntry) -> datatypes.AuthorizationData:
    info = None
    if entry.status is not None:
        info = datatypes.IdTagInfo(
            status=enums.AuthorizationStatus(entry.status),
            parent_id_tag=entry.group,
            expiry_date=None if entry.expires_at is None else instant(entry.expires_at),
        )
    return datatypes.AuthorizationData(id_tag=entry.token.value, id_tag_info=info)


def _profile(profile: ChargingProfile, *, for_start: bool) -> datatypes.ChargingProfile:
    transaction_id = None if for_start or profile.transaction_id is None else _number(profile.transaction_id)
    return datatypes.ChargingProfile(
        charging_profile_id=profile.id,
        transaction_id=transaction_id,
        stack_level=profile.stack_level,
        charging_profile_purpose=_PURPOSES[profile.purpose],
        charging_profile_kind=enums.ChargingProfileKindType.absolute,
        charging_schedule=datatypes.ChargingSchedule(
            charging_rate_unit=enums.ChargingRateUnitType(profile.unit),
            start_schedule=instant(profile.start),
            duration=profile.duration_s,
            charging_schedule_period=[
                datatypes.ChargingSchedulePeriod(
                    start_period=period.start_s, limit=period.limit, number_phases=period.phases
                )
                for period in profile.periods
            ],
        ),
    )
