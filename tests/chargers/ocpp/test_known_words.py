"""The words beside a sampled value are read once, and a stranger's neither confuse others nor fill the memory."""

from collections.abc import Mapping
from typing import Any

import pytest

from custom_components.ev_sessions.chargers.ocpp.known_words import KnownWords, Words
from custom_components.ev_sessions.chargers.ocpp.loose import text_of


class _Reader:
    """Counts what is read."""

    def __init__(self) -> None:
        self.count = 0
        self.words = KnownWords(self._read)

    def _read(self, value: Mapping[str, Any]) -> Words:
        self.count += 1
        return text_of(value, "measurand"), text_of(value, "unit"), 0, None, None

    def of(self, **value: Any) -> Words:
        """Return the words of a value."""
        return self.words.of(value, (value.get("measurand"), value.get("unit")))


def test_what_was_read_is_not_read_again() -> None:
    reader = _Reader()
    for _ in range(3):
        assert reader.of(measurand="Voltage", unit="V") == ("Voltage", "V", 0, None, None)
        assert reader.of(measurand="Voltage") == ("Voltage", None, 0, None, None)
    assert reader.count == 2


@pytest.mark.parametrize("unit", [["V"], {"V": 1}, 1.0, True, 1, "V" * 65], ids=repr)
def test_what_is_no_short_word_is_read_each_time(unit: object) -> None:
    reader = _Reader()
    said = text_of({"unit": unit}, "unit")
    for _ in range(2):
        assert reader.of(unit=1)[1] == "1"
        assert reader.of(unit=True)[1] is None
        assert reader.of(unit=unit)[1] == said
    assert reader.count == 6


def test_no_station_fills_the_memory() -> None:
    reader = _Reader()
    for number in range(5000):
        reader.of(measurand=f"made up {number}")
    assert len(reader.words._known) <= 1024
    assert reader.of(measurand="Voltage") == ("Voltage", None, 0, None, None)
