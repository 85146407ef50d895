"""Whose an imported session is: what a record says of vehicle, payer and card, found among those that there are.

Programs write a name, a plate or the number of a card, each in a column of its own or in another's;
capitals, blanks and hyphens say nothing. What nobody goes by is kept as it was said, never guessed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Self

from ..id_token import IdToken
from ..sessions.attribution import FoundBy
from .values import RefusedRowError, Row

#: As we give a card out to people who may not see it whole.
_MASK: Final = "…"
_FULL_PERCENT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOwner:
    """What a record says of whose it is, as it is written there. `odometer_km` is that of the start or the end."""

    vehicle: str | None = None
    payer: str | None = None
    id_token: str | None = None
    soc_start_percent: float | None = None
    soc_end_percent: float | None = None
    odometer_km: float | None = None

    @classmethod
    def read(cls, row: Row) -> Self:
        """Read it; RefusedRowError names what cannot be."""
        token = row.text("id_token")
        return cls(
            vehicle=row.text("vehicle"),
            payer=row.text("payer"),
            id_token=None if token is None or token.startswith(_MASK) else token,
            soc_start_percent=_percent(row, "soc_start"),
            soc_end_percent=_percent(row, "soc_end"),
            odometer_km=_number(row.amount("odometer_km")),
        )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _percent(row: Row, name: str) -> float | None:
    value = row.amount(name)
    if value is not None and value > _FULL_PERCENT:
        raise RefusedRowError(f"{name}_not_understood")
    return _number(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card that is on a list, and whose it is."""

    id: str
    vehicle_id: str | None = None
    payer_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A vehicle or a payer, all that it goes by, and who pays where nobody says it."""

    id: str
    words: tuple[str, ...]
    payer_id: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOwner:
    """Whose a record is, and what is said of it that nobody goes by: its field and the word."""

    vehicle_id: str | None = None
    vehicle_by: FoundBy | None = None
    payer_id: str | None = None
    payer_by: FoundBy | None = None
    id_token_id: str | None = None
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOwners:
    """Those that there are. What two of them go by is neither's; what is removed counts only where nothing else is."""

    vehicles: Iterable[Thing] = ()
    payers: Iterable[Thing] = ()
    cards: Mapping[str, Card] = field(default_factory=dict)  # by their normalised values

    def finder(self) -> OwnerFinder:
        """Return what finds owners by their words."""
        return OwnerFinder(
            vehicles=_by_word(self.vehicles),
            payers=_by_word(self.payers),
            payers_of={one.id: one.payer_id for one in self.vehicles},
            cards=self.cards,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFinder:
    """Finds owners; all by their words as `plain_word` makes them."""

    vehicles: Mapping[str, str]
    payers: Mapping[str, str]
    payers_of: Mapping[str, str | None]
    cards: Mapping[str, Card]

    def find(self, said: SaidOwner) -> FoundOwner:
        """Return whose a record is: by what stands in the field itself, else by what stands in another."""
        card = self._card(said)
        named = (said.vehicle, said.id_token)
        vehicle_id = next((found for word in named if (found := self.vehicles.get(plain_word(word)))), None)
        vehicle_by = FoundBy.PERSON
        if vehicle_id is None and card is not None:
            vehicle_id, vehicle_by = card.vehicle_id, FoundBy.TOKEN
        payer_id, payer_by = self._payer(said, card, vehicle_id)
        return FoundOwner(
            vehicle_id=vehicle_id,
            vehicle_by=None if vehicle_id is None else vehicle_by,
            payer_id=payer_id,
            payer_by=None if payer_id is None else payer_by,
            id_token_id=None if card is None else card.id,
            unknown=tuple(self._unknown(said)),
        )

    def _payer(self, said: SaidOwner, card: Card | None, vehicle_id: str | None) -> tuple[str | None, FoundBy]:
        for word in (said.payer, said.id_token):
            if found := self.payers.get(plain_word(word)):
                return found, FoundBy.PERSON
        if card is not None and card.payer_id is not None:
            return card.payer_id, FoundBy.TOKEN
        return self.payers_of.get(vehicle_id or ""), FoundBy.VEHICLE

    def _card(self, said: SaidOwner) -> Card | None:
        words = (said.id_token, said.vehicle, said.payer)
        values = (IdToken(value=word).normalised for word in words if word)
        return next((self.cards[value] for value in values if value in self.cards), None)

    def _unknown(self, said: SaidOwner) -> Iterable[tuple[str, str]]:
        for name, words in (("vehicle", self.vehicles), ("payer", self.payers)):
            word = getattr(said, name)
            if word and plain_word(word) not in words and IdToken(value=word).normalised not in self.cards:
                yield name, word
        token = said.id_token
        if token and IdToken(value=token).normalised not in self.cards:
            plain = plain_word(token)
            if plain not in self.vehicles and plain not in self.payers:
                yield "id_token", token


def plain_word(word: str | None) -> str:
    """Return a name or a plate without what is written in many ways."""
    return "".join(sign for sign in (word or "").casefold() if sign.isalnum())


def _by_word(things: Iterable[Thing]) -> dict[str, str]:
    """Return things by their words, where one word means one thing; those in use come before those removed."""
    found: dict[str, str] = {}
    for archived in (True, False):
        these: dict[str, set[str]] = {}
        for one in things:
            if one.archived is archived:
                for word in map(plain_word, one.words):
                    these.setdefault(word, set()).add(one.id)
        for word, ids in these.items():
            found.pop(word, None)
            if word and len(ids) == 1:
                found[word] = next(iter(ids))
    return found


def kept_in_note(note: str | None, program: str | None, unknown: Iterable[tuple[str, str]]) -> str | None:
    """Return a note that also keeps what nobody goes by."""
    words = ", ".join(dict.fromkeys(word for _, word in unknown))
    if words and program:
        words = f"{program}: {words}"
    return "; ".join(part for part in (note, words) if part) or None
