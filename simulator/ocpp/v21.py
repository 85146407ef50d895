"""OCPP 2.1 as a station of a home says it: what it adds to 2.0.1, and what it answers to all that a home has not."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, override

from .connector import Sample, Transaction
from .line import Call, Payload, RefusedError
from .v2 import Dialect201
from .v2_commands import Commands2

if TYPE_CHECKING:
    from .settings import Settings
    from .station import Station

#: What 2.1 calls otherwise, for now there is a way back as well (MeasurandEnumType).
_MEASURANDS = {"Current.Offered": "Current.Import.Offered", "Power.Offered": "Power.Import.Offered"}
#: Calls that came with 2.1 and are for others: tariffs and payment, grid services, batteries that are swapped.
_FOR_OTHERS = frozenset(
    {
        "AFRRSignal",
        "AdjustPeriodicEventStream",
        "ChangeTransactionTariff",
        "ClearDERControl",
        "ClearTariffs",
        "GetDERControl",
        "GetPeriodicEventStream",
        "GetTariffs",
        "NotifyAllowedEnergyTransfer",
        "NotifyWebPaymentStarted",
        "RequestBatterySwap",
        "SetDERControl",
        "SetDefaultTariff",
        "UpdateDynamicSchedule",
        "UsePriorityCharging",
    }
)


class Commands21(Commands2):
    """The commands of a central system of 2.1."""

    def __init__(self, station: Station, settings: Settings[str]) -> None:
        super().__init__(station, settings)
        self.handlers["Reset"] = self._reset_21

    @override
    async def handle(self, action: str, payload: Payload) -> Payload:
        if action in _FOR_OTHERS:
            raise RefusedError("NotSupported", f"{action} is not for homes")
        return await super().handle(action, payload)

    async def _reset_21(self, payload: Payload) -> Payload:
        if payload["type"] != "ImmediateAndResume":
            return await self._reset(payload)
        self.station.soon(self.station.reboot("RemoteReset"))
        return {"status": "Accepted"}


class Dialect21(Dialect201):
    """The messages of 2.1."""

    version: ClassVar[str] = "2.1"
    subprotocol: ClassVar[str] = "ocpp2.1"

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self._commands = Commands21(station, self.settings)

    @override
    def resumed(self, transaction: Transaction, sample: Sample) -> Call:
        """Tell that a transaction goes on after the power was gone (2.1, E17)."""
        event = self._event("Updated", "TxResumed", transaction, sample)
        event["transactionInfo"]["chargingState"] = self.charging_state(self.station.connectors[transaction.connector])
        return "TransactionEvent", event

    @override
    def _event(self, kind: str, trigger: str, transaction: Transaction, sample: Sample) -> dict[str, Any]:
        values = tuple(
            replace(one, measurand=_MEASURANDS.get(one.measurand or "", one.measurand)) for one in sample.values
        )
        event = super()._event(kind, trigger, transaction, replace(sample, values=values))
        event["transactionInfo"]["operationMode"] = "ChargingOnly"
        event["evseSleep"] = False
        return event
