"""What status and plug entities say of a car, together."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR, BinarySensorDeviceClass
from homeassistant.const import ATTR_DEVICE_CLASS, STATE_OFF, STATE_ON
from homeassistant.core import State as HassState, split_entity_id

from ...core.reading import CONNECTED_ACTIVITIES, DISCONNECTED_ACTIVITIES, Activity, State
from ...sources.value import said
from .status_words import NOTHING, Meaning, known_meaning, normalised

#: A binary sensor of one of these classes tells of the charge; of any other, of the car.
_CHARGE_CLASSES = frozenset(
    {
        BinarySensorDeviceClass.BATTERY_CHARGING,
        BinarySensorDeviceClass.POWER,
        BinarySensorDeviceClass.RUNNING,
    }
)

#: Between the words of a status of several entities; and what stands for any word of one of them.
_BETWEEN = ","
_ANY = "*"


def meaning_of(
    state: HassState | None,
    words: Mapping[str, Meaning],
    *,
    integration: str | None = None,
    alone: bool,
    of_attribute: bool = False,
) -> Meaning | None:
    """Return what a status entity says; None where its word is not known.

    What the owner said of a word (`words`) comes before what is known of it in `integration`,
    whose entity it is. `alone`: no plug entity stands beside, so the end of a charge is all
    that tells of the car's leaving.
    """
    if state is None or (text := said(state)) is None:
        return NOTHING
    if (meaning := words.get(text)) is not None:
        return meaning
    key = normalised(text)
    for word, meaning in words.items():
        if normalised(word) == key:
            return meaning
    if not of_attribute and split_entity_id(state.entity_id)[0] == BINARY_SENSOR:
        return _meaning_of_binary(state, alone=alone)
    return known_meaning(text, integration)


def joined(states: Sequence[HassState | None]) -> str:
    """Return what several status entities say as one word; nothing for one that is silent."""
    return _BETWEEN.join(said(state) or "" for state in states)


def meaning_of_joined(states: Sequence[HassState | None], words: Mapping[str, Meaning]) -> Meaning | None:
    """Return what several status entities say together; None where nobody told.

    The first of `words` that fits counts: its parts stand for the entities, `*` for any.
    Where some are silent and nothing fits, nothing is said.
    """
    texts = [normalised(said(state) or "") for state in states]
    if not any(texts):
        return NOTHING
    for word, meaning in words.items():
        parts = word.split(_BETWEEN)
        if len(parts) == len(texts) and all(
            part == _ANY or normalised(part) == text for part, text in zip(parts, texts, strict=True)
        ):
            return meaning
    return None if all(texts) else NOTHING


def _meaning_of_binary(state: HassState, *, alone: bool) -> Meaning | None:
    if state.state not in {STATE_ON, STATE_OFF}:
        return None
    on = state.state == STATE_ON
    if state.attributes.get(ATTR_DEVICE_CLASS) in _CHARGE_CLASSES:
        if on:
            return Meaning(state=State.C, activity=Activity.CHARGING)
        return Meaning(state=State.A) if alone else NOTHING
    return Meaning(state=State.B if on else State.A)


def with_plug(meaning: Meaning, plugged: HassState | None) -> Meaning:
    """Return the meaning with what the plug entity adds: whether a car is there, where the status does not tell.

    A status that only says that the EVSE holds back does so with and without a car.
    """
    text = said(plugged)
    if text not in {STATE_ON, STATE_OFF} or _tells_of_car(meaning):
        return meaning
    if text == STATE_ON:
        return replace(meaning, state=State.B)
    held_back_from_nobody = meaning.activity in CONNECTED_ACTIVITIES
    return Meaning(state=State.A) if held_back_from_nobody else replace(meaning, state=State.A)


def _tells_of_car(meaning: Meaning) -> bool:
    return meaning.state in {State.A, State.B, State.C, State.D} or meaning.activity in DISCONNECTED_ACTIVITIES
