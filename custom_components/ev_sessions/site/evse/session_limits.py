"""The session limits of one EVSE at run time: asked for, kept at once, followed, and told."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

from homeassistant.core import callback

from ...core.balancing.load import EvseLimit
from ...core.balancing.reasons import Reason, ReasonKey
from ...core.energy import kwh_from_mwh, mwh_from_kwh
from ...core.money import exact_text
from ...core.sessions.session import EndReason
from ...core.sessions.session_limit import LimitState, Progress, SessionLimit, asked, follow, lifted, wished
from ..ledger.settings import EvseSettings
from ..refusal import refuse

_MS_PER_MINUTE = 60_000


def session_limit(
    *, energy_kwh: float | None, cost: Decimal | None, minutes: float | None, soc: float | None
) -> SessionLimit:
    """Return a limit from the units in which people give it."""
    return SessionLimit(
        energy_mwh=None if energy_kwh is None else mwh_from_kwh(energy_kwh),
        cost=cost,
        connected_ms=None if minutes is None else round(minutes * _MS_PER_MINUTE),
        soc_percent=soc,
    )


class SessionLimits:
    """The limits of one EVSE.

    `progress` is how far the session has come; `changed` keeps the settings before it shows
    them, and `keep` begins to keep them without waiting.
    """

    def __init__(
        self,
        settings: EvseSettings,
        *,
        name: str,
        currency: str,
        sees_car: bool,
        sees_soc: Callable[[], bool],
        progress: Callable[[], Progress | None],
        changed: Callable[[], Awaitable[None]],
        keep: Callable[[], object],
    ) -> None:
        self._settings = settings
        self._name = name
        self._currency = currency
        self._sees_car = sees_car
        self._sees_soc = sees_soc
        self._progress = progress
        self._changed = changed
        self._keep = keep

    @property
    def state(self) -> LimitState:
        """What is remembered of them."""
        return self._settings.limits

    @property
    def holds_back(self) -> bool:
        """Whether the car is stopped because it has reached one."""
        return self.state.reached is not None

    @callback
    def async_follow(self) -> EndReason | None:
        """Look at the session; return the limit that it has just reached."""
        before = self.state
        self._settings.limits, reason = follow(before, self._progress(), sees_car=self._sees_car)
        if self.state != before:
            self._keep()
        return reason

    async def async_ask(self, limit: SessionLimit) -> None:
        """Limit the session of now, or the next one; without any figure, lift what was asked for before."""
        if limit.soc_percent is not None and not self._sees_soc():
            raise refuse("soc_unknown", charger=self._name)
        self._settings.limits = asked(self.state, limit, self._progress())
        await self._changed()

    async def async_wish(self, standing: SessionLimit) -> None:
        """Limit every session, until that is changed."""
        self._settings.limits = wished(self.state, standing, self._progress())
        await self._changed()

    @callback
    def async_lift(self) -> None:
        """Let the car go on that has reached its limit."""
        self._settings.limits = lifted(self.state, self._progress())

    def explained(self, limit: EvseLimit) -> EvseLimit:
        """Return a limit of the balancer with the reason that only the session's limit knows."""
        reached = self.state.reached
        if reached is None or limit.reason.key is not ReasonKey.NOT_ALLOWED:
            return limit
        text = _text(self.state.limit, reached.reason, self._currency)
        return replace(limit, reason=Reason(key=ReasonKey.SESSION_LIMIT, placeholders={"limit": text}))


def _text(limit: SessionLimit, reason: EndReason, currency: str) -> str:
    """Return the limit that was reached, with its unit."""
    if reason is EndReason.LIMIT_ENERGY:
        return f"{kwh_from_mwh(limit.energy_mwh or 0):g} kWh"
    if reason is EndReason.LIMIT_COST:
        return f"{exact_text(limit.cost or Decimal(0))} {currency}"
    if reason is EndReason.LIMIT_TIME:
        return f"{(limit.connected_ms or 0) / _MS_PER_MINUTE:g} min"
    return f"{limit.soc_percent or 0:g} %"
