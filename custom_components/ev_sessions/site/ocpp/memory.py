"""What has to be remembered of one station: kept in the ledger, beside its charger."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import override

from ...chargers.ocpp.setup.memory import SettingChange, SettingsMemory
from ...chargers.ocpp.setup.tokens import HeldList, TokenBook
from ...core.id_token import TokenState
from ...core.station.authorisation import MASTER_PASS_GROUP, AuthorisationStatus
from ...core.station.local_list import ListEntry
from ...store import Ledger, StoredToken
from ..clock import Clock
from ..ledger.ledger import asked


class LedgerSettings(SettingsMemory):
    """What was changed in a station."""

    def __init__(self, ledger: Ledger, charger_id: str, clock: Clock) -> None:
        self._ledger = ledger
        self._charger_id = charger_id
        self._clock = clock

    @override
    async def async_changes(self) -> Mapping[str, SettingChange]:
        known = await asked(self._ledger.station_settings(self._charger_id))
        return {name: SettingChange(name=name, before=one.before, after=one.after or "") for name, one in known.items()}

    @override
    async def async_remember(self, name: str, *, before: str | None, after: str) -> None:
        at = self._clock().utc
        await asked(self._ledger.put_station_setting(self._charger_id, name, before=before, after=after, at=at))

    @override
    async def async_forget(self, name: str) -> None:
        await asked(self._ledger.remove_station_settings(self._charger_id, (name,)))


class LedgerTokens(TokenBook):
    """The cards of a site, as a station shall know them while Home Assistant is away.

    `knows_master` tells whether it knows cards that end any charge and begin none: to another they are blocked.
    """

    def __init__(
        self, ledger: Ledger, *, site_id: str, charger_id: str, clock: Clock, knows_master: Callable[[], bool]
    ) -> None:
        self._ledger = ledger
        self._knows_master = knows_master
        self._site_id = site_id
        self._charger_id = charger_id
        self._clock = clock

    @override
    async def async_tokens(self) -> Iterable[ListEntry]:
        now = self._clock().utc
        known = await asked(self._ledger.tokens_of(self._site_id))
        master = MASTER_PASS_GROUP if self._knows_master() else None
        return [_entry(one, now, master) for one in known if one.state is not TokenState.SEEN]

    @override
    async def async_held(self) -> HeldList | None:
        held = await asked(self._ledger.local_list_of(self._charger_id))
        return None if held is None else HeldList(version=held.version, content=held.content_hash)

    @override
    async def async_keep(self, held: HeldList) -> None:
        await asked(
            self._ledger.put_local_list(
                self._charger_id, version=held.version, content_hash=held.content, at=self._clock().utc
            )
        )


def _entry(token: StoredToken, now: datetime, master: str | None) -> ListEntry:
    status, group = AuthorisationStatus.ACCEPTED, token.group_name
    if token.state is TokenState.MASTER:
        group = master
    if token.state is TokenState.BLOCKED or (token.state is TokenState.MASTER and master is None):
        status = AuthorisationStatus.BLOCKED
    elif token.expires_at is not None and token.expires_at <= now:
        status = AuthorisationStatus.EXPIRED
    kind = {"kind": token.type} if token.type else {}
    return ListEntry(token=token.value, status=status.value, expiry=token.expires_at, group=group, **kind)
