"""What keeps us from listening for stations, as issues that come and go with their cause."""

import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN, TROUBLESHOOTING

_LOGGER = logging.getLogger(__name__)


@callback
def async_not_listening(
    hass: HomeAssistant, port: int, key: str, *, holder: str | None = None, reason: str = ""
) -> None:
    """Tell that a port cannot be had, and why; logged once, until it is."""
    issue_id = _issue_id(port)
    known = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    if known is None or known.translation_key != key:
        _LOGGER.warning("Port %d cannot be listened to: %s", port, holder or reason or "it is in use")
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        learn_more_url=f"{TROUBLESHOOTING}#{key}",
        severity=ir.IssueSeverity.ERROR,
        translation_key=key,
        translation_placeholders={"port": str(port), "holder": holder or "?", "reason": reason},
    )


@callback
def async_listening(hass: HomeAssistant, port: int) -> None:
    """Take back what was told of a port."""
    ir.async_delete_issue(hass, DOMAIN, _issue_id(port))


def _issue_id(port: int) -> str:
    return f"ocpp_port_{port}"
