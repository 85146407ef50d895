"""Where the plant listens."""

from simulator.component.flow import BrandFlow

from .const import DOMAIN, SERIAL, TITLE


class OpenEVSEConfigFlow(BrandFlow, domain=DOMAIN):
    """Set the stand-in up."""

    _domain = DOMAIN
    _title = TITLE
    _serial = SERIAL
