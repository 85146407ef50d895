"""What the bindings share that command one entity."""

from dataclasses import dataclass
from typing import override

from ....sources.reference import Reference
from .binding import Binding
from .readback import shown_by, with_readback


@dataclass(frozen=True, slots=True, kw_only=True)
class OneEntity(Binding):
    """A binding of one entity, which shows what it was set to."""

    entity_id: str

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return (self.entity_id,)

    @property
    @override
    def shown_by(self) -> str | None:
        return self.entity_id


@dataclass(frozen=True, slots=True, kw_only=True)
class OneEntityReadBack(OneEntity):
    """A binding of one entity; `readback` shows what it was set to, where it does not show that itself."""

    readback: Reference | None = None

    @property
    @override
    def entity_ids(self) -> tuple[str, ...]:
        return with_readback((self.entity_id,), self.readback)

    @property
    @override
    def shown_by(self) -> str | None:
        return shown_by(self.readback, self.entity_id)
