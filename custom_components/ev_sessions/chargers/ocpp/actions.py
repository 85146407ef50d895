"""What people do with one EVSE of a station: start and stop, let go of the cable, start anew, and any call raw."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
import json
from typing import Any, Final, Protocol

from ...core.id_token import IdToken
from ...core.station.charging_profile import ChargingProfile
from ..control import ControlError, ControlFailure
from .asked import (
    OUR_TOKEN,
    Firmware,
    LogKind,
    LogUpload,
    NotInVersionError,
    RemoteStart,
    Reservation,
    ResetKind,
    new_id,
)
from .command import Caller, Command, async_send
from .masking import masked
from .news import News
from .rpc import CallFailedError, NotConnectedError, RefusedError, TimedOutError
from .version import Version
from .words import Words, words_of

#: 2.x: what is asked for in one call and told in others, in as many as the station likes.
_REPORTED_BY: Final = {
    "CustomerInformation": "NotifyCustomerInformation",
    "GetBaseReport": "NotifyReport",
    "GetChargingProfiles": "ReportChargingProfiles",
    "GetDisplayMessages": "NotifyDisplayMessages",
    "GetMonitoringReport": "NotifyMonitoringReport",
    "GetReport": "NotifyReport",
}
_REPORT_PAUSE_S: Final = 15.0


class ActedOnStation(Caller, Protocol):
    """What is needed of a station."""

    identity: str
    version: Version | None

    async def async_call_any(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send a call, also one that its version of OCPP does not know; raise CallFailedError."""
        ...


class StationActions:
    """Sends a station what people ask for, for one EVSE; raises ControlError where it does not say yes.

    `transaction_id` tells which transaction runs at the EVSE; `news` is where reports come in;
    `authorised` hears of a token before a remote start with it is asked for; `first_profile`
    tells what a transaction shall be limited by from its first moment on.
    """

    def __init__(
        self,
        station: ActedOnStation,
        *,
        evse: int,
        transaction_id: Callable[[], str | None],
        news: News | None = None,
        authorised: Callable[[IdToken], Awaitable[None]] | None = None,
        first_profile: Callable[[], ChargingProfile | None] = lambda: None,
    ) -> None:
        self._station = station
        self._evse = evse
        self._transaction_id = transaction_id
        self._news = news
        self._authorised = authorised
        self._first_profile = first_profile

    async def async_start_charge(self, token: IdToken = OUR_TOKEN) -> None:
        """Begin a transaction where none runs; without a car the station waits for one as long as it is set to."""
        if self._transaction_id() is not None:
            return
        if self._authorised is not None:
            # Its station prepares for it whether a car is there or not, maybe before it answers.
            await self._authorised(token)
        start = RemoteStart(token=token, remote_start_id=new_id(), evse=self._evse, profile=self._first_profile())
        try:
            await self._async_ask("remote start", lambda say: say.remote_start(start))
        except ControlError as error:
            if start.profile is None or error.failure is not ControlFailure.REFUSED:
                raise
            # Not all take a limit with it: then it is set as soon as the transaction runs.
            bare = replace(start, remote_start_id=new_id(), profile=None)
            await self._async_ask("remote start", lambda say: say.remote_start(bare))

    async def async_stop_charge(self) -> None:
        """End the transaction that runs, if there is one."""
        if (transaction_id := self._transaction_id()) is None:
            return
        try:
            await self._async_ask("remote stop", lambda say: say.remote_stop(transaction_id))
        except ControlError:
            # It may have ended meanwhile, by itself or because nothing else paused it.
            if self._transaction_id() == transaction_id:
                raise

    async def async_unlock(self) -> None:
        """Let go of the cable."""
        await self._async_ask("unlock", lambda say: say.unlock(self._evse))

    async def async_reset(self, kind: ResetKind = ResetKind.WHEN_IDLE) -> None:
        """Start the whole station anew."""
        await self._async_ask("reset", lambda say: say.reset(kind))

    async def async_set_in_service(self, *, in_service: bool) -> None:
        """Take the EVSE out of service, or back; while a transaction runs that is done after it."""
        await self._async_ask(
            "availability", lambda say: say.change_availability(operative=in_service, evse=self._evse)
        )

    async def async_upload_log(self, location: str, kind: LogKind = LogKind.DIAGNOSTICS) -> None:
        """Have the station send its log to a URL."""
        upload = LogUpload(location=location, request_id=new_id(), kind=kind, retries=1, retry_interval_s=60)
        await self._async_ask("log", lambda say: say.upload_log(upload))

    async def async_update_firmware(self, location: str, retrieve_at: datetime) -> None:
        """Have the station get its firmware from a URL, and install it."""
        firmware = Firmware(location=location, retrieve_at=retrieve_at, request_id=new_id())
        await self._async_ask("firmware update", lambda say: say.update_firmware(firmware))

    async def async_reserve(self, token: IdToken, until: datetime) -> None:
        """Keep the EVSE for a token; a reservation of before is replaced."""
        # One for each EVSE, so its number is an id that is never forgotten.
        kept = Reservation(id=self._evse, token=token, expires_at=until, evse=self._evse)
        await self._async_ask("reservation", lambda say: say.reserve(kept))

    async def async_cancel_reservation(self) -> None:
        """Keep the EVSE for nobody any more."""
        await self._async_ask("end of the reservation", lambda say: say.cancel_reservation(self._evse))

    async def async_call(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Send any call as it is; return its response or its error, without secrets. Raises CallFailedError.

        A call that the station's version knows has to be as that wants it; of others only the station can say.
        Where the answer is reported in messages of their own, these are the `reports`.
        """
        try:
            answer = await self._async_with_reports(action, payload)
        except RefusedError as error:
            answer = {"error": {"code": error.code, "description": error.description, "details": error.details}}
        safe: dict[str, Any] = json.loads(masked(json.dumps(answer)))
        return safe

    async def _async_with_reports(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        report, request_id = _REPORTED_BY.get(action), payload.get("requestId")
        if self._news is None or report is None or not isinstance(request_id, int):
            return {"response": await self._station.async_call_any(action, payload)}
        # They may come before the answer does.
        with self._news.pages(report, request_id) as pages:
            response = await self._station.async_call_any(action, payload)
            if response.get("status") != "Accepted":
                return {"response": response}
            return {"response": response, "reports": await pages.async_all(pause_s=_REPORT_PAUSE_S)}

    async def _async_ask(self, what: str, say: Callable[[Words], Command]) -> None:
        name = self._station.identity
        try:
            answer = await async_send(self._station, say(words_of(self._station.version)))
        except NotConnectedError as error:
            raise ControlError(ControlFailure.UNREACHABLE, name, what) from error
        except TimedOutError as error:
            raise ControlError(ControlFailure.TIMED_OUT, name, what) from error
        except (CallFailedError, NotInVersionError) as error:
            raise ControlError(ControlFailure.REFUSED, name, f"{what}: {error}") from error
        if not answer.accepted:
            raise ControlError(ControlFailure.REFUSED, name, f"{what}: {answer}")
