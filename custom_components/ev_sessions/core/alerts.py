"""What an owner wants to be told of at once: when an alert comes, and that it comes once.

Each cause is watched by itself. An alert of something that lasts comes when it has lasted
for its time, and again only after it was gone for a while. An alert of a session or of a
day comes once for it.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from .moment import Now
from .plain import from_plain, to_plain
from .vehicles.usual_hour import UsualPlugIn

#: What lasts is over when it was gone for so long at least, in s: a flapping cause is one cause.
CALM_S: Final = 60.0
#: A car that does not come is told for so long after its hour, in s; a start at night tells nobody.
_LATE_S: Final = 3 * 3600.0
#: On so many days in a row it is missed; after that its owner is away, and knows.
_MOST_MISSED: Final = 2
_VERSION: Final = 1


class AlertType(StrEnum):
    """What is told; the types of the alert entities. All but `OVERLOAD` are of an EVSE."""

    FULL = "full"
    FAULT = "fault"
    NOT_CHARGING = "not_charging"
    NOT_PLUGGED_IN = "not_plugged_in"
    OFFLINE = "offline"
    OVER_COST = "over_cost"
    OVERLOAD = "overload"


EVSE_ALERTS: Final = tuple(one for one in AlertType if one is not AlertType.OVERLOAD)
SITE_ALERTS: Final = (AlertType.OVERLOAD,)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """After what time each alert comes, in s. `over_cost` in the site's currency; None: never."""

    not_charging_after_s: float = 15 * 60.0
    offline_after_s: float = 10 * 60.0
    not_plugged_in_after_s: float = 30 * 60.0
    over_cost: Decimal | None = None
    overload_after_s: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseScene:
    """An EVSE as the alerts see it. None is "not known".

    `completed`: the car has charged and asks for no more. `held_back`: we or the owner let it
    have nothing, so that waiting is expected. `usual`: when it is usually plugged in today.
    """

    online: bool
    fault: bool = False
    connected: bool | None = None
    charging: bool = False
    completed: bool = False
    held_back: bool = False
    session_id: str | None = None
    cost: Decimal | None = None
    usual: UsualPlugIn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something to tell, and for how long it has lasted, in s."""

    type: AlertType
    lasted_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """A cause that lasts: since when it is there or gone (monotonic s), and whether it was told."""

    since_s: float | None = None
    gone_since_s: float | None = None
    told: bool = False

    @property
    def tells(self) -> bool:
        """Whether it was told and is still there."""
        return self.told and self.since_s is not None

    def seen(self, after_s: float, monotonic_s: float, *, there: bool | None) -> tuple[Self, float | None]:
        """Return what is known after a look, and for how long it has lasted where that is to be told now.

        Where nobody knows whether it is `there`, time does not count for either side.
        """
        if there is None:
            return replace(self, since_s=None, gone_since_s=None), None
        if not there:
            gone_s = monotonic_s if self.gone_since_s is None else self.gone_since_s
            told = self.told and monotonic_s - gone_s < max(CALM_S, after_s)
            return replace(self, since_s=None, gone_since_s=gone_s, told=told), None
        since_s = monotonic_s if self.since_s is None else self.since_s
        lasted_s = monotonic_s - since_s
        tell = not self.told and lasted_s >= after_s
        known = replace(self, since_s=since_s, gone_since_s=None, told=self.told or tell)
        return known, lasted_s if tell else None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvseAlerts:
    """What has to be remembered of an EVSE's alerts.

    `full_of` and `cost_of` are the sessions that they were told of, `missed_on` the day
    (ISO 8601) on which the car was missed, `missed` on how many days since it was there.
    """

    offline: Lasting = field(default_factory=Lasting)
    fault: Lasting = field(default_factory=Lasting)
    not_charging: Lasting = field(default_factory=Lasting)
    session_id: str | None = None
    full_of: str | None = None
    cost_of: str | None = None
    missed_on: str | None = None
    missed: int = 0

    def kept(self) -> str:
        """Return what has to outlive a restart, as text: what was told, not since when it lasts."""
        timeless = replace(
            self,
            offline=Lasting(told=self.offline.told),
            fault=Lasting(told=self.fault.told),
            not_charging=Lasting(told=self.not_charging.told),
        )
        return to_plain(timeless, _VERSION)

    @classmethod
    def from_kept(cls, text: str) -> Self:
        """Return what `kept` wrote; ValueError where it is none of ours."""
        return from_plain(cls, text, _VERSION)


def watch_evse(
    known: EvseAlerts, scene: EvseScene, settings: AlertSettings, now: Now
) -> tuple[EvseAlerts, tuple[Alert, ...]]:
    """Return what is known of an EVSE after a look, and what is to be told of it."""
    alerts: list[Alert] = []

    def seen(lasting: Lasting, kind: AlertType, after_s: float, *, there: bool | None) -> Lasting:
        after, lasted_s = lasting.seen(after_s, now.monotonic_s, there=there)
        if lasted_s is not None:
            alerts.append(Alert(type=kind, lasted_s=lasted_s))
        return after

    if scene.session_id is not None and scene.session_id != known.session_id:
        # Another car, or the same one anew: it may fail to charge again.
        known = replace(known, session_id=scene.session_id, not_charging=Lasting())
    fault = scene.fault if scene.online else None
    known = replace(
        known,
        offline=seen(known.offline, AlertType.OFFLINE, settings.offline_after_s, there=not scene.online),
        fault=seen(known.fault, AlertType.FAULT, 0.0, there=fault),
        not_charging=seen(
            known.not_charging, AlertType.NOT_CHARGING, settings.not_charging_after_s, there=_fails_to_charge(scene)
        ),
    )
    if scene.completed and scene.session_id is not None and scene.session_id != known.full_of:
        known = replace(known, full_of=scene.session_id)
        alerts.append(Alert(type=AlertType.FULL))
    known = _watch_cost(known, scene, settings, alerts)
    if scene.connected:
        known = replace(known, missed=0)
    if scene.usual is not None and _is_missed(known, scene, scene.usual, settings.not_plugged_in_after_s, now):
        known = replace(known, missed_on=scene.usual.day.isoformat(), missed=known.missed + 1)
        alerts.append(Alert(type=AlertType.NOT_PLUGGED_IN))
    return known, tuple(alerts)


def _fails_to_charge(scene: EvseScene) -> bool | None:
    """Tell whether a car is there that could charge and does not; None where nobody knows."""
    if not scene.online or scene.connected is None:
        return None
    return scene.connected and not (scene.charging or scene.completed or scene.held_back or scene.fault)


def _watch_cost(known: EvseAlerts, scene: EvseScene, settings: AlertSettings, alerts: list[Alert]) -> EvseAlerts:
    """Tell of a session's cost once; a greater limit may be reached once more."""
    if scene.session_id is None:
        return known
    over = settings.over_cost is not None and scene.cost is not None and scene.cost >= settings.over_cost
    if not over:
        return replace(known, cost_of=None)
    if known.cost_of != scene.session_id:
        alerts.append(Alert(type=AlertType.OVER_COST))
    return replace(known, cost_of=scene.session_id)


def _is_missed(known: EvseAlerts, scene: EvseScene, usual: UsualPlugIn, after_s: float, now: Now) -> bool:
    """Tell whether the car should be plugged in by now, is not, and its owner was not told enough."""
    if not scene.online or scene.connected is not False:
        return False
    late_s = (now.utc - usual.at).total_seconds() - after_s
    return 0 <= late_s < _LATE_S and known.missed < _MOST_MISSED and known.missed_on != usual.day.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAlerts:
    """What has to be remembered of a site's alerts. It is not kept: an overload is met anew in seconds."""

    overload: Lasting = field(default_factory=Lasting)


def watch_site(
    known: SiteAlerts, *, overloaded: bool | None, settings: AlertSettings, now: Now
) -> tuple[SiteAlerts, tuple[Alert, ...]]:
    """Return what is known of a site after a look at its lines, and what is to be told of it."""
    overload, lasted_s = known.overload.seen(settings.overload_after_s, now.monotonic_s, there=overloaded)
    alerts = () if lasted_s is None else (Alert(type=AlertType.OVERLOAD, lasted_s=lasted_s),)
    return replace(known, overload=overload), alerts


def settings_from(values: dict[str, float | str]) -> AlertSettings:
    """Return the settings of JSON values; what is missing has its default."""
    over_cost = values.get("over_cost")
    times_s = {name: float(value) for name, value in values.items() if name.endswith("_s")}
    return AlertSettings(**times_s, over_cost=None if over_cost is None else Decimal(str(over_cost)))
