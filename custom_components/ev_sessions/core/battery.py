"""How much energy a percent of the car's battery takes, as the session that goes on shows it."""

from dataclasses import dataclass, replace
from typing import Final

#: So many percent have to have passed before they tell anything.
_LEAST_PERCENT: Final = 2.0
_FULL: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The state of charge and the session's energy, when the first changed for the first and the last time.

    Between two changes it is not known where in its step the battery is, so only they count.
    """

    soc_percent: float
    begun: tuple[float, int] | None = None
    changed: tuple[float, int] | None = None

    @property
    def mwh_per_percent(self) -> float | None:
        """The energy for a percent; None while too few were seen to pass."""
        if self.begun is None or self.changed is None:
            return None
        percent = self.changed[0] - self.begun[0]
        return None if percent < _LEAST_PERCENT else (self.changed[1] - self.begun[1]) / percent

    def left_mwh(self, target_percent: float, energy_mwh: int) -> float | None:
        """Return the energy to a state of charge; None while that is not known."""
        per_percent = self.mwh_per_percent
        if per_percent is None or self.changed is None:
            return None
        since_mwh = energy_mwh - self.changed[1]
        return max(0.0, (min(_FULL, target_percent) - self.changed[0]) * per_percent - since_mwh)


def seen(battery: Battery | None, soc_percent: float, energy_mwh: int) -> Battery:
    """Return what is known after one more look in the same session."""
    if battery is None:
        return Battery(soc_percent=soc_percent)
    if soc_percent == battery.soc_percent:
        return battery
    here = (soc_percent, energy_mwh)
    return replace(battery, soc_percent=soc_percent, begun=battery.begun or here, changed=here)
