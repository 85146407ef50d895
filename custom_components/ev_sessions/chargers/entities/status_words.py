"""What the status words of chargers mean.

The words are those that the integrations of Home Assistant show; they were read in their
sources. Where two of them mean different things by one word, the integration decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ...const import CONF_ACTIVITY, CONF_STATE, CONF_SUSPENDED_BY
from ...core.reading import Activity, State, SuspendedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a word says of an EVSE. All None: it says nothing, what was known before holds."""

    state: State | None = None
    activity: Activity | None = None
    suspended_by: SuspendedBy | None = None

    @classmethod
    def from_data(cls, data: Mapping[str, str | None]) -> Self:
        """Read a value of the subentry's `status_words`."""
        state, activity = data.get(CONF_STATE), data.get(CONF_ACTIVITY)
        suspended_by = data.get(CONF_SUSPENDED_BY)
        return cls(
            state=None if state is None else State(state),
            activity=None if activity is None else Activity(activity),
            suspended_by=None if suspended_by is None else SuspendedBy(suspended_by),
        )

    def to_data(self) -> dict[str, str | None]:
        """Return the value for the subentry's `status_words`."""
        return {
            CONF_STATE: None if self.state is None else self.state.value,
            CONF_ACTIVITY: None if self.activity is None else self.activity.value,
            CONF_SUSPENDED_BY: None if self.suspended_by is None else self.suspended_by.value,
        }
