"""Charging profiles as a station keeps and obeys them: by purpose, stack level, kind and period (OCPP 1.6 §3.13)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

STATION_MAX = ("ChargePointMaxProfile", "ChargingStationMaxProfile", "ChargingStationExternalConstraints")
_RECURS = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What a profile says for a moment: in its own unit, on so many phases (None: as many as there are)."""

    value: float
    unit: str
    phases: int | None

    def current_a(self, voltage_v: float, lines: int) -> float:
        """Return it as the current of each line."""
        return self.value if self.unit == "A" else self.value / (voltage_v * (self.phases or lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One profile; `connector` 0 is the whole station."""

    id: int
    connector: int
    stack_level: int
    purpose: str
    kind: str
    unit: str
    periods: tuple[tuple[float, float, int | None], ...]  # start in s, limit, phases
    transaction_id: str | None
    start: datetime | None
    duration_s: float | None
    recurs: timedelta | None
    valid_from: datetime | None
    valid_to: datetime | None
    received: datetime
    raw: Mapping[str, Any]

    @classmethod
    def read(cls, connector: int, raw: Mapping[str, Any], received: datetime) -> Profile:
        """Read what a central system sent, of any version; KeyError or ValueError where it is none."""
        schedule = raw["chargingSchedule"]
        if isinstance(schedule, list):
            schedule = schedule[0]
        transaction_id = raw.get("transactionId")
        return cls(
            id=int(raw["chargingProfileId"] if "chargingProfileId" in raw else raw["id"]),
            connector=connector,
            stack_level=int(raw["stackLevel"]),
            purpose=raw["chargingProfilePurpose"],
            kind=raw["chargingProfileKind"],
            unit=schedule["chargingRateUnit"],
            periods=tuple(
                (float(period["startPeriod"]), float(period["limit"]), period.get("numberPhases"))
                for period in schedule["chargingSchedulePeriod"]
            ),
            transaction_id=None if transaction_id is None else str(transaction_id),
            start=instant(schedule.get("startSchedule")),
            duration_s=schedule.get("duration"),
            recurs=_RECURS[raw["recurrencyKind"]] if raw["chargingProfileKind"] == "Recurring" else None,
            valid_from=instant(raw.get("validFrom")),
            valid_to=instant(raw.get("validTo")),
            received=received,
            raw=raw,
        )

    def limit(self, now: datetime, transaction_start: datetime | None) -> Limit | None:
        """Return what it says now; None where it says nothing (before its start, after its end)."""
        if (self.valid_from is not None and now < self.valid_from) or (
            self.valid_to is not None and now > self.valid_to
        ):
            return None
        elapsed_s = (now - self._begin(now, transaction_start)).total_seconds()
        if elapsed_s < 0 or (self.duration_s is not None and elapsed_s >= self.duration_s):
            return None
        found = None
        for start_s, value, phases in self.periods:
            if start_s <= elapsed_s:
                found = Limit(value=value, unit=self.unit, phases=phases)
        return found

    def _begin(self, now: datetime, transaction_start: datetime | None) -> datetime:
        if self.kind == "Relative":
            return transaction_start or self.received
        begin = self.start or self.received
        if self.recurs is not None and now > begin:
            begin += (now - begin) // self.recurs * self.recurs
        return begin


class Profiles:
    """All profiles of a station."""

    def __init__(self) -> None:
        self._profiles: list[Profile] = []

    def __iter__(self) -> Iterator[Profile]:
        """Return them."""
        return iter(tuple(self._profiles))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._profiles)

    def install(self, profile: Profile) -> None:
        """Keep a profile; the one of its id, or of its purpose, level and connector, goes."""
        level = (profile.connector, profile.purpose, profile.stack_level, profile.transaction_id)
        self._profiles = [
            one
            for one in self._profiles
            if one.id != profile.id and (one.connector, one.purpose, one.stack_level, one.transaction_id) != level
        ]
        self._profiles.append(profile)

    def clear(
        self,
        *,
        profile_id: int | None = None,
        connector: int | None = None,
        purpose: str | None = None,
        stack_level: int | None = None,
    ) -> bool:
        """Forget what matches; tell whether something did."""

        def goes(one: Profile) -> bool:
            if profile_id is not None:
                return one.id == profile_id
            return (
                (connector is None or one.connector == connector)
                and (purpose is None or one.purpose == purpose)
                and (stack_level is None or one.stack_level == stack_level)
            )

        left = [one for one in self._profiles if not goes(one)]
        some = len(left) < len(self._profiles)
        self._profiles = left
        return some

    def transaction_ended(self, connector: int) -> None:
        """Forget the profiles of the transaction that ran on a connector."""
        self._profiles = [one for one in self._profiles if (one.purpose, one.connector) != ("TxProfile", connector)]

    def limits(
        self, connector: int, now: datetime, *, transaction_id: str | None, transaction_start: datetime | None
    ) -> tuple[Limit | None, Limit | None]:
        """Return what holds for a connector and for the whole station, where something does."""
        station = self._highest([one for one in self._profiles if one.purpose in STATION_MAX], now, None)
        own = None
        if transaction_start is not None:  # it has no number yet while its start is not answered (1.6)
            of_transaction = [
                one
                for one in self._profiles
                if one.purpose == "TxProfile"
                and one.connector == connector
                and one.transaction_id in {None, transaction_id}
            ]
            own = self._highest(of_transaction, now, transaction_start)
        if own is None:
            defaults = [one for one in self._profiles if one.purpose == "TxDefaultProfile"]
            own = self._highest([one for one in defaults if one.connector == connector], now, transaction_start)
            own = own or self._highest([one for one in defaults if one.connector == 0], now, transaction_start)
        return own, station

    @staticmethod
    def _highest(profiles: list[Profile], now: datetime, transaction_start: datetime | None) -> Limit | None:
        for profile in sorted(profiles, key=lambda one: -one.stack_level):
            if (limit := profile.limit(now, transaction_start)) is not None:
                return limit
        return None


def instant(text: str | None) -> datetime | None:
    """Read an instant of the wire; without a zone it is UTC."""
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
