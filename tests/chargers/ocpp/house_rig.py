"""A house without Home Assistant behind a station's messages: who may charge, and what became of what was told."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import itertools
from typing import Any

from ocpp.messages import get_validator

from custom_components.ev_sessions.chargers.ocpp.backend import Registration, Scan
from custom_components.ev_sessions.chargers.ocpp.incoming import Incoming
from custom_components.ev_sessions.chargers.ocpp.rpc import Arrival, CallError
from custom_components.ev_sessions.chargers.ocpp.station import BootInfo
from custom_components.ev_sessions.chargers.ocpp.version import Version
from custom_components.ev_sessions.core.id_token import IdToken
from custom_components.ev_sessions.core.moment import Now
from custom_components.ev_sessions.core.station.authorisation import Authorisation, AuthorisationStatus
from custom_components.ev_sessions.core.station.events import StationEvent, TransactionStarted
from tests.core.station.story import TEN, Story


class Room:
    """What the wire's Station shows to those who serve it."""

    def __init__(self, version: Version) -> None:
        self.version: Version | None = version
        self.boot: BootInfo | None = None
        self.changes = 0

    def changed(self) -> None:
        self.changes += 1


class HouseRig:
    """A station of one version, its clock, and a Backend that tells all events to a story."""

    def __init__(self, version: Version, evses: int = 1) -> None:
        self.now = Now(utc=TEN, monotonic_s=1000.0)
        self.version = version
        self.room = Room(version)
        self.story = Story(evses)
        self.standing = Registration()
        self.answers: dict[str, Authorisation] = {}
        self.asked: list[tuple[int | None, IdToken]] = []
        self.scans: list[Scan] = []
        self.costs: dict[str, float] = {}
        self.events: list[StationEvent] = []
        self.numbers: dict[tuple[Any, ...], int] = {}
        self.takes_master_pass = False
        self.ended_all = 0
        self.next_number = itertools.count(1001)
        self.incoming = Incoming(self.room, self, lambda: self.now)  # type: ignore[arg-type] # a Station of the wire's has sockets
        self.message_id = itertools.count()

    # Backend

    def registration(self) -> Registration:
        return self.standing

    async def async_authorise(self, evse: int | None, token: IdToken, scan: Scan = Scan.ASKED) -> Authorisation:
        self.asked.append((evse, token))
        self.scans.append(scan)
        return self.answers.get(token.normalised, Authorisation(status=AuthorisationStatus.ACCEPTED))

    def end_all(self) -> None:
        self.ended_all += 1

    async def async_start_transaction(self, start: TransactionStarted) -> tuple[int, Authorisation]:
        key = (start.evse, start.token, start.meter_start_mwh, start.told_at)
        number = self.numbers.setdefault(key, next(self.next_number))
        await self.async_tell((replace(start, transaction_id=str(number)),))
        token = start.token or IdToken(value="")
        return number, await self.async_authorise(start.evse, token)

    def total_cost(self, transaction_id: str) -> float | None:
        return self.costs.get(transaction_id)

    async def async_tell(self, events: tuple[StationEvent, ...]) -> None:
        self.events += events
        self.story.message(*events)

    # The station's side

    def wait(self, seconds: float) -> HouseRig:
        self.now = self.now.later(seconds)
        return self

    def at(self, seconds: float) -> HouseRig:
        """Let it be so many seconds into the story."""
        return self.wait((TEN + timedelta(seconds=seconds) - self.now.utc).total_seconds())

    async def send(self, action: str, **payload: Any) -> dict[str, Any]:
        """Send a call; its answer is as the standard wants it."""
        return await self.send_raw(action, payload)

    async def send_raw(self, action: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        arrival = Arrival(message_id=str(next(self.message_id)), at=self.now.utc)
        answer = await self.incoming(action, dict(payload), arrival)
        fault_of(self.version, action, answer)
        return answer

    async def refused(self, action: str, payload: Mapping[str, Any]) -> str:
        """Send a call that is refused; return the code."""
        try:
            answer = await self.send_raw(action, payload)
        except CallError as error:
            return str(error.code)
        raise AssertionError(f"answered with {answer}")


def fault_of(version: Version, action: str, answer: dict[str, Any]) -> None:
    """Raise where an answer is not as the schema of its action wants it."""
    try:
        validator = get_validator(3, action, version.value)
    except OSError:
        assert answer == {}
        return
    validator.validate(answer)


def told(seconds: float) -> str:
    """Return an instant of the story as a station writes it."""
    return (TEN + timedelta(seconds=seconds)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
