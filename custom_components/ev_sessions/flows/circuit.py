"""The circuits of a site: the fuses of the grid connection, and what hangs behind them with a limit of its own."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigSubentryFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)
import probatio as vol

from ..const import (
    CIRCUIT_BRANCH,
    CIRCUIT_ROOT,
    CONF_FORM,
    CONF_KIND,
    CONF_LIMIT_A,
    CONF_LIMIT_ENTITY,
    CONF_METER,
    CONF_NAME,
    CONF_PARENT,
    CONF_PEAK,
    DEFAULT_MIN_A,
)
from ..core.balancing.circuits.circuit import Wiring
from ..core.balancing.reasons import amperes
from ..site.circuits.effects import effects_of, outlined
from ..site.config.circuits import CircuitConfig, circuits_of
from ..site.config.site import SiteConfig, chargers_of, root_circuit
from . import checks, circuit_forms as forms
from .fields import flat
from .meter import MeterSteps

ROOT_NAME = "Grid connection"
#: Stands for the id that a subentry gets when it is made.
_NEW = "new"


def root_data(limit_a: list[float]) -> dict[str, Any]:
    """Return the data of a site's root circuit."""
    return {CONF_KIND: CIRCUIT_ROOT, CONF_NAME: ROOT_NAME, CONF_LIMIT_A: limit_a, CONF_PARENT: None}


def fuse_errors(entry: ConfigEntry[Any], limit_a: list[float]) -> dict[str, str]:
    """Tell whether the fuses can carry what hangs behind them at the least."""
    if min(limit_a) < DEFAULT_MIN_A:
        return {"base": "fuse_below_minimum"}
    if not all(checks.fuse_carries(limit_a, charger) for charger in chargers_of(entry)):
        return {"base": "fuse_below_charger"}
    return {}


class CircuitFlow(MeterSteps[SubentryFlowContext, SubentryFlowResult, tuple[str, str]], ConfigSubentryFlow):
    """Add a circuit or change one: its limits, then what was chosen of meter, limit from outside and peak demand."""

    def __init__(self) -> None:
        super().__init__()
        self._data: dict[str, Any] = {}
        self._extras: list[str] = []

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Add the grid connection of a site that has none, else a circuit behind it."""
        if root_circuit(self._get_entry()) is not None:
            return await self.async_step_circuit(user_input)
        return await self._async_root("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Change the fuses of the grid connection, or a circuit behind it."""
        if self._get_reconfigure_subentry().data[CONF_KIND] == CIRCUIT_ROOT:
            return await self._async_root("reconfigure", user_input)
        return await self.async_step_circuit(user_input)

    async def _async_root(self, step_id: str, user_input: dict[str, Any] | None) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            data = {**forms.limits_data(answers, self.meter_wiring), CONF_KIND: CIRCUIT_ROOT, CONF_PARENT: None}
            errors = fuse_errors(self._get_entry(), data[CONF_LIMIT_A])
            if not errors:
                return await self._async_begin(answers, data)
        schema = forms.root_schema(self.meter_wiring, ROOT_NAME)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or forms.root_answers(self._now, self.meter_wiring)
            ),
            errors=errors,
            description_placeholders={"tree": outlined(self._get_entry())},
        )

    async def async_step_circuit(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask on what a circuit hangs, and what it carries."""
        errors: dict[str, str] = {}
        circuits = circuits_of(self._get_entry())
        if user_input is not None:
            answers = flat(user_input)
            errors = forms.branch_errors(answers, circuits, self._circuit_id, self.meter_wiring)
            if not errors:
                data = {
                    **forms.limits_data(answers, self.meter_wiring),
                    CONF_KIND: CIRCUIT_BRANCH,
                    CONF_PARENT: answers[CONF_PARENT],
                }
                return await self._async_begin(answers, data)
        schema = forms.branch_schema(self.meter_wiring, circuits, self._circuit_id)
        return self.async_show_form(
            step_id="circuit",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or forms.branch_answers(self._now, self.meter_wiring)
            ),
            errors=errors,
            description_placeholders={"tree": outlined(self._get_entry())},
        )

    async def _async_begin(self, answers: Mapping[str, Any], data: dict[str, Any]) -> SubentryFlowResult:
        """Go on to what was chosen beside the limits; what was not chosen goes."""
        self._extras = list(answers.get(forms.FIELD_EXTRAS, []))
        now = self._now or {}
        self._data = {
            CONF_NAME: answers[CONF_NAME].strip(),
            **data,
            **{key: now.get(key) if key in self._extras else None for key in forms.EXTRAS},
        }
        return await self._async_next()

    async def _async_next(self) -> SubentryFlowResult:
        steps = {
            CONF_METER: self.async_step_meter,
            CONF_LIMIT_ENTITY: self.async_step_limit_entity,
            CONF_PEAK: self.async_step_peak,
        }
        for key, step in steps.items():
            if key in self._extras:
                self._extras.remove(key)
                return await step()
        return await self.async_step_confirm()

    async def async_step_limit_entity(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the entity by which somebody else limits the circuit."""
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            errors = forms.outside_errors(self.hass, answers)
            if not errors:
                self._data[CONF_LIMIT_ENTITY] = forms.outside_data(answers)
                return await self._async_next()
        return self.async_show_form(
            step_id="limit_entity",
            data_schema=self.add_suggested_values_to_schema(
                forms.outside_schema(), user_input or forms.outside_answers(self._data[CONF_LIMIT_ENTITY])
            ),
            errors=errors,
        )

    async def async_step_peak(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the peak demand that is to be kept."""
        errors: dict[str, str] = {}
        if user_input is not None:
            errors = forms.peak_errors(self.hass, user_input, has_meter=self._has_meter)
            if not errors:
                self._data[CONF_PEAK] = forms.peak_data(user_input)
                return await self._async_next()
        return self.async_show_form(
            step_id="peak",
            data_schema=self.add_suggested_values_to_schema(
                forms.peak_schema(), user_input or forms.peak_answers(self._data[CONF_PEAK])
            ),
            errors=errors,
        )

    async def async_step_confirm(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say to whom the change does what, where it does anything."""
        entry = self._get_entry()
        mine = CircuitConfig.from_data(self._circuit_id or _NEW, self._data[CONF_NAME], self._data)
        others = [circuit for circuit in circuits_of(entry) if circuit.id != mine.id]
        effects = effects_of(entry, [mine, *others] if mine.is_root else [*others, mine])
        if user_input is not None or not effects.any:
            return self._finish()
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders={
                "name": mine.name,
                "never": ", ".join(effects.never) or "–",
                "pausing": ", ".join(effects.pausing) or "–",
                "most": ", ".join(
                    f"{name} {amperes(after_a)} A ({amperes(before_a)} A)" for name, before_a, after_a in effects.most
                )
                or "–",
            },
        )

    # The circuit's own meter

    @property
    @override
    def meter_wiring(self) -> Wiring:
        return SiteConfig.from_entry(self._get_entry()).wiring

    @property
    @override
    def meter_now(self) -> Mapping[str, Any] | None:
        now: Mapping[str, Any] | None = self._data[CONF_METER]
        return now

    @property
    @override
    def meter_form_now(self) -> str | None:
        return None if self.meter_now is None else str(self.meter_now[CONF_FORM])

    @override
    def meter_error(self, entity_ids: list[str]) -> str | None:
        entry = self._get_entry()
        if checks.meter_used(self.hass, entity_ids, entry.entry_id):
            return "meter_used"
        mine = set(entity_ids)
        meters = [SiteConfig.from_entry(entry).meter]
        meters.extend(circuit.meter for circuit in circuits_of(entry) if circuit.id != self._circuit_id)
        used = any(meter is not None and not mine.isdisjoint(meter.entity_ids) for meter in meters)
        return "meter_of_another_circuit" if used else None

    @override
    async def async_finish_meter(self, meter: dict[str, Any] | None) -> SubentryFlowResult:
        self._data[CONF_METER] = meter
        return await self._async_next()

    @property
    def _has_meter(self) -> bool:
        if self._data[CONF_KIND] == CIRCUIT_ROOT:
            return SiteConfig.from_entry(self._get_entry()).meter is not None
        return self._data[CONF_METER] is not None

    # What is changed

    @property
    def _circuit_id(self) -> str | None:
        return self._get_reconfigure_subentry().subentry_id if self.source == SOURCE_RECONFIGURE else None

    @property
    def _now(self) -> Mapping[str, Any] | None:
        if self.source != SOURCE_RECONFIGURE:
            return None
        subentry = self._get_reconfigure_subentry()
        return {**subentry.data, CONF_NAME: subentry.title}

    def _finish(self) -> SubentryFlowResult:
        name = self._data[CONF_NAME]
        if self.source != SOURCE_RECONFIGURE:
            return self.async_create_entry(title=name, data=self._data)
        return self.async_update_and_abort(
            self._get_entry(), self._get_reconfigure_subentry(), title=name, data=self._data
        )
