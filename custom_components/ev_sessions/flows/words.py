"""What a charger's status words mean: known ones are taken, the others asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant
import probatio as vol

from ..core.reading import Activity
from ..site.choices import (
    MOST_WORDS,
    NOTHING,
    OF_ACTIVITY,
    Meaning,
    async_words_of,
    integration_of,
    known_meaning,
    options_of,
    unknown_words,
)
from ..sources.reference import ATTRIBUTE, Reference, entity_of
from ..sources.value import said
from .fields import choice

#: The choice for a word that says nothing of a car or a charge.
_NOTHING = "nothing"
_CHOICES = [*(activity.value for activity in Activity), _NOTHING]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusWords:
    """The words of a status entity: what they mean as far as that is known, and which have to be asked for."""

    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()

    def schema(self, *, all_of_them: bool) -> vol.Schema:
        """Return one field per word, called like the word."""
        words: Iterable[str] = (*self.unknown, *self.meanings) if all_of_them else self.unknown
        return vol.Schema({vol.Required(word): choice(_CHOICES, "status_word") for word in dict.fromkeys(words)})

    def answers(self) -> dict[str, str]:
        """Return what is known as answers to the form."""
        return {word: _choice_of(meaning) for word, meaning in self.meanings.items()}

    def data(self, answers: Mapping[str, str]) -> dict[str, Any]:
        """Return the words and their meanings as the subentry holds them."""
        chosen = {word: self._meaning(word, answer) for word, answer in answers.items()}
        return {word: meaning.to_data() for word, meaning in {**self.meanings, **chosen}.items()}

    def _meaning(self, word: str, answer: str) -> Meaning:
        known = self.meanings.get(word)
        # What was left as it was keeps what the choices cannot express.
        if known is not None and _choice_of(known) == answer:
            return known
        return NOTHING if answer == _NOTHING else OF_ACTIVITY[Activity(answer)]


def _choice_of(meaning: Meaning) -> str:
    return _NOTHING if meaning.activity is None else meaning.activity.value


async def async_status_words(
    hass: HomeAssistant, status: str | Sequence[str] | None, told: Mapping[str, Mapping[str, str | None]]
) -> StatusWords:
    """Return the words of a status; `told` is what a person said of them before, or what is known of its integration.

    Several entities say one word each, with a comma between.
    """
    before = {word: Meaning.from_data(meaning) for word, meaning in told.items()}
    if status is None:
        return StatusWords()
    if not isinstance(status, str):
        asked = () if before else _words_together(hass, status)
        return StatusWords(meanings=before, unknown=asked)
    entity_id = entity_of(status)
    words: tuple[str, ...] = ()
    if ATTRIBUTE in status:
        if (text := said(Reference.parse(status).of(hass.states.get(entity_id)))) is not None:
            words = (text,)
    elif entity_id.partition(".")[0] == Platform.BINARY_SENSOR:
        return StatusWords()
    else:
        words = await async_words_of(hass, entity_id)
    integration = integration_of(hass, entity_id)
    known = {word: meaning for word in words if (meaning := known_meaning(word, integration)) is not None}
    unknown = tuple(word for word in unknown_words(words, integration) if word not in before)
    return StatusWords(meanings={**known, **before}, unknown=unknown)


def _words_together(hass: HomeAssistant, status: Sequence[str]) -> tuple[str, ...]:
    """Return all that several entities may say together, as far as they tell what each may say."""
    each = [_options(hass, reference) for reference in status]
    together = [",".join(words) for words in product(*each)]
    return tuple(together[:MOST_WORDS]) if all(each) else ()


def _options(hass: HomeAssistant, reference: str) -> tuple[str, ...]:
    two_sided = entity_of(reference).partition(".")[0] in {Platform.BINARY_SENSOR, Platform.SWITCH}
    return (STATE_OFF, STATE_ON) if two_sided else options_of(hass, entity_of(reference))
