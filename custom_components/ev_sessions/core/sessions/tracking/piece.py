"""Pieces of time: charging periods in the making, and the time in between.

A piece carries what it has earned so far, the power that was seen during it, and the
*weights* of the time since the register last told something: the keys by which the next
increment is handed out. Weights are whole numbers (µJ = mW × ms, and ms), so any order
of steps, and any number of restarts in between, gives the same result.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ...energy import split
from ...moment import instant_of
from ...reading import Activity, SuspendedBy
from ..session import ChargingPeriod, Quality
from .solar import solar_mwh

_WORST = {quality: rank for rank, quality in enumerate(Quality)}
#: Energy of which nobody saw when it was used, or how much it was.
NOT_MEASURED = frozenset({Quality.INTEGRATED, Quality.ESTIMATED})
#: One mWh is 3.6 J.
UJ_PER_MWH = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of time without a change of price, activity or owner; no owner: between sessions."""

    start_us: int
    end_us: int
    session_id: str | None = None
    index: int = 0
    activity: Activity = Activity.AVAILABLE
    suspended_by: SuspendedBy | None = None
    unseen: bool = False  # nobody looked
    energy_mwh: int = 0
    estimated_mwh: int = 0
    solar_mwh: int | None = None
    quality: Quality = Quality.MEASURED
    # The power that was seen, over the whole piece.
    power_uj: int = 0
    power_ms: int = 0
    least_mw: int | None = None
    greatest_mw: int | None = None
    grid_uj: int = 0
    grid_known_uj: int = 0
    grid_known_ms: int = 0
    # The weights since the register last told something.
    elapsed_ms: int = 0
    covered_ms: int = 0
    pending_uj: int = 0

    @property
    def duration_ms(self) -> int:
        """How long it has lasted."""
        return (self.end_us - self.start_us) // 1000

    @property
    def empty(self) -> bool:
        """Whether it came to nothing: no time has passed and no energy fell into it."""
        return self.end_us == self.start_us and self.energy_mwh == 0

    @property
    def charging_ms(self) -> int:
        """The weight of charging time."""
        return self.elapsed_ms if self.session_id and self.activity is Activity.CHARGING else 0

    @property
    def connected_ms(self) -> int:
        """The weight of connected time."""
        return self.elapsed_ms if self.session_id else 0

    def period(self) -> ChargingPeriod:
        """Return the charging period that this piece is, without its price."""
        mean_w = round(self.power_uj / self.power_ms / 1000, 3) if self.power_ms else None
        return ChargingPeriod(
            index=self.index,
            start=instant_of(self.start_us),
            end=instant_of(self.end_us),
            duration_ms=self.duration_ms,
            activity=self.activity,
            suspended_by=self.suspended_by,
            energy_mwh=self.energy_mwh,
            solar_mwh=self.solar_mwh,
            estimated_mwh=self.estimated_mwh,
            quality=self.quality,
            mean_power_w=mean_w,
            least_power_w=None if self.least_mw is None else self.least_mw / 1000,
            greatest_power_w=None if self.greatest_mw is None else self.greatest_mw / 1000,
        )


def lasting(piece: Piece, to_us: int, power_mw: int | None, from_grid_uj: int | None) -> Piece:
    """Return the piece after time went by until `to_us`, at a power that was held, or not known.

    `from_grid_uj` is what came from the grid of what was drawn meanwhile; None where nobody can tell.
    """
    ms = (to_us - piece.end_us) // 1000
    if power_mw is None:
        return replace(piece, end_us=to_us, elapsed_ms=piece.elapsed_ms + ms)
    uj = power_mw * ms
    grid_uj, known_uj, known_ms = piece.grid_uj, piece.grid_known_uj, piece.grid_known_ms
    if from_grid_uj is not None:
        grid_uj += from_grid_uj
        known_uj += uj
        known_ms += ms
    # Field by field, as this happens with each reading, and replace() takes three times as long.
    return Piece(
        start_us=piece.start_us,
        end_us=to_us,
        session_id=piece.session_id,
        index=piece.index,
        activity=piece.activity,
        suspended_by=piece.suspended_by,
        unseen=piece.unseen,
        energy_mwh=piece.energy_mwh,
        estimated_mwh=piece.estimated_mwh,
        solar_mwh=piece.solar_mwh,
        quality=piece.quality,
        power_uj=piece.power_uj + uj,
        power_ms=piece.power_ms + ms,
        least_mw=power_mw if piece.least_mw is None else min(piece.least_mw, power_mw),
        greatest_mw=power_mw if piece.greatest_mw is None else max(piece.greatest_mw, power_mw),
        grid_uj=grid_uj,
        grid_known_uj=known_uj,
        grid_known_ms=known_ms,
        elapsed_ms=piece.elapsed_ms + ms,
        covered_ms=piece.covered_ms + ms,
        pending_uj=piece.pending_uj + uj,
    )


def weighed(piece: Piece, energy_mwh: int, quality: Quality) -> Piece:
    """Return the piece with the energy that fell into it, and without weights: all about it has been told.

    The worst quality of its parts is its own; what is not measured is estimated.
    """
    if energy_mwh == 0:
        return replace(piece, elapsed_ms=0, covered_ms=0, pending_uj=0)
    return replace(
        piece,
        energy_mwh=piece.energy_mwh + energy_mwh,
        estimated_mwh=piece.estimated_mwh + (energy_mwh if quality in NOT_MEASURED else 0),
        quality=worst(piece.quality, quality),
        elapsed_ms=0,
        covered_ms=0,
        pending_uj=0,
    )


def shared_out(pieces: tuple[Piece, ...], energy_mwh: int) -> list[int]:
    """Split an increment over the pieces of its span, in their order.

    By power where the samples cover the span and are not all zero, else by charging
    time, else by connected time, else by time. Where no time has passed at all the last
    piece gets it.
    """
    if len(pieces) == 1:
        return [energy_mwh]
    elapsed = [piece.elapsed_ms for piece in pieces]
    if not any(elapsed):
        return [0] * (len(pieces) - 1) + [energy_mwh]
    powers = [piece.pending_uj for piece in pieces]
    if any(powers) and all(piece.covered_ms == piece.elapsed_ms for piece in pieces):
        return split(energy_mwh, powers)
    for weights in ([piece.charging_ms for piece in pieces], [piece.connected_ms for piece in pieces]):
        if any(weights):
            return split(energy_mwh, weights)
    return split(energy_mwh, elapsed)


def worst(one: Quality, other: Quality) -> Quality:
    """Return the worse of two qualities."""
    return one if _WORST[one] >= _WORST[other] else other


def with_solar(piece: Piece) -> Piece:
    """Return the piece with its solar energy told anew."""
    solar = solar_mwh(
        piece.energy_mwh,
        power_uj=piece.power_uj,
        known_uj=piece.grid_known_uj,
        grid_uj=piece.grid_uj,
        known_ms=piece.grid_known_ms,
    )
    return piece if solar == piece.solar_mwh else replace(piece, solar_mwh=solar)


def joined(one: Piece, other: Piece) -> Piece:
    """Return one piece for two that follow each other; it belongs to whom the first belongs."""
    return replace(
        one,
        end_us=other.end_us,
        energy_mwh=one.energy_mwh + other.energy_mwh,
        estimated_mwh=one.estimated_mwh + other.estimated_mwh,
        quality=worst(one.quality, other.quality),
        power_uj=one.power_uj + other.power_uj,
        power_ms=one.power_ms + other.power_ms,
        least_mw=_least(one.least_mw, other.least_mw),
        greatest_mw=_greatest(one.greatest_mw, other.greatest_mw),
        grid_uj=one.grid_uj + other.grid_uj,
        grid_known_uj=one.grid_known_uj + other.grid_known_uj,
        grid_known_ms=one.grid_known_ms + other.grid_known_ms,
        elapsed_ms=one.elapsed_ms + other.elapsed_ms,
        covered_ms=one.covered_ms + other.covered_ms,
        pending_uj=one.pending_uj + other.pending_uj,
    )


def divided(piece: Piece, at_us: int) -> tuple[Piece, Piece]:
    """Return two pieces for one, cut at an instant inside it, all sums in proportion to time."""
    weights = (at_us - piece.start_us, piece.end_us - at_us)
    parts: dict[str, Any] = {name: split(getattr(piece, name), weights) for name in _SUMS}
    first = replace(piece, end_us=at_us, **{name: part[0] for name, part in parts.items()})
    second = replace(piece, start_us=at_us, **{name: part[1] for name, part in parts.items()})
    return first, second


def cut_at(piece: Piece, cuts: Iterable[int]) -> list[Piece]:
    """Return the piece cut at those instants, in order, that lie inside it."""
    parts = []
    for cut_us in cuts:
        if piece.start_us < cut_us < piece.end_us:
            first, piece = divided(piece, cut_us)
            parts.append(first)
    return [*parts, piece]


_SUMS = (
    "energy_mwh",
    "estimated_mwh",
    "power_uj",
    "power_ms",
    "grid_uj",
    "grid_known_uj",
    "grid_known_ms",
    "elapsed_ms",
    "covered_ms",
    "pending_uj",
)


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _greatest(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)
