"""How far a station is with new firmware, in words that all versions of OCPP have."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class FirmwareState(StrEnum):
    """What a station does about its firmware (1.6 FirmwareStatus, 2.x FirmwareStatusEnumType)."""

    IDLE = "idle"
    SCHEDULED = "scheduled"
    DOWNLOADING = "downloading"
    PAUSED = "paused"
    DOWNLOADED = "downloaded"
    DOWNLOAD_FAILED = "download_failed"
    VERIFIED = "verified"
    INVALID_SIGNATURE = "invalid_signature"
    INSTALLING = "installing"
    RESTARTING = "restarting"
    INSTALLED = "installed"
    INSTALLATION_FAILED = "installation_failed"
    VERIFICATION_FAILED = "verification_failed"


_STATES: Final[Mapping[str, FirmwareState]] = {
    "Idle": FirmwareState.IDLE,
    "DownloadScheduled": FirmwareState.SCHEDULED,
    "InstallScheduled": FirmwareState.SCHEDULED,
    "Downloading": FirmwareState.DOWNLOADING,
    "DownloadPaused": FirmwareState.PAUSED,
    "Downloaded": FirmwareState.DOWNLOADED,
    "DownloadFailed": FirmwareState.DOWNLOAD_FAILED,
    "SignatureVerified": FirmwareState.VERIFIED,
    "InvalidSignature": FirmwareState.INVALID_SIGNATURE,
    "RevokedCertificate": FirmwareState.INVALID_SIGNATURE,
    "InvalidCertificate": FirmwareState.INVALID_SIGNATURE,
    "CertificateVerified": FirmwareState.VERIFIED,
    "Installing": FirmwareState.INSTALLING,
    "InstallRebooting": FirmwareState.RESTARTING,
    "Installed": FirmwareState.INSTALLED,
    "InstallationFailed": FirmwareState.INSTALLATION_FAILED,
    "InstallVerificationFailed": FirmwareState.VERIFICATION_FAILED,
}


def firmware_state_of(status: object) -> FirmwareState | None:
    """Return the state that a status of the wire stands for; None for a word that nobody knows."""
    return _STATES.get(status) if isinstance(status, str) else None
