"""The steps that place a charger in the house: its lines and currents, its fallback, its history."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.data_entry_flow import FlowContext, FlowHandler, FlowResult
from homeassistant.util.ulid import ulid_now
import probatio as vol

from ..const import CONF_CIRCUIT
from ..core.balancing.circuits.circuit import Wiring
from ..core.balancing.circuits.fallback import Excess, FallbackCheck
from ..site.balancing.house_watch import house_worst_of
from ..site.choices import LimitRange
from ..site.circuits.fallback_watch import lacking_in
from ..site.circuits.fallbacks import check_fallbacks, told_of
from ..site.config.circuits import circuits_of, least_amperes, tree_of_entry
from ..site.config.site import ChargerConfig, SiteConfig, chargers_of
from ..site.ledger.history import async_removed_charger
from .electrical import Asked, electrical_answers, electrical_errors, electrical_schema
from .fields import flat
from .owner import default_fields

_FIELD_TAKE_OVER = "take_over"
#: Stands for the id that a subentry gets when it is made.
NEW = "new"


class PlacingSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    FlowHandler[ContextT, ResultT, HandlerT]
):
    """Asks for what is the same of all chargers, however they are reached."""

    @property
    @abstractmethod
    def placed_in(self) -> ConfigEntry[Any]:
        """The site that the charger belongs to."""

    @property
    @abstractmethod
    def placed_id(self) -> str | None:
        """The subentry that is changed; None for a new charger."""

    @property
    @abstractmethod
    def placed_now(self) -> Mapping[str, Any] | None:
        """What is configured, where there is something to change."""

    @property
    @abstractmethod
    def placed_limits(self) -> LimitRange:
        """Which limits the charger takes, as far as that is known."""

    @property
    @abstractmethod
    def placed_asked(self) -> Asked:
        """What has to be asked of this charger."""

    @property
    @abstractmethod
    def placed_charger(self) -> ChargerConfig:
        """The charger as it was described so far."""

    @abstractmethod
    def placed_identity(self) -> str:
        """Return what tells this charger from all others."""

    @abstractmethod
    async def async_after_electrical(self, answers: dict[str, Any]) -> ResultT:
        """Go on with answers that are valid; in the end to `async_step_fallbacks`."""

    @abstractmethod
    async def async_after_placing(self, unique_id: str) -> ResultT:
        """Go on with a charger that has its place."""

    @property
    def _wiring(self) -> Wiring:
        return SiteConfig.from_entry(self.placed_in).wiring

    async def async_step_electrical(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask how the charger hangs on the lines, and which currents it takes."""
        limits = self.placed_limits
        errors: dict[str, str] = {}
        if user_input is not None:
            answers = flat(user_input)
            tree = tree_of_entry(self.placed_in, ())
            fuse_a = () if tree is None else least_amperes(tree, answers.get(CONF_CIRCUIT))
            errors = electrical_errors(answers, self._wiring, fuse_a, limits)
            if not errors:
                return await self.async_after_electrical(answers)
        now = self.placed_now
        schema = electrical_schema(
            self._wiring, limits, self.placed_asked, circuits_of(self.placed_in), default_fields(self.hass)
        )
        return self.async_show_form(
            step_id="electrical",
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or ({} if now is None else electrical_answers(now))
            ),
            errors=errors,
        )

    async def async_step_fallbacks(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Say which chargers pause when nobody balances, where not all of them fit behind the fuse."""
        chargers, check = self._checked()
        if user_input is not None or check is None or check.told is None:
            return await self.async_step_hardware_limits()
        return self._excess_form("fallbacks", check.told, chargers, check.fallbacks_a)

    async def async_step_hardware_limits(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Say what the chargers would take if Home Assistant were gone, where that does not fit."""
        chargers, check = self._checked()
        if user_input is not None or check is None or check.alone is None:
            return await self.async_step_history()
        return self._excess_form("hardware_limits", check.alone, chargers, check.hardware_a)

    def _checked(self) -> tuple[list[ChargerConfig], FallbackCheck | None]:
        """Return the chargers as they will be, and whether they can be left alone."""
        entry = self.placed_in
        others = [charger for charger in chargers_of(entry) if charger.id != self.placed_id]
        chargers = [*others, self.placed_charger]
        return chargers, check_fallbacks(entry, chargers, worst_a=house_worst_of(entry), lacking=lacking_in(entry))

    def _excess_form(
        self, step_id: str, excess: Excess, chargers: list[ChargerConfig], fitting_a: Mapping[str, float]
    ) -> ResultT:
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            description_placeholders=told_of(excess, chargers, fitting_a, self._wiring),
        )

    async def async_step_history(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Ask whether a charger that was there before goes on, with its sessions."""
        unique_id = self._unique_id()
        if user_input is not None:
            # Another identity keeps the two apart for good.
            return await self.async_after_placing(
                unique_id if user_input[_FIELD_TAKE_OVER] else f"{unique_id}|{ulid_now()}"
            )
        removed = None
        if self.placed_id is None:
            removed = await async_removed_charger(self.placed_in, unique_id)
        if removed is None:
            return await self.async_after_placing(unique_id)
        return self.async_show_form(
            step_id="history",
            data_schema=vol.Schema({vol.Required(_FIELD_TAKE_OVER, default=True): bool}),
            description_placeholders={"name": removed.name},
        )

    def _unique_id(self) -> str:
        """Return what tells this charger from all others; where it was kept apart from an older one, it stays so."""
        identity = self.placed_identity()
        kept = None if self.placed_id is None else self.placed_in.subentries[self.placed_id].unique_id
        return kept if kept is not None and kept.startswith(f"{identity}|") else identity
