"""The steps that try what commands a charger: nothing is sent without a yes, and all is put back."""

from abc import abstractmethod
import asyncio
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowResult

from ..const import CONF_ENABLE, CONF_LIMIT, CONF_PHASES
from ..site.chargers.trial import TrialOutcome, TrialReport, async_try
from ..site.config.site import ChargerConfig
from .controls import ControlSteps
from .texts import async_texts

_TEXTS = "selector.trial_result.options"


class TrialSteps(ControlSteps):
    """Offers to try each part, tells what was seen, and lets the person go on, correct or try another."""

    def __init__(self) -> None:
        super().__init__()
        self._tried_part = CONF_LIMIT
        self._trial: asyncio.Task[TrialReport] | None = None
        self._waiting: asyncio.Task[TrialReport] | None = None

    @property
    @abstractmethod
    def charger_tried(self) -> ChargerConfig:
        """The charger as it was described so far."""

    @abstractmethod
    async def async_step_go_on(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Go on after the trials."""

    async def async_step_trial(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Offer to try each part that there is."""
        return self.async_show_menu(
            step_id="trial",
            menu_options=[*self._trials(), "go_on"],
            description_placeholders={"name": self.charger_tried.name, "current": f"{self.charger_tried.min_a:g}"},
        )

    def _trials(self) -> list[str]:
        charger = self.charger_tried
        evse = charger.evses[0]
        there = {
            "try_limit": evse.limit is not None and not charger.flash_limit,
            "try_enable": evse.enable is not None,
            "try_phases": evse.phases is not None,
        }
        return [step for step, is_there in there.items() if is_there]

    async def async_step_try_limit(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Try the limit."""
        return self._begin(CONF_LIMIT)

    async def async_step_try_enable(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Try the pause."""
        return self._begin(CONF_ENABLE)

    async def async_step_try_phases(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Try one phase."""
        return self._begin(CONF_PHASES)

    def _begin(self, part: str) -> SubentryFlowResult:
        self._tried_part = part
        if self._trial is None or self._trial.done():
            running_id = self._get_reconfigure_subentry().subentry_id if self.source == SOURCE_RECONFIGURE else None
            self._trial = self.hass.async_create_background_task(
                async_try(self.hass, self._get_entry(), self.charger_tried, part, running_id=running_id),
                f"trial of {self.charger_tried.name}",
            )
            # Who closes the form ends the waiting; the trial goes on, and puts back what was there.
            self._waiting = self.hass.async_create_task(_waited_for(self._trial))
        return self._show_trying()

    def _show_trying(self) -> SubentryFlowResult:
        return self.async_show_progress(
            step_id="trying",
            progress_action="trying",
            progress_task=self._waiting,
            description_placeholders={"name": self.charger_tried.name},
        )

    async def async_step_trying(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Wait for the end of the trial."""
        if self._waiting is not None and not self._waiting.done():
            return self._show_trying()
        return self.async_show_progress_done(next_step_id="tried")

    async def async_step_tried(self, _user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Tell what was seen."""
        return self.async_show_menu(
            step_id="tried",
            menu_options=[*self._trials(), "controls", "go_on"],
            description_placeholders={"result": await self._async_result()},
        )

    async def _async_result(self) -> str:
        if self._trial is None:
            return ""
        texts = await async_texts(self.hass)
        report = self._trial.result()
        key = "failed" if report.outcome is TrialOutcome.FAILED else f"{self._tried_part}_{report.outcome}"
        values = {"sent": f"{report.sent:g}", "seen": _figure(report.seen), "reason": report.reason}
        sentences = [texts.get(f"{_TEXTS}.{key}", key).format(**values)]
        if report.left:
            left = "unknown_before" if report.left == "unknown_before" else "not_restored"
            sentences.append(texts.get(f"{_TEXTS}.{left}", left).format(reason=report.left))
        return " ".join(sentences)


async def _waited_for(trial: asyncio.Task[TrialReport]) -> TrialReport:
    return await asyncio.shield(trial)


def _figure(value: float | None) -> str:
    return "?" if value is None else f"{value:g}"
