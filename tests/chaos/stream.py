"""An input that is wrong now and then: one entity as Home Assistant would show it, with all that can happen to it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from homeassistant.core import State

#: What happens to a single report.
GLITCHES = ("lost", "late", "doubled", "negative", "nan", "unavailable", "wrong_unit", "absurd")
#: What lasts: nothing comes, the old value comes again and again, or what comes is of no use.
SPELLS = ("lost", "frozen", "nan", "unavailable", "wrong_unit")
#: How often an input falls into a spell, and for how long.
SPELL_EVERY_S = 4 * 3600.0
SPELL_S = (60.0, 1500.0)
#: The world is looked at in steps.
STEP_S = 10.0
#: Units that are none of a current, power or energy, and so give the value away.
WRONG_UNITS = ("°C", "V", None)
#: A late report comes after the one that follows it.
LATE_S = (15.0, 90.0)


@dataclass(frozen=True, slots=True)
class Report:
    """A state and the instant at which Home Assistant got it."""

    state: State
    at: datetime


@dataclass(slots=True)
class Stream:
    """One entity; `spell` is what is wrong with it for a while, None where it is right."""

    name: str
    unit: str | None
    rng: Random
    glitches: tuple[str, ...] = GLITCHES
    spells: tuple[str, ...] = SPELLS
    glitch_part: float = 0.01
    spell: str | None = None
    newest: Report | None = None
    spell_ends_s: float | None = None
    right: bool = True  # whether the last report was the truth
    _late: deque[tuple[float, str, str | None]] = field(default_factory=deque)
    _before: str = ""

    def tell(self, true_text: str, now: datetime, now_s: float, *, clean: bool = False) -> None:
        """Report a value, or what becomes of it; `clean` leaves it as it is."""
        while self._late and self._late[0][0] <= now_s:
            _, text, unit = self._late.popleft()
            if self.spell is None and not clean:
                self._set(text, unit, now)
        what = self.spell
        if clean:
            self.spell = what = None
            self._late.clear()
        elif what is None and self.rng.random() < self.glitch_part:
            what = self.rng.choice(self.glitches)
        if what == "frozen":
            true_text = self._before or true_text
        self._before = true_text
        self.right = what in {None, "doubled"} and not self._late
        self._become(what, true_text, now, now_s)

    def pass_a_step(self, now_s: float, *, clean: bool) -> None:
        """Let a spell of its own begin or end."""
        if clean or (self.spell_ends_s is not None and now_s >= self.spell_ends_s):
            self.spell_ends_s = self.spell = None
        elif self.spell_ends_s is None and self.rng.random() < STEP_S / SPELL_EVERY_S:
            self.spell_ends_s = now_s + self.rng.uniform(*SPELL_S)
            self.spell = self.rng.choice(self.spells)

    def _become(self, what: str | None, text: str, now: datetime, now_s: float) -> None:
        match what:
            case "lost":
                pass
            case "late":
                self._late.append((now_s + self.rng.uniform(*LATE_S), text, self.unit))
            case "negative":
                self._set(text.removeprefix("-") if text.startswith("-") else f"-{text}", self.unit, now)
            case "nan":
                self._set(self.rng.choice(("nan", "NaN", "inf", "-inf", "err")), self.unit, now)
            case "unavailable":
                self._set(self.rng.choice(("unavailable", "unknown", "")), self.unit, now)
            case "wrong_unit":
                self._set(text, self.rng.choice(WRONG_UNITS), now)
            case "absurd":
                self._set(_a_million_times(text), self.unit, now)
            case "fraction":
                self._set(f"{float(text) / 100}", self.unit, now)
            case "byte":  # the greatest number of a byte, which stands for what is not known
                self._set("255", self.unit, now)
            case _:  # right, frozen, or doubled: the same once more changes nothing but the instant
                self._set(text, self.unit, now)

    def _set(self, text: str, unit: str | None, now: datetime) -> None:
        attributes = {} if unit is None else {"unit_of_measurement": unit}
        self.newest = Report(State(f"sensor.{self.name}", text, attributes), now)


def _a_million_times(text: str) -> str:
    """Return a number that cannot be, a million where it was nothing; or a word that nobody knows."""
    try:
        value = float(text)
    except ValueError:
        return f"{text}000000"
    return f"{(value or 1.0) * 1e6:.1f}"
