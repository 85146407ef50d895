"""The words of each version for what a station is asked: the same functions, whatever it speaks."""

from collections.abc import Sequence
from typing import Protocol

from ...core.station.capabilities import ProfilePurpose, RateUnit
from ...core.station.charging_profile import ChargingProfile
from .asked import Firmware, ListEntry, LogUpload, RemoteStart, Reservation, ResetKind, Trigger
from .command import Command
from .v2 import commands as v2_commands
from .v16 import commands as v16_commands
from .version import Version


class Words(Protocol):
    """Every call that all versions know. `evse` None is the whole station, or any EVSE of it.

    They raise NotInVersionError where a version has no words for what is asked.
    """

    def remote_start(self, start: RemoteStart, /) -> Command:
        """Begin a charge."""
        ...

    def remote_stop(self, transaction_id: str, /) -> Command:
        """End a transaction."""
        ...

    def unlock(self, evse: int, /) -> Command:
        """Let go of the cable."""
        ...

    def reset(self, kind: ResetKind, /, *, evse: int | None = None) -> Command:
        """Start the station anew."""
        ...

    def change_availability(self, *, operative: bool, evse: int | None = None) -> Command:
        """Take out of service, or back."""
        ...

    def trigger(self, message: Trigger, /, *, evse: int | None = None) -> Command:
        """Have the station tell something now."""
        ...

    def reserve(self, reservation: Reservation, /) -> Command:
        """Keep an EVSE for a token."""
        ...

    def cancel_reservation(self, reservation_id: int, /) -> Command:
        """Give up a reservation."""
        ...

    def clear_cache(self) -> Command:
        """Have the station forget the tokens that it saw."""
        ...

    def local_list(self, version: int, entries: Sequence[ListEntry], /, *, full: bool) -> Command:
        """Replace or change the list of tokens that the station knows by itself."""
        ...

    def local_list_version(self) -> Command:
        """Ask for the version of that list."""
        ...

    def update_firmware(self, firmware: Firmware, /) -> Command:
        """Have the station get its firmware and install it."""
        ...

    def upload_log(self, upload: LogUpload, /) -> Command:
        """Have the station send its log."""
        ...

    def data_transfer(self, vendor: str, message: str | None, data: str | None, /) -> Command:
        """Send what a vendor has its own words for."""
        ...

    def set_profile(self, profile: ChargingProfile, /) -> Command:
        """Install a charging profile."""
        ...

    def clear_profile(self, profile_id: int, /) -> Command:
        """Remove one charging profile."""
        ...

    def clear_profiles(
        self, *, evse: int | None = None, purpose: ProfilePurpose | None = None, stack_level: int | None = None
    ) -> Command:
        """Remove all charging profiles that match."""
        ...

    def composite_schedule(self, evse: int, duration_s: int, unit: RateUnit | None = None, /) -> Command:
        """Ask what all profiles together allow."""
        ...


def words_of(version: Version | None) -> Words:
    """Return the words of a version; those of 1.6 where none is known yet."""
    if version is None or version is Version.V16:
        return v16_commands
    return v2_commands
