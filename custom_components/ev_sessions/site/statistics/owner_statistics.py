"""Energy and cost of each vehicle and payer, at all sites, as statistics of Home Assistant's recorder."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ...const import DOMAIN
from ...store import Grouping, Kind, Ledger, Version
from ..clock import Clock
from ..ledger.ledger import asked
from .series import Series, billed_series, is_known, known_ids, series_of

_KINDS: Final = {Kind.VEHICLE: Grouping.VEHICLE, Kind.PAYER: Grouping.PAYER}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR: Final = timedelta(hours=1)
#: All that was before, in one slot or two.
_AGES_S: Final = 1_000_000_000
#: What the recorder is known to have, whichever site wrote it.
_SEEN: HassKey[set[str]] = HassKey(f"{DOMAIN}_owner_statistics")


class OwnerStatistics:
    """Renews them from an hour on. They are written whole each time, by whichever site comes first."""

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        *,
        clock: Clock,
        write: Callable[[datetime, Sequence[Series]], Awaitable[None]],
        recorder: Callable[..., Awaitable[Any]],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._clock = clock
        self._write = write
        self._recorder = recorder

    async def async_renew(self, since: datetime | None) -> None:
        """Write what changed since an hour; None: nothing did, but the recorder may be new."""
        for kind, grouping in _KINDS.items():
            things = await asked(self._ledger.versions(kind, newest_only=True))
            new = [one for one in things if not await self._async_knows(one)]
            if new:
                await self._async_renew(grouping, new, _EPOCH)
            if since is not None:
                await self._async_renew(grouping, [one for one in things if one not in new], since)

    async def _async_knows(self, thing: Version) -> bool:
        seen = self._hass.data.setdefault(_SEEN, set())
        if thing.thing_id not in seen and not await self._recorder(is_known, self._hass, _stem(thing)):
            return False
        seen.add(thing.thing_id)
        return True

    async def _async_renew(self, grouping: Grouping, things: Sequence[Version], since: datetime) -> None:
        if not things:
            return
        chargers = await asked(self._ledger.chargers())
        evse_ids = tuple(evse_id for one in chargers for evse_id in one.evse_ids.values())
        before = await asked(self._ledger.slots(_EPOCH, since, evse_ids, grouping=grouping, grain_s=_AGES_S))
        slots = await asked(self._ledger.slots(since, self._clock().utc + _HOUR, evse_ids, grouping=grouping))
        known = await self._recorder(known_ids, self._hass)
        for thing in things:
            stem = _stem(thing)
            earlier = [one for one in before if one.group == thing.thing_id]
            mine = [one for one in slots if one.group == thing.thing_id]
            series = series_of(self._hass, stem, thing.name, since, earlier, mine, known)
            if grouping is Grouping.PAYER:
                series += billed_series(self._hass, stem, thing.name, since, [*earlier, *mine], known)
            await self._write(since, series)
            self._hass.data.setdefault(_SEEN, set()).add(thing.thing_id)


def _stem(thing: Version) -> str:
    return f"{DOMAIN}:{thing.kind.value}_{thing.thing_id.lower()}"
