"""What is remembered of how a station takes limits, over restarts, until it has another firmware."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from .command_count import CommandCount
from .dead_mans_switch import Proof
from .limiting import DEFAULT_HOLD_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlMemory:
    """By which rung of the ladder a limit was set last, what was proved, and how many commands there were.

    `hold_s` is for how long the owner lets a limit hold that is not renewed.
    """

    rung: str | None = None
    firmware: str | None = None
    proof: Proof = Proof.NONE
    count: CommandCount = field(default_factory=CommandCount)
    hold_s: int = DEFAULT_HOLD_S

    def with_firmware(self, firmware: str | None) -> ControlMemory:
        """Return what still holds with a firmware: another one may take other ways. None: not told."""
        if firmware is None or firmware == self.firmware:
            return self
        known = self if self.firmware is None else ControlMemory(count=self.count, hold_s=self.hold_s)
        return replace(known, firmware=firmware)

    def to_json(self) -> dict[str, Any]:
        """Return it as the store keeps it."""
        count = self.count
        return {
            "rung": self.rung,
            "firmware": self.firmware,
            "proof": self.proof.value,
            "hold_s": self.hold_s,
            "count": {"day": count.day, "today": count.today, "before": count.before},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what the store kept; what it does not have is not known."""
        return cls(
            rung=data.get("rung"),
            firmware=data.get("firmware"),
            proof=Proof(data.get("proof", Proof.NONE)),
            count=CommandCount(**data.get("count", {})),
            hold_s=int(data.get("hold_s", DEFAULT_HOLD_S)),
        )
