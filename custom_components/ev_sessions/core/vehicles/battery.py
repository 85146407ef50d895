"""How full the car's battery is, and how much energy a percent of it takes, as the session that goes on shows it.

A car's own level may be told wrongly for once or for long: a fraction in place of percents, a
level of yesterday. What follows from the level before, for the energy that was taken since, goes
on; what does not stands aside until it has shown as much by itself.
"""

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

#: So many percent have to have passed before they tell anything.
_LEAST_PERCENT: Final = 2.0
_FULL: Final = 100.0
#: No car's battery takes less for a percent.
_LEAST_MWH_PER_PERCENT: Final = 20_000
#: Where in its steps a level is nobody knows, and a register or a level may be late.
_STEP_PERCENT: Final = 1.5
_MOST_TIMES: Final = 3.0


class Level(NamedTuple):
    """A state of charge and the session's energy when it was first shown."""

    soc_percent: float
    energy_mwh: int


class Rise(NamedTuple):
    """A battery that fills, from the first to the last change of its level."""

    begun: Level
    changed: Level

    @property
    def mwh_per_percent(self) -> float | None:
        """The energy for a percent; None while too few were seen to pass."""
        percent = self.changed.soc_percent - self.begun.soc_percent
        return None if percent < _LEAST_PERCENT else (self.changed.energy_mwh - self.begun.energy_mwh) / percent

    def follows(self, here: Level) -> bool:
        """Tell whether the same battery can be at that level by now."""
        percent, gained_mwh = here.soc_percent - self.changed.soc_percent, here.energy_mwh - self.changed.energy_mwh
        if percent <= 0 or gained_mwh < 0:
            return percent == 0
        if (per_percent := self.mwh_per_percent) is None:
            return gained_mwh >= percent * _LEAST_MWH_PER_PERCENT
        least_mwh = (percent - _STEP_PERCENT) * per_percent / _MOST_TIMES
        most_mwh = (percent + _STEP_PERCENT) * per_percent * _MOST_TIMES
        return least_mwh <= gained_mwh <= most_mwh

    def to(self, here: Level) -> Rise:
        """Return it gone on to a level; one that is shown once more is as old as it was."""
        return self if here.soc_percent == self.changed.soc_percent else self._replace(changed=here)


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """The state of charge, and the session's energy when it changed for the first and the last time.

    Between two changes it is not known where in its step the battery is, so only they count.
    `aside` is what was shown that does not follow from `rise`.
    """

    soc_percent: float
    rise: Rise | None = None
    aside: Rise | None = None

    @property
    def mwh_per_percent(self) -> float | None:
        """The energy for a percent; None while too few were seen to pass."""
        return None if self.rise is None else self.rise.mwh_per_percent

    def left_mwh(self, target_percent: float, energy_mwh: int) -> float | None:
        """Return the energy to a state of charge; None while that is not known."""
        if self.rise is None or (per_percent := self.rise.mwh_per_percent) is None:
            return None
        since_mwh = energy_mwh - self.rise.changed.energy_mwh
        return max(0.0, (min(_FULL, target_percent) - self.rise.changed.soc_percent) * per_percent - since_mwh)


def believable_percent(percent: float | None) -> float | None:
    """Return a state of charge as it was told; None for what no battery can have."""
    return percent if percent is not None and 0 <= percent <= _FULL else None


def seen(battery: Battery | None, soc_percent: float, energy_mwh: int) -> Battery:
    """Return what is known after one more look in the same session."""
    if battery is None:
        return Battery(soc_percent=soc_percent)
    if soc_percent == battery.soc_percent:
        return battery
    here = Level(soc_percent, energy_mwh)
    rise, aside = battery.rise, battery.aside
    if rise is None:
        return Battery(soc_percent=soc_percent, rise=Rise(here, here))
    follows = [one for one in (rise, aside) if one is not None and one.follows(here)]
    # Where it may be either, it is the nearer one.
    nearest = max(follows, key=lambda one: one.changed.soc_percent, default=None)
    if nearest is None:
        return replace(battery, soc_percent=soc_percent, aside=Rise(here, here))
    gone_on = nearest.to(here)
    if nearest is rise or rise.mwh_per_percent is None or gone_on.mwh_per_percent is not None:
        return Battery(soc_percent=soc_percent, rise=gone_on)
    return replace(battery, soc_percent=soc_percent, aside=gone_on)
