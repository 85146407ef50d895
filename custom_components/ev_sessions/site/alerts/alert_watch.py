"""What an EVSE and a site tell their owner at once: looks at what is shown, and tells; the rules are in the core."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, callback

from ...core.alerts import (
    Alert,
    AlertSettings,
    AlertType,
    EvseAlerts,
    EvseScene,
    SiteAlerts,
    settings_from,
    watch_evse,
    watch_site,
)
from ...core.balancing.load import BalancingState
from ...core.energy import kwh_from_mwh
from ...core.money import Money
from ...core.reading import Activity
from ...core.vehicles.usual_hour import WEEKS, Stay, UsualHours, UsualPlugIn, usual_hours, usual_plug_in
from ...store import Ledger, SessionFilter
from ..clock import Clock
from ..config.site import SiteConfig
from ..evse.evse import EvseRuntime
from ..issues import IssueBook
from ..ledger.ledger import asked
from ..view import SiteView

_SETTINGS = "alert_settings"
_TOLD = "alerts_told"
#: More stays of one EVSE than this say nothing new of its habits.
_STAYS = 500

type AlertListener = Callable[[str, dict[str, Any]], None]


class AlertOwner:
    """Who has alerts: an EVSE or a site. Its view is the settings of its alerts, which are kept at once."""

    def __init__(self, ledger: Ledger, clock: Clock, *, owner_id: str, identity: str, currency: str) -> None:
        self.identity = identity
        self.currency = currency
        self.view = AlertSettings()
        self._ledger = ledger
        self._clock = clock
        self._owner_id = owner_id
        self._listeners: list[Callable[[], None]] = []
        self._alert_listeners: list[AlertListener] = []

    @callback
    def take_up(self, kept: dict[str, Any]) -> None:
        """Take over the run-time settings that were kept of the owner."""
        self.view = settings_from(kept.get(_SETTINGS, {}))

    def subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Have `listener` called when the settings changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def subscribe_alerts(self, listener: AlertListener) -> CALLBACK_TYPE:
        """Have `listener` called with type and attributes of each alert."""
        self._alert_listeners.append(listener)
        return lambda: self._alert_listeners.remove(listener)

    async def async_set(self, settings: AlertSettings) -> None:
        """Take other settings, once they are kept."""
        await asked(self._ledger.put_setting(self._owner_id, _SETTINGS, _settings_json(settings), self._clock().utc))
        self.view = settings
        for listener in tuple(self._listeners):
            listener()

    @callback
    def _async_tell(self, kind: AlertType, attributes: dict[str, Any]) -> None:
        for listener in tuple(self._alert_listeners):
            listener(kind.value, attributes)


class EvseAlertWatch(AlertOwner):
    """The alerts of one EVSE."""

    def __init__(self, evse: EvseRuntime, ledger: Ledger, clock: Clock, issues: IssueBook) -> None:
        super().__init__(ledger, clock, owner_id=evse.evse_id, identity=evse.identity, currency=evse.currency)
        self.evse = evse
        self._issues = issues
        self._hours: UsualHours = usual_hours((), evse.zone, clock().utc)
        self._known = EvseAlerts()

    @override
    @callback
    def take_up(self, kept: dict[str, Any]) -> None:
        """Take over what was set and what was told."""
        super().take_up(kept)
        try:
            self._known = EvseAlerts.from_kept(kept.get(_TOLD, ""))
        except ValueError:
            # Nothing was told yet, or by another version: at worst something is told twice.
            self._known = EvseAlerts()

    async def async_learn(self) -> None:
        """Learn from the ledger at what hours a car is usually plugged in."""
        now = self._clock().utc
        wanted = SessionFilter(
            evse_ids=(self.evse.evse_id,), start=now - timedelta(weeks=WEEKS, days=1), include_empty=True
        )
        _, found = await asked(self._ledger.sessions_page(wanted, limit=_STAYS))
        stays = [Stay(start=one.session.start, end=one.session.end) for one in found]
        self._hours = usual_hours(stays, self.evse.zone, now)

    @callback
    def async_look(self) -> None:
        """Look at the EVSE, and tell what is to be told."""
        now = self._clock()
        usual = usual_plug_in(self._hours, self.evse.zone, now.utc)
        before = self._known
        self._known, alerts = watch_evse(before, _scene(self.evse, usual), self.view, now)
        for alert in alerts:
            self._async_tell(alert.type, self._attributes(alert, usual))
        self._issues.charger_offline(
            self.evse.name, self.evse.evse_id, offline=self._known.offline.tells, after_s=self.view.offline_after_s
        )
        self._issues.charger_fault(self.evse.name, self.evse.evse_id, fault=self._known.fault.tells)
        if self._known == before:
            return
        told = self._known.kept()
        if told != before.kept():
            self._ledger.put_setting(self._owner_id, _TOLD, told, now.utc)

    def _attributes(self, alert: Alert, usual: UsualPlugIn | None) -> dict[str, Any]:
        view = self.evse.view
        session = view.session
        attributes: dict[str, Any] = {
            "charger": self.evse.name,
            "status": None if view.activity is None else view.activity.value,
        }
        if session is not None:
            attributes |= {"session_id": session.id, "energy_kwh": kwh_from_mwh(session.energy_mwh)}
            if session.cost is not None:
                attributes["cost"] = Money(amount=session.cost, currency=self.currency).text
                attributes["currency"] = self.currency
        if alert.type in {AlertType.NOT_CHARGING, AlertType.OFFLINE}:
            attributes["minutes"] = round(alert.lasted_s / 60)
        if alert.type is AlertType.NOT_CHARGING and view.limit_reason is not None:
            attributes["reason"] = view.limit_reason
        if alert.type is AlertType.NOT_PLUGGED_IN and usual is not None:
            attributes["usual_hour"] = f"{usual.at.astimezone(self.evse.zone):%H:%M}"
        return attributes


class SiteAlertWatch(AlertOwner):
    """The alerts of a site."""

    def __init__(self, entry_id: str, config: SiteConfig, ledger: Ledger, clock: Clock, issues: IssueBook) -> None:
        super().__init__(ledger, clock, owner_id=entry_id, identity=entry_id, currency=config.currency)
        self._name = config.name
        self._lines = config.wiring.lines
        self._issues = issues
        self._known = SiteAlerts()

    @callback
    def async_look(self, view: SiteView) -> None:
        """Look at what is shown of the site, and tell what is to be told."""
        overloaded = view.balancing_state is BalancingState.OVERLOAD
        self._known, alerts = watch_site(self._known, overloaded=overloaded, settings=self.view, now=self._clock())
        over_a = _over_a(view, self._lines)
        for alert in alerts:
            self._async_tell(alert.type, {"site": self._name, "seconds": round(alert.lasted_s), "over_a": over_a})
        self._issues.site_overloaded(self._name, lines=", ".join(over_a), overloaded=self._known.overload.tells)


def _scene(evse: EvseRuntime, usual: UsualPlugIn | None) -> EvseScene:
    view, tracker = evse.view, evse.recorder.tracker
    session, shown = tracker.current, view.session
    same = session is not None and shown is not None and shown.id == session.id
    return EvseScene(
        online=view.available,
        fault=view.activity is Activity.FAULT,
        connected=view.connected,
        charging=view.activity is Activity.CHARGING,
        completed=tracker.completed,
        held_back=view.limit_a == 0 or not view.charging_allowed,
        session_id=None if session is None else session.id,
        cost=shown.cost if same and shown is not None else None,
        usual=usual,
    )


def _over_a(view: SiteView, lines: Sequence[str]) -> dict[str, float]:
    """Return by how much each line is over its fuse, in A; lines that are not are left out."""
    headroom_a = view.headroom_a or ()
    return {line: round(-left_a, 1) for line, left_a in zip(lines, headroom_a, strict=False) if left_a < 0}


def _settings_json(settings: AlertSettings) -> dict[str, float | str]:
    values = {field.name: getattr(settings, field.name) for field in fields(settings)}
    return {
        name: str(value) if isinstance(value, Decimal) else value for name, value in values.items() if value is not None
    }
