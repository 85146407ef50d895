"""What a station can be set to, whatever a version calls it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Setting:
    """One setting. `secret`: it can be written, and is not shown."""

    value: str
    readonly: bool = False
    secret: bool = False
    was_set: bool = False  # somebody has set it, be it to what it was

    @property
    def is_true(self) -> bool:
        """Tell whether it is on."""
        return self.value.lower() == "true"

    @property
    def number(self) -> float:
        """Return it as a number; 0 where it is none."""
        try:
            return float(self.value)
        except ValueError:
            return 0.0

    @property
    def words(self) -> tuple[str, ...]:
        """Return its list."""
        return tuple(word.strip() for word in self.value.split(",") if word.strip())


class Settings[K]:
    """All settings of a station, by whatever key its version has."""

    def __init__(self, settings: dict[K, Setting]) -> None:
        self._settings = settings

    def __getitem__(self, key: K) -> Setting:
        """Return one."""
        return self._settings[key]

    def __contains__(self, key: object) -> bool:
        """Tell whether there is one."""
        return key in self._settings

    def __iter__(self) -> Iterator[K]:
        """Return their keys."""
        return iter(self._settings)

    def kept(self) -> dict[K, str]:
        """Return what can be set and shown, as it would outlive a power cut."""
        return {
            key: setting.value for key, setting in self._settings.items() if not setting.readonly and not setting.secret
        }

    def recall(self, kept: Mapping[K, str]) -> None:
        """Take back what was kept."""
        for key, value in kept.items():
            if key in self._settings:
                self._settings[key].value = value

    def change(self, key: K, value: str, *, measurands: tuple[str, ...] | None = None) -> str:
        """Set one and return the answer: Accepted, Rejected or Unknown. `measurands`: what a list may hold."""
        if (setting := self._settings.get(key)) is None:
            return "Unknown"
        if setting.readonly:
            return "Rejected"
        if measurands is not None and not {word.strip() for word in value.split(",") if word} <= {*measurands}:
            return "Rejected"
        if setting.value.lstrip("-").isdigit() and not value.lstrip("-").isdigit():
            return "Rejected"
        setting.value, setting.was_set = value, True
        return "Accepted"
