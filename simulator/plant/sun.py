"""A roof of solar panels under clouds that drift."""

from math import asin, cos, pi, radians, sin
from random import Random

from .life import Life

_LATITUDE = radians(52.0)
_LONGITUDE_H = 13.0 / 15.0  # hours that the sun is ahead of UTC
_UPDATE_S = 10.0


class Sun:
    """PV that feeds three lines alike; `power_w` is what it gives now."""

    def __init__(self, seed: int, life: Life, *, peak_w: float) -> None:
        self.peak_w = peak_w
        self.power_w = 0.0
        self._life = life
        self._rng = Random(f"{seed} clouds")
        self._clear = self._rng.uniform(0.2, 1.0)
        self._next_s = 0.0

    def step(self, now_s: float) -> None:
        """Move sun and clouds to `now_s`."""
        while self._next_s <= now_s:
            # A walk that is drawn back to its middle: clouds last for minutes, not for the season.
            self._clear += self._rng.gauss(0.0, 0.04) + (0.6 - self._clear) * 0.01
            self._clear = min(1.0, max(0.08, self._clear))
            self.power_w = self.peak_w * self._height(self._next_s) * self._clear
            self._next_s += _UPDATE_S

    def _height(self, now_s: float) -> float:
        """Return the sine of the sun's height, 0 at night."""
        local = self._life.local(now_s)
        offset = local.utcoffset()
        utc_hour = (
            local.hour + local.minute / 60 + local.second / 3600 - (offset.total_seconds() / 3600 if offset else 0)
        )
        declination = asin(0.398 * sin(2 * pi * (local.timetuple().tm_yday - 81) / 365.25))
        angle = 2 * pi * (utc_hour + _LONGITUDE_H - 12) / 24
        height = sin(_LATITUDE) * sin(declination) + cos(_LATITUDE) * cos(declination) * cos(angle)
        return max(0.0, height)
