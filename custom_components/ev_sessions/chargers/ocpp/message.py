"""One message of a station while it is served: its payload, when it came, and whose clock its times are by."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ...core.id_token import LONGEST_VALUE, IdToken
from ...core.station.clock import ClockWatch, Dated, dated, told_instant
from ...core.station.events import Metered, StationEvent
from ...core.station.measurands import SampledValue, sample_of
from .backend import Backend
from .loose import records_of, text_of
from .version import Version

#: Takes what a message tells, in the order in which it is told; raises CallError.
type Tell = Callable[[tuple[StationEvent, ...]], Awaitable[None]]
#: Serves one message: to the answer's payload; raises CallError.
type Serve = Callable[[Message], Awaitable[dict[str, Any]]]
#: One sampled value in the words of its version, for a sample of an instant.
type ReadValue = Callable[[Mapping[str, Any], datetime], SampledValue]

_A_WHILE: Final = timedelta(seconds=5)
#: What happened longer ago is no news any more.
_NEWS: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A call of a station; what it tells goes to `tell`, what it asks is asked of the backend."""

    payload: Mapping[str, Any]
    version: Version
    arrived_at: datetime
    watch: ClockWatch
    backend: Backend
    tell: Tell

    def dated(self, text: object) -> Dated:
        """Return when something happened that the station dates so."""
        return dated(self.watch, told_instant(text), self.arrived_at)

    def is_of_before(self, when: Dated) -> bool:
        """Tell whether something happened a while before it was told."""
        return self.arrived_at - when.at > _A_WHILE

    def is_old(self, when: Dated) -> bool:
        """Tell whether something is told so late that it is no news."""
        return self.arrived_at - when.at > _NEWS

    def samples(
        self,
        meter_values: Sequence[Mapping[str, Any]],
        read: ReadValue,
        *,
        evse: int | None,
        transaction_id: str | None,
    ) -> list[Metered]:
        """Return the samples of a list of meter values."""
        found = []
        for meter_value in meter_values:
            when = self.dated(meter_value.get("timestamp"))
            values = records_of(meter_value, "sampledValue")
            if not values:
                continue
            found.append(
                Metered(
                    at=when.at,
                    arrived_at=self.arrived_at,
                    timed_by=when.timed_by,
                    evse=evse,
                    sample=sample_of(read(value, when.at) for value in values),
                    transaction_id=transaction_id,
                    context=next((context for value in values if (context := text_of(value, "context"))), None),
                )
            )
        return found


def newest_told(payload: Mapping[str, Any]) -> datetime | None:
    """Return the newest instant that a message names for itself or its samples: the nearest to when it was sent."""
    texts = [payload.get("timestamp")]
    for key in ("meterValue", "transactionData"):
        texts += [meter_value.get("timestamp") for meter_value in records_of(payload, key)]
    return max((told for text in texts if (told := told_instant(text)) is not None), default=None)


def token_of(value: str | None, kind: str = "") -> IdToken | None:
    """Return an id token; None where there is none, or one that nobody could have."""
    if value is None or len(value) > LONGEST_VALUE:
        return None
    return IdToken(value=value, type=kind)


def wire_instant(at: datetime) -> str:
    """Return an instant as OCPP writes it, in whole seconds: some stations read nothing finer."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
