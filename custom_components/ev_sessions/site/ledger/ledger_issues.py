"""What the owner has to know of the ledger, which belongs to all sites."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN, TROUBLESHOOTING
from ...store import LedgerError, OpenReport

_SET_ASIDE = "ledger_set_aside"
_UNAVAILABLE = "ledger_unavailable"


@callback
def async_ledger_opened(hass: HomeAssistant, report: OpenReport) -> None:
    """Tell of a file that was set aside; that stays until the owner ignores it, also across restarts."""
    async_ledger_trouble(hass, None)
    if report.set_aside is None:
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _SET_ASIDE,
        is_fixable=False,
        is_persistent=True,
        learn_more_url=f"{TROUBLESHOOTING}#{_SET_ASIDE}",
        severity=ir.IssueSeverity.ERROR,
        translation_key=_SET_ASIDE,
        translation_placeholders={
            "set_aside": report.set_aside,
            "salvaged": str(report.salvaged.get("session", 0)),
        },
    )


@callback
def async_ledger_trouble(hass: HomeAssistant, error: LedgerError | None) -> None:
    """Tell that the ledger takes no writes, or with None that it takes them again."""
    if error is None:
        ir.async_delete_issue(hass, DOMAIN, _UNAVAILABLE)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        _UNAVAILABLE,
        is_fixable=False,
        learn_more_url=f"{TROUBLESHOOTING}#{_UNAVAILABLE}",
        severity=ir.IssueSeverity.ERROR,
        translation_key=_UNAVAILABLE,
        translation_placeholders={"reason": str(error)},
    )
