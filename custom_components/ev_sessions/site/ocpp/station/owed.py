"""What was told of transactions and is not on the disk yet: told once more it is known, and says nothing new."""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable

from ....core.station.transaction import TransactionChange
from ....store import LedgerBusyError, LedgerClosedError, LedgerDamagedError, LedgerUnwritableError

#: What passes; anything else would be refused again.
_PASSES = (LedgerBusyError, LedgerClosedError, LedgerDamagedError, LedgerUnwritableError, CancelledError)
#: A station is a stranger: of one EVSE so many transactions wait at most.
_MOST = 256


class Owed:
    """The transactions of one station's EVSEs that the ledger has yet to hear of, each as it is known now."""

    def __init__(self) -> None:
        self._owed: dict[int, dict[str, TransactionChange]] = {}

    def __contains__(self, evse: int) -> bool:
        """Tell whether anything of an EVSE waits."""
        return bool(self._owed.get(evse))

    def add(self, evse: int, changes: Iterable[TransactionChange]) -> None:
        """Owe what has changed; the newest says all of its transaction."""
        owed = self._owed.setdefault(evse, {})
        for change in changes:
            owed.pop(change.transaction.id, None)
            owed[change.transaction.id] = change
        while len(owed) > _MOST:
            del owed[next(iter(owed))]

    async def async_pay(self, evse: int, pay: Callable[[TransactionChange], Awaitable[None]]) -> None:
        """Have all that waits of an EVSE written; what could not be for now waits on. Raise what `pay` raises."""
        owed = self._owed.get(evse, {})
        for transaction_id, change in tuple(owed.items()):
            passes = False
            try:
                await pay(change)
            except _PASSES:
                passes = True
                raise
            finally:
                # Meanwhile it may have become another.
                if not passes and owed.get(transaction_id) is change:
                    del owed[transaction_id]
