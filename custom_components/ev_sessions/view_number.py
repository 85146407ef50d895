"""A number over a view."""

from typing import override

from homeassistant.components.number import NumberEntity

from .entity import ViewEntity


class ViewNumber[ViewT](ViewEntity[ViewT, float], NumberEntity):
    """A number that shows a part of a view."""

    @property
    @override
    def native_value(self) -> float | None:
        return self.shown_value
