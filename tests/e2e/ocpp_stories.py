"""What goes wrong between stations and central systems, each told by a station that does it, and what is true then."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from typing import Any

from simulator.ocpp.outlet import HandOutlet
from simulator.ocpp.station import Station
from simulator.ocpp.v16 import instant_text
from tests.e2e.patience import OTHERS_S

_PACE_S = 1.0
#: A car that is gone for less than ten seconds was never gone; a busy machine tells that late.
GONE_S = 20.0
_ENERGY = "Energy.Active.Import.Register"

#: How Home Assistant goes.
WAYS = ("SIGTERM", "SIGKILL")

type Payload = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """A session as it truly was; times None where the story is not about them."""

    energy_wh: float
    start: datetime | None = None
    end: datetime | None = None
    lasted_s: float | None = None
    evse: int = 1


def _events() -> dict[str, asyncio.Event]:
    return {how: asyncio.Event() for how in WAYS}


@dataclass
class Act:
    """What the stories share: Home Assistant is there, goes, and comes back. `waiting` counts who waits for that."""

    down: dict[str, asyncio.Event] = field(default_factory=_events)
    up: dict[str, asyncio.Event] = field(default_factory=_events)
    waiting: int = 0

    async def until_down(self, how: str) -> None:
        """Wait until it has gone."""
        await self._until(self.down[how])

    async def until_up(self, how: str) -> None:
        """Wait until it is back."""
        await self._until(self.up[how])

    async def _until(self, event: asyncio.Event) -> None:
        self.waiting += 1
        try:
            await event.wait()
        finally:
            self.waiting -= 1


@dataclass
class Actor:
    """A station and whoever drives up to it. `told_wh` waits for Home Assistant to say that of the open session."""

    station: Station
    act: Act
    told_wh: Callable[[float], Awaitable[float]]

    @property
    def is_2(self) -> bool:
        return self.station.dialect.version != "1.6"

    def outlet(self, connector: int = 1) -> HandOutlet:
        outlet = self.station.connectors[connector].outlet
        assert isinstance(outlet, HandOutlet)
        return outlet

    async def start(self, connector: int = 1) -> datetime:
        """Plug in and begin."""
        self.station.plug_in(connector)
        at = self.station.now()
        self.station.begin(connector, "TAG1")
        await self.flush()
        return at

    async def draw(self, energy_wh: float, connector: int = 1) -> None:
        """Let some energy flow, and tell it."""
        for part in (energy_wh // 2, energy_wh - energy_wh // 2):
            await asyncio.sleep(_PACE_S)
            self.outlet(connector).own_register_wh += part
            self.station.sample(connector)
        await self.flush()

    async def stop(self, connector: int = 1, *, reason: str = "EVDisconnected") -> datetime:
        """End, and drive away."""
        at = self.station.now()
        self.station.end(connector, reason=reason)
        self.station.unplug(connector)
        await self.flush()
        return at

    async def flush(self) -> None:
        if self.station.line.connected:
            await self.station.line.flush(OTHERS_S)

    async def session(self, *energies_wh: float) -> Truth:
        """Live through a whole session."""
        start = await self.start()
        for energy_wh in energies_wh:
            await self.draw(energy_wh)
        end = await self.stop()
        return Truth(energy_wh=sum(energies_wh), start=start, end=end, lasted_s=(end - start).total_seconds())

    async def tell(self, values: str, *, connector: int = 1, transaction_id: object = None) -> None:
        """Tell measures as raw JSON: whatever stands in `values`."""
        at = instant_text(self.station.now())
        transaction = self.station.connectors[1].transaction if connector else None
        metered = f'[{{"timestamp": "{at}", "sampledValue": {values}}}]'
        place = "evseId" if self.is_2 else "connectorId"
        number = transaction_id if transaction_id is not None else None if transaction is None else transaction.id
        with_id = f', "transactionId": {number}' if not self.is_2 and number is not None else ""
        payload = f'{{"{place}": {connector}, "meterValue": {metered}{with_id}}}'
        await self.station.line.send_text(f'[2, "raw-{at}-{len(values)}", "MeterValues", {payload}]')
        await asyncio.sleep(_PACE_S)

    def value(self, value: str, unit: str = "Wh") -> str:
        """Return an energy as raw JSON."""
        of_unit = {"unitOfMeasure": {"unit": unit}} if self.is_2 else {"unit": unit}
        sampled = {"measurand": _ENERGY, "context": "Sample.Periodic", **of_unit, "value": "HERE"}
        return json.dumps([sampled]).replace('"HERE"', value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story: what its station is like, and what happens to it."""

    tell: Callable[[Actor], Awaitable[list[Truth]]]
    behaviour: Mapping[str, Any] = field(default_factory=dict)
    connectors: int = 1
    register_wh: float = 250_000.0
    #: 2.1 shares the code of 2.0.1: it lives what its own messages are in, and what goes wrong most.
    in_21: bool = False


async def _meter_reset(actor: Actor) -> list[Truth]:
    await actor.start()
    await actor.draw(22)
    actor.outlet().own_register_wh = 0.0
    await actor.draw(0)
    await actor.draw(20)
    await actor.stop()
    return [Truth(energy_wh=42)]


async def _one_session(actor: Actor) -> list[Truth]:
    return [await actor.session(12, 18)]


async def _two_sessions(actor: Actor) -> list[Truth]:
    first = await actor.session(15)
    await asyncio.sleep(GONE_S)
    return [first, await actor.session(15)]


async def _stop_is_late(actor: Actor) -> list[Truth]:
    start = await actor.start()
    await actor.draw(12)
    await actor.station.line.go_offline()
    actor.outlet().own_register_wh += 3
    end = await actor.stop()
    await asyncio.sleep(8.0)
    actor.station.line.go_online()
    await actor.station.accepted.wait()
    await asyncio.sleep(2.0)
    await actor.flush()
    return [Truth(energy_wh=15, start=start, end=end, lasted_s=(end - start).total_seconds())]


async def _all_offline(actor: Actor) -> list[Truth]:
    await actor.station.line.go_offline()
    start = actor.station.now() - timedelta(hours=3)
    end = start + timedelta(hours=1)
    actor.station.begin(at=start)
    for minute in range(10, 60, 10):
        actor.outlet().own_register_wh += 800
        actor.station.sample(at=start + timedelta(minutes=minute))
    actor.outlet().own_register_wh += 1000
    actor.station.end(at=end)
    actor.station.line.go_online()
    await asyncio.sleep(2.0)
    await actor.flush()
    return [Truth(energy_wh=5000, start=start, end=end, lasted_s=3600)]


async def _start_again(actor: Actor) -> list[Truth]:
    station = actor.station
    station.plug_in()
    start = station.now()
    transaction = station.begin(1, "TAG1")
    await station.line.flush()
    frames = [json.loads(text) for direction, text in station.line.frames if direction == "out"]
    (begun,) = [
        frame
        for frame in frames
        if frame[0] == 2 and (frame[2] == "StartTransaction" or frame[3].get("eventType") == "Started")
    ]
    await asyncio.sleep(2.0)
    again = await station.line.call(begun[2], begun[3], message_id=begun[1])
    other = await station.line.call(begun[2], begun[3])
    if not actor.is_2:
        assert {str(again["transactionId"]), str(other["transactionId"])} == {transaction.id}
    await actor.draw(10)
    end = await actor.stop()
    return [Truth(energy_wh=10, start=start, end=end)]


async def _two_connectors(actor: Actor) -> list[Truth]:
    station = actor.station
    starts = [await actor.start(1), await actor.start(2)]
    ids = [place.transaction.id for place in station.connectors.values() if place.transaction is not None]
    assert len({*ids}) == 2
    await actor.draw(10, 1)
    await actor.draw(6, 2)
    second = await actor.stop(2)
    await actor.draw(15, 1)
    first = await actor.stop(1)
    return [
        Truth(energy_wh=25, start=starts[0], end=first, evse=1),
        Truth(energy_wh=6, start=starts[1], end=second, evse=2),
    ]


async def _told_before_the_end(actor: Actor) -> list[Truth]:
    start = await actor.start()
    await actor.draw(12)
    await actor.draw(12)
    told_wh = await actor.told_wh(24)
    assert abs(told_wh - 24) <= 1, f"{told_wh} Wh were told before the end"
    end = await actor.stop()
    return [Truth(energy_wh=24, start=start, end=end)]


async def _empty_and_nan(actor: Actor) -> list[Truth]:
    await actor.start()
    await actor.draw(10)
    for value in ('""', "null", "NaN" if actor.is_2 else '"NaN"', '"-"'):
        await actor.tell(actor.value(value))
    await actor.draw(10)
    await actor.stop()
    return [Truth(energy_wh=20)]


async def _late_sample(actor: Actor) -> list[Truth]:
    await actor.start()
    await actor.draw(10)
    before = actor.station.now()
    register_wh = actor.outlet().own_register_wh
    await actor.draw(10)
    actor.outlet().own_register_wh = register_wh
    actor.station.sample(at=before)
    actor.outlet().own_register_wh = register_wh + 10
    await actor.flush()
    await actor.draw(5)
    await actor.stop()
    return [Truth(energy_wh=25)]


async def _ten_at_once(actor: Actor) -> list[Truth]:
    await actor.station.line.go_offline()
    start = actor.station.now()
    actor.station.plug_in()
    actor.station.begin()
    for _ in range(10):
        await asyncio.sleep(3.0)
        actor.outlet().own_register_wh += 30
        actor.station.sample()
    actor.station.line.go_online()
    await asyncio.sleep(2.0)
    await actor.flush()
    end = await actor.stop()
    return [Truth(energy_wh=300, start=start, end=end, lasted_s=(end - start).total_seconds())]


async def _power_loss(actor: Actor) -> list[Truth]:
    await actor.start()
    await actor.draw(20)
    actor.station.connectors[1].transaction = None
    actor.outlet().here = False
    actor.station.connectors[1].was_plugged = False
    await actor.station.reboot(away_s=1.0)
    await asyncio.sleep(GONE_S)
    second = await actor.session(10)
    return [Truth(energy_wh=20), second]


async def _power_back(actor: Actor) -> list[Truth]:
    start = await actor.start()
    await actor.draw(10)
    await actor.station.reboot(away_s=1.0)
    await _back(actor)
    await actor.draw(10)
    end = await actor.stop()
    return [Truth(energy_wh=20, start=start, end=end, lasted_s=(end - start).total_seconds())]


async def _main_meter(actor: Actor) -> list[Truth]:
    await actor.start()
    await actor.draw(10)
    await actor.tell(actor.value("9876543" if actor.is_2 else '"9876543"'), connector=0)
    await actor.draw(10)
    await actor.stop()
    return [Truth(energy_wh=20)]


async def _silence(actor: Actor) -> list[Truth]:
    start = await actor.start()
    await asyncio.sleep(10.0)
    actor.outlet().own_register_wh += 12
    end = await actor.stop()
    return [Truth(energy_wh=12, start=start, end=end, lasted_s=(end - start).total_seconds())]


async def _foreign(actor: Actor) -> list[Truth]:
    station = actor.station
    station.plug_in()
    start = station.now()
    transaction = station.begin(1, "TAG1")
    # As if another system had begun it: nobody here has heard of it, and its id is that one's.
    transaction.id = "29919794"
    await actor.draw(10)
    await actor.draw(10)
    end = await actor.stop()
    return [Truth(energy_wh=20, start=start, end=end, lasted_s=(end - start).total_seconds())]


async def _restart(actor: Actor, how: str) -> Truth:
    start = await actor.start()
    await actor.draw(10)
    await actor.act.until_down(how)
    actor.outlet().own_register_wh += 10
    actor.station.sample()
    await actor.act.until_up(how)
    await _back(actor)
    await actor.draw(10)
    end = await actor.stop()
    return Truth(energy_wh=30, start=start, end=end, lasted_s=(end - start).total_seconds())


async def _sigterm(actor: Actor) -> list[Truth]:
    return [await _restart(actor, "SIGTERM")]


async def _sigkill(actor: Actor) -> list[Truth]:
    return [await _restart(actor, "SIGKILL")]


async def _session_after_a_kill(actor: Actor) -> list[Truth]:
    first = await _restart(actor, "SIGKILL")
    await asyncio.sleep(GONE_S)
    return [first, await actor.session(15)]


async def _stop_while_down(actor: Actor, how: str) -> list[Truth]:
    start = await actor.start()
    await actor.draw(5)
    await actor.act.until_down(how)
    actor.outlet().own_register_wh += 10
    end = await actor.stop()
    await actor.act.until_up(how)
    await _back(actor)
    return [Truth(energy_wh=15, start=start, end=end, lasted_s=(end - start).total_seconds())]


async def _stop_while_down_by_term(actor: Actor) -> list[Truth]:
    return await _stop_while_down(actor, "SIGTERM")


async def _stop_while_down_by_kill(actor: Actor) -> list[Truth]:
    return await _stop_while_down(actor, "SIGKILL")


async def _back(actor: Actor) -> None:
    async with asyncio.timeout(OTHERS_S):
        while not actor.station.line.ready:  # noqa: ASYNC110 the station's own life has no event for it
            await asyncio.sleep(0.05)
    await asyncio.sleep(2.0)
    await actor.flush()


_FORGETFUL = {"boots_on_reconnect": False, "tells_status_on_reconnect": False, "loses_meter_values": True}

STORIES: dict[str, Story] = {
    "the meter is reset in a session": Story(tell=_meter_reset),
    "the register rolls over": Story(
        tell=_one_session, behaviour={"register_wraps_wh": 1e9}, register_wh=999_999_990.0
    ),
    "the register begins at 0 with each transaction": Story(
        tell=_two_sessions, behaviour={"register_per_transaction": True}
    ),
    "a stop comes late with its old time": Story(tell=_stop_is_late, behaviour={"boots_on_reconnect": False}),
    "a whole session was offline": Story(tell=_all_offline, in_21=True),
    "a start is sent again": Story(tell=_start_again, in_21=True),
    "two connectors begin in the same second": Story(tell=_two_connectors, connectors=2),
    "measures say nothing of their transaction": Story(
        tell=_told_before_the_end, behaviour={"meter_values_have_transaction": False}
    ),
    "energy is told by phase only": Story(tell=_told_before_the_end, behaviour={"energy_by_phase": True}),
    "energy is told in kWh": Story(tell=_told_before_the_end, behaviour={"energy_unit": "kWh"}),
    "energy has no unit": Story(tell=_told_before_the_end, behaviour={"tells_unit": False}),
    "energy has no name": Story(tell=_told_before_the_end, behaviour={"tells_measurand": False}),
    "values are empty or no number": Story(tell=_empty_and_nan),
    "a sample comes after a newer one": Story(tell=_late_sample),
    "ten samples come at once": Story(tell=_ten_at_once),
    "the power fails and nobody ends the session": Story(tell=_power_loss),
    "the power fails and the charge goes on": Story(tell=_power_back, in_21=True),
    "connector 0 tells of the main meter": Story(tell=_main_meter),
    "nothing is measured at all": Story(tell=_silence),
    "the transaction is another system's": Story(tell=_foreign, in_21=True),
    "Home Assistant stops in a session": Story(tell=_sigterm, in_21=True),
    "a stop is queued while Home Assistant is down": Story(tell=_stop_while_down_by_term),
    "Home Assistant is killed in a session": Story(tell=_sigkill),
    "Home Assistant is killed and the station forgets to say hello": Story(
        tell=_sigkill, behaviour=_FORGETFUL, in_21=True
    ),
    "a stop is queued after Home Assistant was killed": Story(tell=_stop_while_down_by_kill, in_21=True),
    "a second session follows a kill": Story(tell=_session_after_a_kill),
    "everything ends twice without a reason": Story(
        tell=_two_sessions,
        behaviour={"ends_twice": True, "tells_stop_reason": False, "transaction_data": "empty"},
    ),
    "events are numbered 0 and tell their EVSE once": Story(
        tell=_two_sessions, behaviour={"seq_no_stands_still": True, "evse_only_in_started": True}, in_21=True
    ),
}
