"""Whose a session is: which vehicle charges, who pays, and by what that is known.

    now = attribute(before, signs)            at every look while a session goes on
    reason = change_of(before, signs)         before that: whether another session has begun
    is_to_be_asked(now, signs)                whether a person has to say it

What is known more surely replaces what is known less surely, never the other way: a person's
word, then the card, then the vehicle's own signs (its plug, its battery, its place), then the
charger's default. Who pays follows from the card, else from the vehicle, else from who began
the charge, else from the charger's default.

Every call is pure: the same signs give the same answer, in whatever order vehicles are told.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ..energy import kwh_from_mwh
from ..id_token import IdToken
from .session import EndReason

#: A plug that turns on so shortly before or after the charger saw a car is that car's.
PLUGGED_WITHIN: Final = timedelta(seconds=60)
#: So long is waited for a sign before a person is asked.
ASK_AFTER: Final = timedelta(minutes=3)
#: A battery's level is whole percents, often old, and wanders by one: less than this tells nothing.
_LEAST_RISE_PERCENT: Final = 2.0
#: Less energy than this raises no battery by that much.
_LEAST_ENERGY_KWH: Final = 0.5
#: Of the rise that the energy would make: losses, and levels that come late, make it smaller.
_LEAST_OF_EXPECTED: Final = 0.4
_MOST_OF_EXPECTED: Final = 1.6


class FoundBy(StrEnum):
    """By what it is known whose a session is."""

    PERSON = "person"  # somebody said it
    TOKEN = "token"  # noqa: S105 - a word of the field, no secret
    PLUG = "plug"
    SOC = "soc"
    PRESENCE = "presence"
    VEHICLE = "vehicle"  # the payer, by the vehicle that charges
    STARTER = "starter"  # the payer, by who began the charge in Home Assistant
    CHARGER = "charger"  # the charger's default


_SUREST_FIRST: Final = (
    FoundBy.PERSON,
    FoundBy.TOKEN,
    FoundBy.PLUG,
    FoundBy.SOC,
    FoundBy.PRESENCE,
    FoundBy.CHARGER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whose a session is; None: not known. A person may say that it is nobody's: then only `by` is set."""

    token: IdToken | None = None
    vehicle_id: str | None = None
    vehicle_by: FoundBy | None = None
    payer_id: str | None = None
    payer_by: FoundBy | None = None


NOBODYS: Final = Attribution()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOwner:
    """A card that was held to the charger, and whose it is by the list."""

    token: IdToken
    vehicle_id: str | None = None
    payer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleSigns:
    """What a vehicle's own entities tell; None: there is no such entity, or it does not say.

    `tracked`: it has an entity for its place. `plugged_at` is when its plug last turned on or
    off. `soc_before` is its level when the session began, `soc_percent` that of now. `busy`:
    it is known to charge somewhere else.
    """

    id: str
    payer_id: str | None = None
    tracked: bool = False
    present: bool | None = None
    plugged: bool | None = None
    plugged_at: datetime | None = None
    soc_before: float | None = None
    soc_percent: float | None = None
    battery_kwh: float | None = None
    busy: bool = False

    def plugged_in_at(self, started_at: datetime) -> bool:
        """Tell whether its plug turned on when the session began."""
        if not self.plugged or self.plugged_at is None:
            return False
        return abs(self.plugged_at - started_at) <= PLUGGED_WITHIN

    def gained(self, energy_mwh: int) -> bool:
        """Tell whether its battery rose by about that energy."""
        energy_kwh = kwh_from_mwh(energy_mwh)
        if self.soc_percent is None or self.soc_before is None or energy_kwh < _LEAST_ENERGY_KWH:
            return False
        rise = self.soc_percent - self.soc_before
        if rise < _LEAST_RISE_PERCENT:
            return False
        if not self.battery_kwh:
            return True
        expected = energy_kwh / self.battery_kwh * 100
        # A level in whole percents may be off by one at both ends.
        return _LEAST_OF_EXPECTED * expected - 2 <= rise <= _MOST_OF_EXPECTED * expected + 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """All that tells whose a session is that began at `started_at`, as it is at `now`."""

    started_at: datetime
    now: datetime
    energy_mwh: int = 0
    token: TokenOwner | None = None
    vehicles: tuple[VehicleSigns, ...] = ()
    starter_payer_id: str | None = None
    default_vehicle_id: str | None = None
    default_payer_id: str | None = None


def attribute(before: Attribution, signs: Signs) -> Attribution:
    """Return whose the session is by what is known now."""
    vehicle_id, vehicle_by = before.vehicle_id, before.vehicle_by
    found = _vehicle(signs)
    if found is not None and _is_surer(found[1], vehicle_by):
        vehicle_id, vehicle_by = found
    payer_id, payer_by = before.payer_id, before.payer_by
    if payer_by is not FoundBy.PERSON:
        payer_id, payer_by = _payer(signs, vehicle_id)
    return Attribution(
        token=before.token if signs.token is None else signs.token.token,
        vehicle_id=vehicle_id,
        vehicle_by=vehicle_by,
        payer_id=payer_id,
        payer_by=payer_by,
    )


def change_of(before: Attribution, signs: Signs) -> EndReason | None:
    """Return why the session is over though nobody saw a plug: another card, or another vehicle, charges now."""
    if before.token is not None and signs.token is not None and not before.token.is_same(signs.token.token):
        return EndReason.TOKEN_CHANGED
    own = next((one for one in signs.vehicles if one.id == before.vehicle_id), None)
    if own is None or own.plugged is not False or own.plugged_at is None or own.plugged_at <= signs.started_at:
        return None
    came = [one for one in signs.vehicles if _came_after(one, own.plugged_at)]
    return EndReason.VEHICLE_CHANGED if len(came) == 1 else None


def after_change(before: Attribution, signs: Signs, reason: EndReason) -> Attribution:
    """Return whose the session is that begins with a change: what was known of the one before says nothing of it."""
    if reason is EndReason.TOKEN_CHANGED:
        return attribute(NOBODYS, signs)
    own = next((one for one in signs.vehicles if one.id == before.vehicle_id), None)
    since = signs.started_at if own is None or own.plugged_at is None else own.plugged_at
    came = [one for one in signs.vehicles if _came_after(one, since) and one.id != before.vehicle_id]
    known = Attribution(token=before.token)
    if len(came) == 1:
        known = Attribution(token=before.token, vehicle_id=came[0].id, vehicle_by=FoundBy.PLUG)
    return attribute(known, signs)


def is_to_be_asked(known: Attribution, signs: Signs) -> bool:
    """Tell whether nothing says whose the session is, and has had the time to."""
    if known.vehicle_by is not None or known.payer_by is not None or not signs.vehicles:
        return False
    return signs.now - signs.started_at >= ASK_AFTER


def _came_after(vehicle: VehicleSigns, since: datetime) -> bool:
    return bool(vehicle.plugged) and not vehicle.busy and vehicle.plugged_at is not None and vehicle.plugged_at >= since


def _is_surer(new: FoundBy, known: FoundBy | None) -> bool:
    return known is None or _SUREST_FIRST.index(new) < _SUREST_FIRST.index(known)


def _vehicle(signs: Signs) -> tuple[str, FoundBy] | None:
    """Return the vehicle that the surest of all signs names, and that sign."""
    if signs.token is not None and signs.token.vehicle_id is not None:
        return signs.token.vehicle_id, FoundBy.TOKEN
    free = [one for one in signs.vehicles if not one.busy]
    plugged = [one for one in free if one.plugged_in_at(signs.started_at)]
    if (one := _only(plugged)) is not None:
        return one.id, FoundBy.PLUG
    # What says that it is not plugged in is not the one; where several came at once, it is one of these.
    able = plugged or [one for one in free if one.plugged is not False]
    if (one := _only(one for one in able if one.gained(signs.energy_mwh))) is not None:
        return one.id, FoundBy.SOC
    # A place that is not known excludes nobody.
    there = _only(one for one in able if one.tracked and one.present is not False)
    if there is not None and there.present:
        return there.id, FoundBy.PRESENCE
    if signs.default_vehicle_id is not None:
        return signs.default_vehicle_id, FoundBy.CHARGER
    return None


def _only(vehicles: Iterable[VehicleSigns]) -> VehicleSigns | None:
    found = list(vehicles)
    return found[0] if len(found) == 1 else None


def _payer(signs: Signs, vehicle_id: str | None) -> tuple[str | None, FoundBy | None]:
    """Return who pays, and by what that is known."""
    of_vehicle = next((one.payer_id for one in signs.vehicles if one.id == vehicle_id), None)
    ways = (
        (None if signs.token is None else signs.token.payer_id, FoundBy.TOKEN),
        (of_vehicle, FoundBy.VEHICLE),
        (signs.starter_payer_id, FoundBy.STARTER),
        (signs.default_payer_id, FoundBy.CHARGER),
    )
    return next(((payer_id, by) for payer_id, by in ways if payer_id is not None), (None, None))
