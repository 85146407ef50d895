"""How often an EVSE is commanded: each command wears something, so the more there are, the more one has to bring."""

from dataclasses import dataclass
from math import exp, inf

#: What is longer ago counts ever less: by then to a third.
_MEMORY_S = 3600.0


@dataclass(frozen=True, slots=True)
class CommandRate:
    """The commands of about the last hour: how many there were when the last one was sent, in monotonic s."""

    count: float = 0.0
    sent_s: float = -inf

    def sent(self, now_s: float) -> CommandRate:
        """Return the rate after one more command."""
        return CommandRate(self.per_hour(now_s) + 1.0, now_s)

    def per_hour(self, now_s: float) -> float:
        """Return the commands per hour: of one that goes on like this for hours, the true one."""
        return self.count * exp(-max(0.0, now_s - self.sent_s) / _MEMORY_S)
