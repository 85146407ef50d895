"""The site: its grid connection, its meter, and the price of what comes through it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlowContext,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryData,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import TextSelector
import probatio as vol

from ..const import (
    CONF_CARBON_ENTITY,
    CONF_CURRENCY,
    CONF_FALLBACK_A,
    CONF_FORM,
    CONF_HOUSE_WORST_A,
    CONF_LIMIT_A,
    CONF_MARGIN_A,
    CONF_METER,
    CONF_METER_TIMEOUT_S,
    CONF_NAME,
    CONF_OCPP,
    CONF_SOLAR_G_PER_KWH,
    CONF_TIME_ZONE,
    CONF_TURN_MIN,
    CONF_VOLTAGE_V,
    CONF_WIRING,
    DEFAULT_FALLBACK_A,
    DEFAULT_MARGIN_A,
    DEFAULT_TURN_MIN,
    SUBENTRY_CHARGER,
    SUBENTRY_CIRCUIT,
    SUBENTRY_TARIFF,
)
from ..core.balancing.circuits.circuit import Wiring
from ..site.balancing.house_watch import house_worst_of
from ..site.config.site import chargers_of, root_subentry
from . import checks, wired
from .adopting import AdoptionSteps
from .central import CentralSteps
from .circuit import ROOT_NAME, fuse_errors, root_data
from .fields import (
    SECTION_ADVANCED,
    amperes,
    choice,
    entity,
    flat,
    grams_per_kilowatt_hour,
    minutes,
    optional,
    seconds,
    volts,
)
from .meter import NO_METER, MeterSteps
from .tariff import TariffSteps

_FUSE = "fuse_a"
_SPLIT_PHASE_VOLTAGE_V = 120.0
_VOLTAGE_V = 230.0


class SiteFlow(
    MeterSteps[ConfigFlowContext, ConfigFlowResult, str],
    CentralSteps,
    TariffSteps[ConfigFlowContext, ConfigFlowResult, str],
    AdoptionSteps,
):
    """Add a site, or change it."""

    VERSION = 1

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._site: dict[str, Any] = {}
        self._limit_a: list[float] | None = None
        self._tariff: tuple[str, dict[str, Any]] = ("", {})

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the grid connection."""
        return await self._async_site("user", user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change the grid connection."""
        return await self._async_site("reconfigure", user_input)

    async def _async_site(self, step_id: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        limit_a = self._fuses_now()
        asks_fuse = limit_a is None or len(set(limit_a)) == 1
        errors: dict[str, str] = {}
        placeholders = {"chargers": "", "house": self._house_measured()}
        if user_input is not None:
            answers = flat(user_input)
            wiring = Wiring(answers[CONF_WIRING])
            self._limit_a = _fuses(wiring, answers.get(_FUSE), limit_a or [])
            errors = self._site_errors(answers, self._limit_a)
            if not errors and (misfits := self._misfits(wiring)):
                errors = {CONF_WIRING: "wiring_in_use"}
                placeholders["chargers"] = ", ".join(misfits)
            if not errors:
                self._name = answers[CONF_NAME].strip()
                self._site = _site_data(answers)
                return await self.async_step_meter()
        schema = self.add_suggested_values_to_schema(
            _site_schema(asks_fuse=asks_fuse), user_input or self._site_answers(limit_a)
        )
        return self.async_show_form(
            step_id=step_id, data_schema=schema, errors=errors, description_placeholders=placeholders
        )

    def _house_measured(self) -> str:
        """Return what the house took at the worst, as far as anybody watched it."""
        worst_a = None if self._entry is None else house_worst_of(self._entry)
        return "?" if worst_a is None else ", ".join(f"{current_a:.1f} A" for current_a in worst_a)

    def _site_errors(self, answers: Mapping[str, Any], limit_a: list[float]) -> dict[str, str]:
        names = {entry.title.strip().casefold() for entry in checks.sites(self.hass, self._entry_id)}
        if answers[CONF_NAME].strip().casefold() in names:
            return {CONF_NAME: "name_used"}
        if errors := checks.site_errors(answers, min(limit_a)):
            return errors
        entry = self._entry
        if entry is None or self._misfits(Wiring(answers[CONF_WIRING])):
            return {}
        return fuse_errors(entry, limit_a)

    def _misfits(self, wiring: Wiring) -> list[str]:
        """Return the names of the chargers that another wiring has no place for."""
        if self._entry is None:
            return []
        ways = wired.choices(wiring).values()
        return [charger.name for charger in chargers_of(self._entry) if (charger.connection, charger.lines) not in ways]

    @property
    def _entry(self) -> ConfigEntry[Any] | None:
        return self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None

    @property
    def _entry_id(self) -> str | None:
        return None if self._entry is None else self._entry.entry_id

    def _fuses_now(self) -> list[float] | None:
        root = None if self._entry is None else root_subentry(self._entry)
        return None if root is None else list(root.data[CONF_LIMIT_A])

    def _site_answers(self, limit_a: list[float] | None) -> dict[str, Any]:
        entry = self._entry
        if entry is None:
            return {CONF_NAME: self.hass.config.location_name}
        advanced = {
            key: entry.data[key]
            for key in (
                CONF_MARGIN_A,
                CONF_METER_TIMEOUT_S,
                CONF_FALLBACK_A,
                CONF_HOUSE_WORST_A,
                CONF_TURN_MIN,
                CONF_CARBON_ENTITY,
                CONF_SOLAR_G_PER_KWH,
            )
            if entry.data.get(key) is not None
        }
        fuse = {} if limit_a is None else {_FUSE: limit_a[0]}
        return {
            CONF_NAME: entry.title,
            CONF_WIRING: entry.data[CONF_WIRING],
            CONF_VOLTAGE_V: entry.data[CONF_VOLTAGE_V],
            SECTION_ADVANCED: advanced,
            **fuse,
        }

    @property
    @override
    def meter_wiring(self) -> Wiring:
        return Wiring(self._site[CONF_WIRING])

    @property
    @override
    def meter_now(self) -> Mapping[str, Any] | None:
        return None if self._entry is None else self._entry.data[CONF_METER]

    @property
    @override
    def meter_form_now(self) -> str | None:
        if self._entry is None:
            return None
        return NO_METER if self.meter_now is None else str(self.meter_now[CONF_FORM])

    @override
    def meter_error(self, entity_ids: list[str]) -> str | None:
        return "meter_used" if checks.meter_used(self.hass, entity_ids, self._entry_id) else None

    @override
    async def async_finish_meter(self, meter: dict[str, Any] | None) -> ConfigFlowResult:
        self._site[CONF_METER] = meter
        return await (self.async_step_tariff() if self._entry is None else self.async_step_ocpp())

    @property
    @override
    def central_now(self) -> Mapping[str, Any] | None:
        return None if self._entry is None else self._entry.data.get(CONF_OCPP)

    @property
    @override
    def central_is_new(self) -> bool:
        return self._entry is None

    @override
    async def async_finish_central(self, central: dict[str, Any] | None) -> ConfigFlowResult:
        self._site[CONF_OCPP] = central
        entry = self._entry
        if entry is None:
            return self._create_site()
        self._update_root(entry)
        # Currency and zone stay what they were: sessions refer to them.
        return self.async_update_and_abort(entry, title=self._name, data={**entry.data, **self._site})

    def _update_root(self, entry: ConfigEntry[Any]) -> None:
        limit_a = self._limit_a or []
        root = root_subentry(entry)
        if root is None:
            self.hass.config_entries.async_add_subentry(
                entry,
                ConfigSubentry(
                    data=MappingProxyType(root_data(limit_a)),
                    subentry_type=SUBENTRY_CIRCUIT,
                    title=ROOT_NAME,
                    unique_id=None,
                ),
            )
            return
        self.hass.config_entries.async_update_subentry(entry, root, data={**root.data, CONF_LIMIT_A: limit_a})

    @property
    @override
    def tariff_currency(self) -> str:
        return self.hass.config.currency

    @override
    async def async_finish_tariff(self, name: str, data: dict[str, Any]) -> ConfigFlowResult:
        self._tariff = (name, data)
        return await self.async_step_ocpp()

    def _create_site(self) -> ConfigFlowResult:
        name, data = self._tariff
        return self.async_create_entry(
            title=self._name,
            data={
                **self._site,
                CONF_CURRENCY: self.hass.config.currency,
                CONF_TIME_ZONE: self.hass.config.time_zone,
            },
            subentries=[
                ConfigSubentryData(
                    subentry_type=SUBENTRY_CIRCUIT,
                    title=ROOT_NAME,
                    unique_id=None,
                    data=root_data(self._limit_a or []),
                ),
                ConfigSubentryData(subentry_type=SUBENTRY_TARIFF, title=name, unique_id=None, data=data),
            ],
        )

    @override
    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on with the first charger."""
        charger = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, SUBENTRY_CHARGER),
            context=SubentryFlowContext(source=SOURCE_USER),
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, charger["flow_id"])
        return result


def _site_schema(*, asks_fuse: bool) -> vol.Schema:
    advanced = {
        vol.Required(CONF_MARGIN_A, default=DEFAULT_MARGIN_A): amperes(greatest=100),
        optional(CONF_METER_TIMEOUT_S): seconds(),
        vol.Required(CONF_FALLBACK_A, default=DEFAULT_FALLBACK_A): amperes(),
        optional(CONF_HOUSE_WORST_A): amperes(),
        vol.Required(CONF_TURN_MIN, default=DEFAULT_TURN_MIN): minutes(least=5, greatest=240),
        optional(CONF_CARBON_ENTITY): entity("sensor", "number", "input_number"),
        optional(CONF_SOLAR_G_PER_KWH): grams_per_kilowatt_hour(),
    }
    fuse: dict[Any, Any] = {vol.Required(_FUSE): amperes(least=1)} if asks_fuse else {}
    return vol.Schema(
        {
            vol.Required(CONF_NAME): TextSelector(),
            vol.Required(CONF_WIRING, default=Wiring.THREE_PHASE_FOUR_WIRE.value): choice(
                [wiring.value for wiring in Wiring], "wiring"
            ),
            **fuse,
            optional(CONF_VOLTAGE_V): volts(),
            vol.Required(SECTION_ADVANCED): section(vol.Schema(advanced), {"collapsed": True}),
        }
    )


def _fuses(wiring: Wiring, fuse_a: float | None, now_a: list[float]) -> list[float]:
    """Return the fuse of each line: one for all, or what they were where they differ."""
    if fuse_a is not None:
        return [float(fuse_a)] * wiring.line_count
    return (now_a + [min(now_a)] * wiring.line_count)[: wiring.line_count]


def _site_data(answers: Mapping[str, Any]) -> dict[str, Any]:
    of_wiring = _SPLIT_PHASE_VOLTAGE_V if answers[CONF_WIRING] == Wiring.SPLIT_PHASE else _VOLTAGE_V
    solar_g = answers.get(CONF_SOLAR_G_PER_KWH)
    timeout_s, house_worst_a = answers.get(CONF_METER_TIMEOUT_S), answers.get(CONF_HOUSE_WORST_A)
    return {
        CONF_WIRING: answers[CONF_WIRING],
        CONF_VOLTAGE_V: float(answers.get(CONF_VOLTAGE_V) or of_wiring),
        CONF_MARGIN_A: float(answers[CONF_MARGIN_A]),
        CONF_METER_TIMEOUT_S: None if timeout_s is None else float(timeout_s),
        CONF_FALLBACK_A: float(answers[CONF_FALLBACK_A]),
        CONF_HOUSE_WORST_A: None if house_worst_a is None else float(house_worst_a),
        CONF_TURN_MIN: float(answers[CONF_TURN_MIN]),
        CONF_CARBON_ENTITY: answers.get(CONF_CARBON_ENTITY),
        CONF_SOLAR_G_PER_KWH: None if solar_g is None else float(solar_g),
    }
