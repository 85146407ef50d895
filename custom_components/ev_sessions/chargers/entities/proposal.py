"""Propose which of a device's entities plays which role of an EVSE; a person corrects.

Judged by domain, unit, device class, and the words in names and keys: the words are those
that the integrations of Home Assistant use.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import Final

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.components.sensor.const import SensorDeviceClass
from homeassistant.const import Platform

from ...core.reading import State
from ...sources.value import Quantity, unit_factor
from .status_words import known_meaning


class Role(StrEnum):
    """What an entity is to an EVSE; the values are the keys of the subentry."""

    STATUS = "status"
    PLUGGED = "plugged"
    POWER = "power"
    ENERGY = "energy"
    SESSION_ENERGY = "session_energy"
    CURRENTS = "currents"
    LIMIT = "limit"
    ENABLE = "enable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An entity as the registry and its state show it.

    `names` are keys and names, any of them, without the device's own name.
    """

    entity_id: str
    names: tuple[str, ...]
    integration: str | None = None
    device_class: str | None = None
    unit: str | None = None
    options: tuple[str, ...] = ()
    state: str | None = None

    @property
    def domain(self) -> str:
        """The domain of the entity."""
        return self.entity_id.partition(".")[0]

    @property
    def text(self) -> str:
        """All that the entity is called, as words between underscores."""
        spaced = (re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name) for name in self.names)
        return "_" + "__".join(re.sub(r"[^a-z0-9]+", "_", name.lower()) for name in spaced) + "_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """The entities proposed for an EVSE; absent roles have none that would do."""

    roles: Mapping[Role, str] = field(default_factory=dict)
    currents: tuple[str, ...] = ()


def _pattern(words: str) -> re.Pattern[str]:
    """Return a pattern of whole words, or phrases joined by underscores; the longer of two comes first."""
    ordered = sorted(words.split(), key=len, reverse=True)
    # The underscore behind a word begins the next one.
    return re.compile("|".join(f"_{word}(?=_)" for word in ordered))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """How well an entity's words fit a role: `never` rules out, others count."""

    never: re.Pattern[str]
    good: re.Pattern[str]
    poor: re.Pattern[str] | None = None
    needs_good: bool = False

    def score(self, text: str) -> int | None:
        """Return how well `text` fits; None where it does not."""
        if self.never.search(text):
            return None
        phrases = {match.group() for match in self.good.finditer(text)}
        if self.needs_good and not phrases:
            return None
        # A phrase of two words says more than either of them.
        good = sum(phrase.strip("_").count("_") + 1 for phrase in phrases)
        return 10 * good - (5 if self.poor and self.poor.search(text) else 0)


_ELSEWHERE: Final = (
    "grid house home household solar pv battery meter_point site generation ct2 ct3 limit target setpoint"
    " offered available rated max min maximum minimum reactive apparent export exported exporting cost price"
)

_POWER: Final = _Rule(
    never=_pattern(
        _ELSEWHERE + " phase phase_[0-9abc] l[123] power_[123] power_l[123] nrg_[789] nrg_10 attribute_[789] factor"
        " session today fv"
    ),
    good=_pattern("charging_power charge_power charger_power total total_power power_total current_power power"),
)
_SESSION: Final = "session once added charged charge_energy energy_charge charge_added since_connected wh"
_TOTAL: Final = "total lifetime register meter meter_reading reading usage_total forward import imported eto delivered"
_NOT_ENERGY: Final = (
    "solar pv green grid house home discharged export exported limit target cost price today daily day week month"
    " year remaining completed add_ele max min yesterday hourly"
)
_ENERGY: Final = _Rule(
    never=_pattern(f"{_NOT_ENERGY} session once added last"), good=_pattern(_TOTAL), poor=_pattern(_SESSION)
)
_SESSION_ENERGY: Final = _Rule(
    never=_pattern(_NOT_ENERGY), good=_pattern(_SESSION), poor=_pattern(f"{_TOTAL} last"), needs_good=True
)
_CURRENT: Final = _Rule(
    never=_pattern(
        _ELSEWHERE + " set capacity fuse circuit total avg installation offered supply set_current charge_current_set"
        " requested leakage residual neutral n vehicle_current pilot pilot_level"
    ),
    good=_pattern("charging_current charge_current current"),
)
_LIMIT: Final = _Rule(
    never=_pattern(
        "min minimum icp supply installation station available available_current main_breaker fuse threshold"
        " phase_switch switch_current offline safe fallback failsafe lof ama max_set energy soc house home grid"
        " solar pv power phases phase_count lower timeout time duration brightness min_current min_intensity"
        " max_intensity three_to_one"
    ),
    good=_pattern(
        "limit current_limit dynamic_limit charge_limit charging_current charge_current charge_rate max_current"
        " maximum_current current_set set_current max_charging_current maximum_charging_current intensity amp"
        " charge_cur_set normal_max_current requested_current"
    ),
    needs_good=True,
)
#: A limit that a charger keeps for whoever balances it, beside the one that people and apps set.
_OWN_CHANNEL: Final = _pattern("dynamic ems hems")
_OWN_CHANNEL_BONUS: Final = 100
#: Who balances several chargers sets this one: it is not ours.
_OF_ALL: Final = _pattern("circuit")
_ENABLE: Final = _Rule(
    never=_pattern(
        "phase single single_phase phases lock limit boost schedule scheduled timer smart smart_charging auto"
        " automatic authentication authorization led light cable offline block override availability solar"
        " plug_and_charge backlight dynamic load_balancing balancing notification sleep free_charging enable_offline"
        " child_lock indicator reboot update shaper current_shaper locked acs access"
    ),
    good=_pattern(
        "charge charging enable enabled is_enabled session_active charge_control start_charging charging_switch"
        " charger_operation_mode charger_charging charging_enabled relay evcharger_charge switch switch_1 outlet socket"
        " state"
    ),
    poor=_pattern("pause paused pause_resume"),
)
_STATUS: Final = _Rule(
    never=_pattern(
        "error reason source limit wifi network firmware update lock cable_lock online connection authentication"
        " previous last restart reset meter phase phases tariff price time led ocpp cloud mqtt signal version"
    ),
    good=_pattern(
        "status state status_description car charger_state work_state operation_mode charger_operation_mode"
        " charging_state charging_status charging_readiness readiness evse charger charging_message activity"
        " pilot cp_state ev_status plug_status vehicle_status status_connector connector"
    ),
    poor=_pattern("fault alarm code diagnostics plug_state current_state charging_status problem"),
)
_PLUG: Final = _Rule(
    never=_pattern("cloud mqtt wifi network online internet ocpp problem lock locked charging ready evcharger"),
    good=_pattern(
        "plug plugged plug_state vehicle vehicle_connected car car_connected car_plugged ev ev_connected"
        " cable_connected connected"
    ),
    poor=_pattern("wallbox station"),
    needs_good=True,
)

#: Binary sensors of these classes are on while the car charges.
CHARGE_CLASSES: Final = frozenset({"battery_charging", "power", "running"})

#: Where an integration has two status entities, the one that tells more of the car.
_TELLS_MORE: Final = {"blue_current": "_vehicle_status_", "myenergi": "_plug_status_"}

_LINE: Final = re.compile(
    r"_(?:l|phase_?|line_?|p|actual_p|current_?|current_l|current_phase_?|nrg_)([123456abc])(?:_a)?_"
)
#: A bare number or letter is a line where nothing says more.
_BARE_LINE: Final = re.compile(r"_([123456abc])(?:_a)?_")
_LINES: Final = {"1": 0, "2": 1, "3": 2, "a": 0, "b": 1, "c": 2, "4": 0, "5": 1, "6": 2}


def propose(candidates: Iterable[Candidate]) -> Proposal:
    """Return the entities that most likely play each role; none is given two roles."""
    remaining = sorted(candidates, key=lambda candidate: candidate.entity_id)
    roles: dict[Role, str] = {}
    register_is_named = False
    for role, judge in _JUDGES.items():
        scored = [(score, candidate) for candidate in remaining if (score := judge(candidate)) is not None]
        if not scored:
            continue
        # The shortest of equals is the plainest; the id makes it the same choice each time.
        best = min(scored, key=lambda item: (-item[0], len(item[1].text), item[1].entity_id))[1]
        roles[role] = best.entity_id
        remaining.remove(best)
        if role is Role.ENERGY:
            register_is_named = _ENERGY.good.search(best.text) is not None
    roles = _with_session_counter(roles, remaining, register_is_named=register_is_named)
    return Proposal(roles=roles, currents=_currents(remaining))


def _with_session_counter(
    roles: dict[Role, str], remaining: Sequence[Candidate], *, register_is_named: bool
) -> dict[Role, str]:
    """Take a plain "energy" beside a counter that is called the total as the session's."""
    if Role.SESSION_ENERGY in roles or Role.ENERGY not in roles or not register_is_named:
        return roles
    plain = [
        candidate.entity_id
        for candidate in remaining
        if _is(candidate, Quantity.ENERGY_MWH)
        and not _SESSION_ENERGY.never.search(candidate.text)
        and not _ENERGY.good.search(candidate.text)
    ]
    return {**roles, Role.SESSION_ENERGY: plain[0]} if len(plain) == 1 else roles


def _is(candidate: Candidate, quantity: Quantity) -> bool:
    """Tell whether a sensor measures the quantity."""
    return candidate.domain == Platform.SENSOR and unit_factor(quantity, candidate.unit) is not None


def _power(candidate: Candidate) -> int | None:
    return _POWER.score(candidate.text) if _is(candidate, Quantity.POWER_W) else None


def _energy(candidate: Candidate) -> int | None:
    return _ENERGY.score(candidate.text) if _is(candidate, Quantity.ENERGY_MWH) else None


def _session_energy(candidate: Candidate) -> int | None:
    return _SESSION_ENERGY.score(candidate.text) if _is(candidate, Quantity.ENERGY_MWH) else None


def _limit(candidate: Candidate) -> int | None:
    if candidate.domain not in {Platform.NUMBER, "input_number"}:
        return None
    if candidate.unit is not None and unit_factor(Quantity.CURRENT_A, candidate.unit) is None:
        return None
    score = _LIMIT.score(candidate.text)
    if score is not None and _OWN_CHANNEL.search(candidate.text) and not _OF_ALL.search(candidate.text):
        score += _OWN_CHANNEL_BONUS
    return score


def _enable(candidate: Candidate) -> int | None:
    if candidate.domain not in {Platform.SWITCH, "input_boolean"}:
        return None
    score = _ENABLE.score(candidate.text)
    # On means "paused" in all but one integration: turning such a switch on would stop the charge.
    if score is not None and _ENABLE.poor and _ENABLE.poor.search(candidate.text):
        return score if candidate.integration == "wallbox" else None
    return score


def _status(candidate: Candidate) -> int | None:
    if candidate.domain == Platform.BINARY_SENSOR:
        # Better than nothing: it tells of the charge, a plug beside it tells of the car.
        charges = candidate.device_class in CHARGE_CLASSES and "charging" in candidate.text
        return -50 if charges else None
    of_words = candidate.device_class in {None, SensorDeviceClass.ENUM} and candidate.unit is None
    if candidate.domain != Platform.SENSOR or not of_words:
        return None
    score = _STATUS.score(candidate.text)
    return None if score is None else _status_by_words(candidate, score)


def _status_by_words(candidate: Candidate, score: int) -> int | None:
    """Raise the score of a status entity by what is known of its words."""
    words = candidate.options or (() if candidate.state is None else (candidate.state,))
    meanings = [known_meaning(word, candidate.integration) for word in words]
    states = {meaning.state for meaning in meanings if meaning is not None}
    known = sum(meaning is not None for meaning in meanings)
    # An enumeration that never says "charging" is about something else.
    if (candidate.options and State.C not in states) or (not known and score <= 0):
        return None
    more = _TELLS_MORE.get(candidate.integration or "")
    bonus = 100 if more is not None and more in candidate.text else 0
    return score + bonus + 10 * len(states & {State.A, State.B, State.C}) + known


def _plugged(candidate: Candidate) -> int | None:
    if candidate.domain != Platform.BINARY_SENSOR:
        return None
    of_plug = candidate.device_class == BinarySensorDeviceClass.PLUG
    of_car = candidate.device_class in {None, BinarySensorDeviceClass.CONNECTIVITY}
    score = _PLUG.score(candidate.text) if of_plug or of_car else None
    if of_plug:
        return 50 + (score or 0)
    return score


_JUDGES: Final = {
    Role.STATUS: _status,
    Role.PLUGGED: _plugged,
    Role.POWER: _power,
    Role.SESSION_ENERGY: _session_energy,
    Role.ENERGY: _energy,
    Role.LIMIT: _limit,
    Role.ENABLE: _enable,
}


def _currents(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    """Return the measured currents in the charger's line order; one where it has only one."""
    of_line: dict[int, str] = {}
    single: list[Candidate] = []
    for candidate in candidates:
        if not _is(candidate, Quantity.CURRENT_A) or _CURRENT.score(candidate.text) is None:
            continue
        if match := _LINE.search(candidate.text) or _BARE_LINE.search(candidate.text):
            of_line.setdefault(_LINES[match.group(1)], candidate.entity_id)
        else:
            single.append(candidate)
    if of_line and 0 not in of_line and len(single) == 1:
        of_line[0] = single[0].entity_id  # the first line's goes by the plain name
    if set(of_line) in ({0}, {0, 1}, {0, 1, 2}):
        return tuple(of_line[line] for line in sorted(of_line))
    if single:
        return (min(single, key=lambda candidate: (len(candidate.text), candidate.entity_id)).entity_id,)
    return ()
