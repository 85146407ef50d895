"""How settings are read and written in one version of OCPP; settings go by the names of the wire."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from .settings import Setting
from .told import Readout, Told


class Written(StrEnum):
    """What a station answered to a change."""

    ACCEPTED = "accepted"
    REBOOT = "reboot"  # taken, and in force after the next start
    REJECTED = "rejected"  # not this value, or not now
    UNSUPPORTED = "unsupported"  # it has no such setting
    UNANSWERED = "unanswered"  # an error, or nothing

    @property
    def taken(self) -> bool:
        """Whether the station says that it holds the value."""
        return self in {Written.ACCEPTED, Written.REBOOT}


class Dialect(Protocol):
    """One station's settings. Every method raises GoneError where the station is gone."""

    def name(self, setting: Setting) -> str | None:
        """Return what the wire calls a setting; None where this version has none."""
        ...

    async def async_read(self) -> Readout:
        """Return all that the station tells of the settings that we know."""
        ...

    async def async_reread(self, names: Sequence[str]) -> Mapping[str, Told]:
        """Return what the station tells of some settings; what it does not tell is left out."""
        ...

    async def async_write(self, values: Mapping[str, str]) -> Mapping[str, Written]:
        """Set each of `values`, in their order; one that fails does not keep the next from being sent."""
        ...
