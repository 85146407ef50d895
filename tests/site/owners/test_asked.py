"""Who asks the ledger goes on where it is closed meanwhile, as it is while a site starts anew."""

import asyncio
from concurrent.futures import Future

import pytest

from custom_components.ev_sessions.site.ledger.ledger import asked_or_closed
from custom_components.ev_sessions.store import LedgerClosedError


async def test_what_is_not_answered_any_more_is_an_error_and_no_end_of_whoever_asked() -> None:
    future: Future[int] = Future()
    asking = asyncio.create_task(asked_or_closed(future))
    await asyncio.sleep(0)
    future.cancel()
    with pytest.raises(LedgerClosedError):
        await asking
    assert not asking.cancelled()


async def test_who_is_ended_while_he_asks_has_ended() -> None:
    future: Future[int] = Future()
    asking = asyncio.create_task(asked_or_closed(future))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asking.cancelled()
