"""What every way to reach a charger offers a site: readings of one EVSE."""

from typing import Protocol

from homeassistant.core import Context


class ChargerReader(Protocol):
    """Reads one EVSE, and calls back with all that is known of it on each change and each report."""

    @property
    def source_available(self) -> bool:
        """Whether whoever tells of the EVSE says something now."""
        ...

    @property
    def set_context(self) -> Context | None:
        """In whose name the limit that is shown was written last; None where that is not known."""
        ...

    def async_start(self) -> None:
        """Tell what is known now, and go on until stopped."""
        ...

    def async_stop(self) -> None:
        """Read no more."""
        ...
