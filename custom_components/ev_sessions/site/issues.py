"""What the owner of a site can mend, as issues that come and go with their cause."""

from collections.abc import Callable, Mapping
import logging

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN, TROUBLESHOOTING
from ..core.balancing.meter.grid import drawn_per_line
from ..core.balancing.reasons import amperes
from ..meters.mapping import MeterConfig
from ..sources.watch import ProblemKind, SourceListener, SourceProblem
from .config.site import SiteConfig
from .evse.evse import EvseRuntime

_LOGGER = logging.getLogger(__name__)

_SOURCE_ISSUES = {
    ProblemKind.MISSING: "source_missing",
    ProblemKind.DISABLED: "source_disabled",
    ProblemKind.UNIT: "source_unit",
    ProblemKind.NOT_A_NUMBER: "source_not_a_number",
    ProblemKind.ABSURD: "source_absurd",
    ProblemKind.UNKNOWN_WORD: "status_word_unknown",
}
_PRICE_ISSUES = {
    **_SOURCE_ISSUES,
    ProblemKind.UNIT: "price_unit",
    ProblemKind.NOT_A_NUMBER: "price_not_a_number",
    ProblemKind.DISAGREES: "price_disagrees",
}


@callback
def async_delete_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Delete all issues of a site, for its removal."""
    for issue in _issues_of(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


def _issues_of(hass: HomeAssistant, entry_id: str) -> list[ir.IssueEntry]:
    known = ir.async_get(hass).issues.values()
    return [issue for issue in known if issue.domain == DOMAIN and issue.issue_id.startswith(f"{entry_id}_")]


class IssueBook:
    """The issues of one site. Telling the same again costs nothing, so conditions may be told at each reading."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._open: set[str] = set()
        # What was told before a reload may be of chargers and entities that are gone. Issues that
        # slept over a restart stay: they only remember that the owner ignored them.
        for issue in _issues_of(hass, entry_id):
            if issue.active:
                ir.async_delete_issue(hass, DOMAIN, issue.issue_id)

    # Entities that are read

    def source_problem(self, problem: SourceProblem, name: str) -> None:
        """Tell that an entity which `name` is read from is of no use."""
        self._source_problem(_SOURCE_ISSUES[problem.kind], problem, name)

    def source_cured(self, problem: SourceProblem) -> None:
        """Take back what was told of an entity."""
        self.close(_source_place(problem))

    def price_listener(self, site: str, on_renamed: Callable[[str, str], None]) -> SourceListener:
        """Return who tells of what is wrong with the price entity of a site."""
        return SourceListener(
            on_problem=lambda problem: self._source_problem(_PRICE_ISSUES[problem.kind], problem, site),
            on_cured=self.source_cured,
            on_renamed=on_renamed,
        )

    def _source_problem(self, key: str, problem: SourceProblem, name: str) -> None:
        self.tell(
            _source_place(problem),
            key,
            ir.IssueSeverity.ERROR,
            name=name,
            entity_id=problem.entity_id,
            detail=problem.detail or "?",
        )

    # The parts of a site

    def no_root_circuit(self, site: str) -> None:
        """Tell that there is no main fuse to guard."""
        self.tell("no_root_circuit", "no_root_circuit", ir.IssueSeverity.ERROR, site=site)

    def root_circuit_there(self) -> None:
        """Take back that there is no main fuse."""
        self.close("no_root_circuit")

    def no_tariff(self, site: str) -> None:
        """Tell that energy stays unpriced."""
        self.tell("no_tariff", "no_tariff", ir.IssueSeverity.WARNING, site=site)

    def tariff_there(self) -> None:
        """Take back that there is no tariff."""
        self.close("no_tariff")

    def fallbacks(self, site: str, told: Mapping[str, str] | None, alone: Mapping[str, str] | None) -> None:
        """Tell what chargers would put on a line that does not carry it, and what would fit.

        `told`: while the meter is lost. `alone`: once Home Assistant is gone. None: it fits.
        """
        for key, excess, severity in (
            ("fallbacks_too_high", told, ir.IssueSeverity.ERROR),
            ("hardware_limits_too_high", alone, ir.IssueSeverity.WARNING),
        ):
            # Told anew each time: it may be another line, or another charger.
            self.close(key)
            if excess is not None:
                self.tell(key, key, severity, site=site, **excess)

    def circuits_moved(self, site: str, moved: str) -> None:
        """Tell what hangs on another circuit since the one that it hung on was removed; nothing: take it back."""
        self._open.discard("circuits_moved")
        if moved:
            self.tell("circuits_moved", "circuits_moved", ir.IssueSeverity.WARNING, site=site, moved=moved)

    # What happens

    def circuit_meter(self, name: str, circuit_id: str, meter: MeterConfig | None, *, lost: bool) -> None:
        """Tell whether a circuit's own meter is silent."""
        place = f"circuit_meter_lost_{circuit_id}"
        if lost and meter is not None:
            entities = ", ".join(meter.entity_ids)
            self.tell(place, "circuit_meter_lost", ir.IssueSeverity.ERROR, name=name, entities=entities)
        else:
            self.close(place)

    def limit_entity_silent(self, name: str, circuit_id: str, entity_id: str, *, silent: bool) -> None:
        """Tell whether the entity that limits a circuit from outside says nothing."""
        place = f"limit_entity_silent_{circuit_id}"
        if silent:
            self.tell(place, "limit_entity_silent", ir.IssueSeverity.WARNING, name=name, entity_id=entity_id)
        else:
            self.close(place)

    def meter(self, site: str, *, lost: bool) -> None:
        """Tell whether the grid meter is silent."""
        if not lost:
            self.close("meter_lost")
        elif "meter_lost" not in self._open:
            entry = self._hass.config_entries.async_get_known_entry(self._entry_id)
            meter = SiteConfig.from_entry(entry).meter
            entities = () if meter is None else (*meter.entity_ids, *((meter.heartbeat,) if meter.heartbeat else ()))
            self.tell("meter_lost", "meter_lost", ir.IssueSeverity.ERROR, site=site, entities=", ".join(entities))

    def obedience(self, evse: EvseRuntime, *, ignores: bool) -> None:
        """Tell whether a charger draws more than it was told."""
        place = f"charger_ignores_limit_{evse.evse_id}"
        if not ignores:
            self.close(place)
        elif place not in self._open:
            drawn_a = drawn_per_line(evse.reading, evse.wishes.line_use, evse.site.wiring, evse.site.voltage_v)
            self.tell(
                place,
                "charger_ignores_limit",
                ir.IssueSeverity.WARNING,
                name=evse.name,
                limit=_amperes(evse.view.limit_a),
                drawn=_amperes(max(drawn_a) if drawn_a else None),
            )

    def charger_offline(self, name: str, evse_id: str, *, offline: bool, after_s: float) -> None:
        """Tell whether nothing is heard of a charger for longer than its owner lets pass."""
        place = f"charger_offline_{evse_id}"
        if offline:
            minutes = f"{after_s / 60:g}"
            self.tell(place, "charger_offline", ir.IssueSeverity.ERROR, name=name, minutes=minutes)
        else:
            self.close(place)

    def charger_fault(self, name: str, evse_id: str, *, fault: bool) -> None:
        """Tell whether a charger reports a fault."""
        place = f"charger_fault_{evse_id}"
        if fault:
            self.tell(place, "charger_fault", ir.IssueSeverity.ERROR, name=name)
        else:
            self.close(place)

    def site_overloaded(self, site: str, *, lines: str, overloaded: bool) -> None:
        """Tell whether lines carry more than the main fuse, and have done so for a while."""
        if overloaded:
            self.tell("site_overloaded", "site_overloaded", ir.IssueSeverity.ERROR, site=site, lines=lines)
        else:
            self.close("site_overloaded")

    def asleep(self, evse: EvseRuntime, *, asleep: bool) -> None:
        """Tell whether a car does not go on after a pause, however often it was woken."""
        place = f"car_asleep_{evse.evse_id}"
        if asleep:
            self.tell(place, "car_asleep", ir.IssueSeverity.WARNING, name=evse.name)
        else:
            self.close(place)

    def rival(self, evse: EvseRuntime, *, there: bool) -> None:
        """Tell whether another controller sets a charger's limit as well."""
        place = f"other_controller_{evse.evse_id}"
        if not there:
            self.close(place)
        elif place not in self._open:
            self.tell(place, "other_controller", ir.IssueSeverity.WARNING, name=evse.name)

    def clock_stepped(self, seconds: float) -> None:
        """Tell that the wall clock was set while sessions were open; until the next restart."""
        # Told anew each time: the figure is another one.
        self._open.discard("clock_stepped")
        self.tell("clock_stepped", "clock_stepped", ir.IssueSeverity.WARNING, seconds=f"{seconds:.0f}")

    def tell(self, place: str, key: str, severity: ir.IssueSeverity, **placeholders: str) -> None:
        """Tell of what is wrong at a place, unless it is told of already."""
        if place in self._open:
            return
        self._open.add(place)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{self._entry_id}_{place}",
            is_fixable=False,
            learn_more_url=f"{TROUBLESHOOTING}#{key}",
            severity=severity,
            translation_key=key,
            translation_placeholders=placeholders,
        )

    def close(self, place: str) -> None:
        """Take back what was told of a place."""
        if place in self._open:
            self._open.discard(place)
            ir.async_delete_issue(self._hass, DOMAIN, f"{self._entry_id}_{place}")


def _source_place(problem: SourceProblem) -> str:
    return f"{problem.kind.value}_{problem.entity_id}"


def _amperes(current_a: float | None) -> str:
    return "?" if current_a is None else amperes(current_a)
