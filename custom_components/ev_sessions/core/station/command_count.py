"""How many commands a station gets a day: it may keep each of them in flash, which wears out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandCount:
    """The commands of today, and of the last day before it that had any; `day` is ISO text."""

    day: str = ""
    today: int = 0
    before: int = 0

    def on(self, day: str) -> CommandCount:
        """Return the count as of a day."""
        return self if day == self.day else CommandCount(day=day, before=self.today or self.before)

    def counted(self, day: str) -> CommandCount:
        """Return the count after one more command."""
        known = self.on(day)
        return CommandCount(day=day, today=known.today + 1, before=known.before)
