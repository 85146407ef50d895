"""An action that tells a charger what to do when nobody speaks to it for a while: its dead man's switch."""

from dataclasses import dataclass

from ....sources.reference import Reference
from .action import FALLBACK_A, TIMEOUT_S, ActionTemplate
from .binding import Call, Scene
from .readback import current_a, plain_number


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSafe:
    """For how long a charger waits, and with which current it goes on then; a time of 0 switches that off."""

    timeout_s: float
    fallback_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailSafeBinding:
    """The action is told the time, which is `timeout_s`, and the current; both may be shown.

    The charger counts the time from the last limit that it was told, so that one is repeated.
    """

    template: ActionTemplate
    timeout_s: float
    timeout_shown: Reference | None = None
    fallback_shown: Reference | None = None

    @property
    def entity_ids(self) -> tuple[str, ...]:
        """The entities that show what is set, and those that the action works on."""
        shown = (one.entity_id for one in (self.timeout_shown, self.fallback_shown) if one is not None)
        return tuple(dict.fromkeys((*self.template.entity_ids, *shown)))

    def call(self, wanted: FailSafe) -> Call:
        """Return what sets it."""
        return self.template.filled({TIMEOUT_S: wanted.timeout_s, FALLBACK_A: wanted.fallback_a})

    def shown(self, scene: Scene) -> FailSafe | None:
        """Return what is set; None where that is not shown."""
        if self.timeout_shown is None or self.fallback_shown is None:
            return None
        timeout_s, fallback_a = plain_number(self.timeout_shown, scene), current_a(self.fallback_shown, scene)
        if timeout_s is None or fallback_a is None:
            return None
        return FailSafe(timeout_s=timeout_s, fallback_a=fallback_a)
