"""Costing all sessions of a span again: in the background, step by step, taken up after a stop."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
import logging
from typing import Any, Self

from homeassistant.core import HomeAssistant, callback

from ...const import DOMAIN
from ...core.prices.timeline import PriceTimeline
from ...store import Ledger, LedgerError
from ..clock import Clock
from ..ledger.ledger import asked
from .recosting import Recosting

_LOGGER = logging.getLogger(__name__)

#: Told on the bus after each step, and at the end.
EVENT_RECOSTING = f"{DOMAIN}_recosting"
#: Under this name the ledger has how far it has come.
SETTING = "recosting"
#: Sessions in one step: a tenth of a second of work, and one transaction.
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it has come: `done` of `total` sessions, of which `changed` cost something else now."""

    start: datetime | None
    end: datetime | None
    total: int
    done: int = 0
    changed: int = 0
    after: tuple[datetime, str] | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        after = data["after"]
        return cls(
            start=_instant(data["start"]),
            end=_instant(data["end"]),
            total=data["total"],
            done=data["done"],
            changed=data["changed"],
            after=None if after is None else (datetime.fromisoformat(after[0]), after[1]),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "start": None if self.start is None else self.start.isoformat(),
            "end": None if self.end is None else self.end.isoformat(),
            "total": self.total,
            "done": self.done,
            "changed": self.changed,
            "after": None if self.after is None else [self.after[0].isoformat(), self.after[1]],
        }

    @property
    def percent(self) -> float:
        """How much of it is done."""
        return 100.0 if self.total == 0 else round(min(100.0, 100 * self.done / self.total), 1)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class RecostingJob:
    """Costs the sessions of a site again. `memory` are the prices that memory knows; `changed` shows how far it is.

    `tell` hears of the sessions whose cost is final, and another than before.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        recosting: Recosting,
        *,
        site_id: str,
        clock: Clock,
        memory: Callable[[], Mapping[str, PriceTimeline]],
        changed: Callable[[], None],
        tell: Callable[[list[str]], Awaitable[None]],
    ) -> None:
        self._hass = hass
        self._ledger = ledger
        self._recosting = recosting
        self.site_id = site_id
        self._clock = clock
        self._memory = memory
        self._changed = changed
        self._tell = tell
        self.progress: Progress | None = None

    async def async_begin(self, start: datetime | None, end: datetime | None) -> Progress | None:
        """Note what is to be done, before anything is; return None where one goes on already."""
        if self.progress is not None:
            return None
        total = await asked(self._ledger.count_ended(self.site_id, start, end))
        self.progress = Progress(start=start, end=end, total=total)
        await self._async_keep()
        return self.progress

    def take_up(self, settings: Mapping[str, Any]) -> bool:
        """Take up what a stop cut short; return whether there is anything."""
        kept = settings.get(SETTING)
        self.progress = None if not kept else Progress.from_json(kept)
        return self.progress is not None

    async def async_run(self) -> None:
        """Go on to the end; what cannot be written now is taken up at the next start."""
        try:
            while self.progress is not None and await self._async_step():
                self._show()
        except LedgerError as err:
            _LOGGER.warning("Costing again stopped at the ledger, and goes on at the next start: %s", err)

    async def _async_step(self) -> bool:
        """Do a page; return whether there is more."""
        progress = self.progress
        assert progress is not None  # noqa: S101 - for the type checker
        page = await asked(self._ledger.ended_after(self.site_id, progress.start, progress.end, progress.after, _PAGE))
        if page:
            ids = [session_id for _, session_id in page]
            at = self._clock().utc
            done = await self._recosting.async_recost(ids, at=at, memory=self._memory(), simple=True)
            await self._recosting.async_bill(ids, at=at, memory=self._memory())
            self.progress = replace(
                progress,
                done=progress.done + len(page),
                changed=progress.changed + len(done.changed),
                after=page[-1],
            )
            await self._async_keep()
            await self._tell([*done.final])
            return True
        self.progress = None
        await self._async_keep()
        self._fire(progress, finished=True)
        self._changed()
        return False

    async def _async_keep(self) -> None:
        kept = None if self.progress is None else self.progress.to_json()
        await asked(self._ledger.put_setting(self.site_id, SETTING, kept, self._clock().utc))

    @callback
    def _show(self) -> None:
        if self.progress is not None:
            self._fire(self.progress, finished=False)
        self._changed()

    def _fire(self, progress: Progress, *, finished: bool) -> None:
        self._hass.bus.async_fire(
            EVENT_RECOSTING,
            {
                "config_entry_id": self.site_id,
                "done": progress.done,
                "total": progress.total,
                "changed": progress.changed,
                "finished": finished,
            },
        )
