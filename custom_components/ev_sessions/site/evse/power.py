"""What the currents of one EVSE come to in power, on the lines that it loads."""

from ...core.balancing.circuits.circuit import LineUse
from ...core.balancing.meter.grid import power_at_one_ampere_w
from ..config.site import ChargerConfig, SiteConfig
from .limit import DecidedLimit
from .wishes import EvseWishes

#: Voltages are nominal, and no charger holds its limit to the watt.
_ABOVE_NOMINAL = 1.1


class EvsePower:
    """Reckons an EVSE's power by its configuration, by what its owner wants, and by what is known of its car."""

    def __init__(self, site: SiteConfig, config: ChargerConfig, wishes: EvseWishes, decided: DecidedLimit) -> None:
        self._site = site
        self._config = config
        self._wishes = wishes
        self._decided = decided

    def per_a_w(self) -> float:
        """Return what one ampere comes to, in W."""
        return self._of(self._wishes.line_use)

    def greatest_kw(self) -> float:
        """Return more than the charger can ever give, in kW."""
        return self._config.max_a * self._of(self._config.line_use) * _ABOVE_NOMINAL / 1000

    def most_w(self) -> float:
        """Return the most that this car can draw, in W, on the lines that it loads as far as they are known."""
        use = self._wishes.line_use
        if self._decided.car_lines is not None:
            use = LineUse(lines=self._decided.car_lines, factor=use.factor)
        return self._of(use) * max(self._config.min_a, self._wishes.current_a)

    def _of(self, use: LineUse) -> float:
        return power_at_one_ampere_w(use, self._site.wiring, self._site.voltage_v)
