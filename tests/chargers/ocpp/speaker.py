"""A station that says the same in any version."""

import itertools
from typing import Any

from custom_components.ev_sessions.chargers.ocpp.version import Version
from tests.chargers.ocpp.house_rig import HouseRig, told

STATUS_2 = {
    "Preparing": "Occupied",
    "Charging": "Occupied",
    "SuspendedEV": "Occupied",
    "SuspendedEVSE": "Occupied",
    "Finishing": "Occupied",
}


class Speaker:
    """Says what happened so many seconds into the story; `arrives` is when that is heard, by default at once."""

    def __init__(self, version: Version, *, evses: int = 1) -> None:
        self.rig = HouseRig(version, evses)
        self.version = version
        self.story = self.rig.story
        self.sequence = itertools.count()
        #: The station's names for its transactions: its own in 2.x, in 1.6 the numbers that it was given.
        self.names: dict[str, Any] = {}

    def _heard(self, seconds: float, arrives: float | None) -> None:
        self.rig.at(seconds if arrives is None else arrives)

    async def status(self, seconds: float, word: str, *, evse: int = 1, arrives: float | None = None) -> None:
        self._heard(seconds, arrives)
        if self.version.is_2:
            await self.rig.send(
                "StatusNotification",
                evseId=evse,
                connectorId=1,
                connectorStatus=STATUS_2.get(word, word),
                timestamp=told(seconds),
            )
        else:
            payload: dict[str, Any] = {"connectorId": evse, "errorCode": "NoError", "status": word}
            if arrives is not None:
                payload["timestamp"] = told(seconds)
            await self.rig.send_raw("StatusNotification", payload)

    async def authorize(self, seconds: float, tag: str = "TAG1") -> dict[str, Any]:
        self.rig.at(seconds)
        if self.version.is_2:
            answer = await self.rig.send("Authorize", idToken={"idToken": tag, "type": "ISO14443"})
            return dict(answer["idTokenInfo"])
        answer = await self.rig.send("Authorize", idTag=tag)
        return dict(answer["idTagInfo"])

    async def begin(
        self,
        seconds: float,
        name: str = "a",
        *,
        evse: int = 1,
        meter_wh: float = 0,
        tag: str | None = "TAG1",
        state: str | None = "Charging",
        arrives: float | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        self._heard(seconds, arrives)
        if not self.version.is_2:
            payload = {"connectorId": evse, "idTag": tag, "meterStart": round(meter_wh), "timestamp": told(seconds)}
            answer = await self.rig.send_raw("StartTransaction", payload)
            self.names[name] = answer["transactionId"]
            return answer
        self.names.setdefault(name, f"tx-{name}")
        return await self._event(
            "Started",
            seconds,
            name,
            evse={"id": evse, "connectorId": 1},
            state=state,
            tag=tag,
            meter_wh=meter_wh,
            context="Transaction.Begin",
            triggerReason="Authorized",
            **more,
        )

    async def change(self, seconds: float, word: str, name: str = "a", *, evse: int = 1) -> None:
        """Let a running transaction be in another state."""
        self.rig.at(seconds)
        if self.version.is_2:
            await self._event("Updated", seconds, name, state=word, triggerReason="ChargingStateChanged")
        else:
            await self.status(seconds, word, evse=evse)

    async def sample(
        self,
        seconds: float,
        energy_wh: object,
        name: str | None = "a",
        *,
        evse: int = 1,
        arrives: float | None = None,
        values: list[dict[str, Any]] | None = None,
    ) -> None:
        self._heard(seconds, arrives)
        values = values or [{"value": energy_wh}]
        if self.version.is_2 and name is not None:
            await self._event("Updated", seconds, name, values=values, triggerReason="MeterValuePeriodic")
            return
        payload: dict[str, Any] = {"meterValue": [{"timestamp": told(seconds), "sampledValue": values}]}
        payload["evseId" if self.version.is_2 else "connectorId"] = evse
        if name is not None:
            payload["transactionId"] = self.names.get(name, name)
        await self.rig.send_raw("MeterValues", payload)

    async def end(
        self,
        seconds: float,
        name: str = "a",
        *,
        meter_wh: float,
        reason: str | None = "Local",
        tag: str | None = None,
        arrives: float | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        self._heard(seconds, arrives)
        if self.version.is_2:
            return await self._event(
                "Ended",
                seconds,
                name,
                tag=tag,
                meter_wh=meter_wh,
                context="Transaction.End",
                reason=reason,
                triggerReason="StopAuthorized",
                **more,
            )
        payload = {
            "transactionId": self.names.get(name, name),
            "meterStop": round(meter_wh),
            "timestamp": told(seconds),
            "reason": reason,
            "idTag": tag,
        }
        payload = {key: part for key, part in payload.items() if part is not None}
        return await self.rig.send_raw("StopTransaction", payload)

    async def _event(
        self,
        kind: str,
        seconds: float,
        name: str,
        *,
        state: str | None = None,
        tag: str | None = None,
        meter_wh: float | None = None,
        context: str | None = None,
        reason: str | None = None,
        values: list[dict[str, Any]] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        info = {"transactionId": self.names.get(name, name), "chargingState": state, "stoppedReason": reason}
        payload: dict[str, Any] = {
            "eventType": kind,
            "timestamp": told(seconds),
            "seqNo": next(self.sequence),
            "transactionInfo": {key: part for key, part in info.items() if part is not None},
            **more,
        }
        if tag is not None:
            payload["idToken"] = {"idToken": tag, "type": "ISO14443"}
        if meter_wh is not None:
            values = [{"value": meter_wh, "context": context}]
        if values is not None:
            payload["meterValue"] = [{"timestamp": told(seconds), "sampledValue": values}]
        return await self.rig.send_raw("TransactionEvent", payload)
