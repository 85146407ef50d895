"""One call to a station, how it is sent, and what the answer says."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol, override

from ocpp.charge_point import remove_nones, serialize_as_dict, snake_to_camel_case

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: The answers that mean "yes", in the versions' own words. Some answers have no status at all.
_YES = frozenset({"", "Accepted", "AcceptedCanceled", "RebootRequired", "Scheduled", "Unlocked"})
_LONGEST_STATUS = 50


class Caller(Protocol):
    """What is needed of a station."""

    async def async_call(self, action: str, payload: dict[str, Any], *, timeout_s: float = 60) -> dict[str, Any]:
        """Send a call and return the answer's payload; raise CallFailedError."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """An action and its payload, with the wire's own names."""

    action: str
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a station answered; `detail` is what it adds in words of its own."""

    status: str
    detail: str = ""
    payload: dict[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether it says yes. Whether it does so is for its readings to tell."""
        return self.status in _YES

    @property
    def scheduled(self) -> bool:
        """Whether it does so once the transaction that runs is over."""
        return self.status == "Scheduled"

    @override
    def __str__(self) -> str:
        return f"{self.status} ({self.detail})" if self.detail else self.status


def command(message: DataclassInstance) -> Command:
    """Return a call of the `ocpp` package as it goes over the wire."""
    payload: dict[str, Any] = snake_to_camel_case(  # type: ignore[no-untyped-call]  # the package has no types there
        remove_nones(serialize_as_dict(message))  # type: ignore[no-untyped-call]  # nor there
    )
    return Command(type(message).__name__, payload)


async def async_send(caller: Caller, sent: Command, *, timeout_s: float = 60) -> Answer:
    """Send a command; raise CallFailedError."""
    payload = await caller.async_call(sent.action, sent.payload, timeout_s=timeout_s)
    status, info = payload.get("status"), payload.get("statusInfo")
    return Answer(
        status=status[:_LONGEST_STATUS] if isinstance(status, str) else "",
        detail=_told(info) if isinstance(info, dict) else "",
        payload=payload,
    )


def instant(at: datetime) -> str:
    """Return an instant as OCPP writes it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _told(info: dict[str, Any]) -> str:
    texts = (info.get("reasonCode"), info.get("additionalInfo"))
    return ": ".join(text[:200] for text in texts if isinstance(text, str) and text)
