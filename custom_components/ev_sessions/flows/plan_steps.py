"""What all steps of a plan share: the draft, and the list from which one of several parts is chosen."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from homeassistant.data_entry_flow import FlowContext, FlowResult
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode
import probatio as vol

from .plan_draft import PlanDraft
from .tariff_question import TariffQuestion
from .texts import async_texts


class PlanDraftSteps[ContextT: FlowContext, ResultT: FlowResult[Any, Any], HandlerT](
    TariffQuestion[ContextT, ResultT, HandlerT]
):
    """Steps that put something into the draft, and lead back to the list of its parts."""

    _draft: PlanDraft

    @abstractmethod
    async def async_step_tariff_parts(self, user_input: dict[str, Any] | None = None) -> ResultT:
        """Show the plan so far, and what more it may have."""

    async def _texts(self) -> Mapping[str, str]:
        return await async_texts(self.hass)

    def _show_which(self, step_id: str, labels: Sequence[str]) -> ResultT:
        """Ask for one of several, and whether it goes."""
        options = [SelectOptionDict(value=str(place), label=label) for place, label in enumerate(labels)]
        config = SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
        schema = vol.Schema(
            {vol.Required("which", default="0"): SelectSelector(config), vol.Required("remove", default=False): bool}
        )
        return self.async_show_form(step_id=step_id, data_schema=schema)


def several(options: list[str], translation_key: str) -> SelectSelector:
    """Ask for any number of options, that are named by the translations."""
    config = SelectSelectorConfig(
        options=options, translation_key=translation_key, mode=SelectSelectorMode.DROPDOWN, multiple=True
    )
    return SelectSelector(config)
