"""What a station tells of itself when it starts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .station import BootInfo
from .version import Version

#: Longer than any field of a BootNotification.
_LONGEST = 64


def boot_of(version: Version, payload: Mapping[str, Any], at: datetime) -> BootInfo:
    """Read a BootNotification; what is missing, or is no text, is left out."""
    if version.is_2:
        station = _object(payload.get("chargingStation"))
        modem = _object(station.get("modem"))
        return BootInfo(
            vendor=_text(station.get("vendorName")) or "",
            model=_text(station.get("model")) or "",
            serial=_text(station.get("serialNumber")),
            firmware=_text(station.get("firmwareVersion")),
            iccid=_text(modem.get("iccid")),
            imsi=_text(modem.get("imsi")),
            reason=_text(payload.get("reason")),
            at=at,
        )
    return BootInfo(
        vendor=_text(payload.get("chargePointVendor")) or "",
        model=_text(payload.get("chargePointModel")) or "",
        # The box's own serial number is the older field, which many still fill in alone.
        serial=_text(payload.get("chargePointSerialNumber")) or _text(payload.get("chargeBoxSerialNumber")),
        firmware=_text(payload.get("firmwareVersion")),
        iccid=_text(payload.get("iccid")),
        imsi=_text(payload.get("imsi")),
        at=at,
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str | None:
    return (value.strip()[:_LONGEST] or None) if isinstance(value, str) else None
