"""Ask a station that was away whether its transactions go on: an end that it has lost is never told (2.x, E14)."""

import asyncio
from collections.abc import Iterable
from typing import Final, Protocol

from .calls import Calls

#: A station that works off its queue is asked again so often.
_TRIES: Final = 3


class Transactions(Protocol):
    """The transactions of one station, as they are known here."""

    def running(self) -> Iterable[str]:
        """Return the ids of those that go on."""
        ...

    async def async_lost(self, transaction_id: str) -> None:
        """Hear that one is over, and that its end will not be told."""
        ...


async def async_find_lost(calls: Calls, transactions: Transactions, *, again_s: float) -> None:
    """Find transactions that ended unseen; what the station still has to tell is waited for. Raises GoneError."""
    for transaction_id in tuple(transactions.running()):
        for _ in range(_TRIES):
            answer = await calls.async_ask("GetTransactionStatus", {"transactionId": transaction_id})
            if answer is None or answer.get("ongoingIndicator") is not False:
                break
            if answer.get("messagesInQueue") is False:
                # Its end may have come before the answer did.
                if transaction_id in transactions.running():
                    await transactions.async_lost(transaction_id)
                break
            await asyncio.sleep(again_s)
