"""Constants of the simulated house."""

from typing import Final

DOMAIN: Final = "ev_house"

CONF_START_DELAY_S: Final = "start_delay_s"

#: A delay that never ends: the source does not come at all.
NEVER: Final = -1

MANUFACTURER_METER: Final = "Feldhaus"
MANUFACTURER_CHARGER: Final = "Ladewerk"
