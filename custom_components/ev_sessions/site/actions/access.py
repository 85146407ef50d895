"""What a person may see and change: who is no admin needs the right to a charger's status entity."""

from collections.abc import Sequence
from dataclasses import dataclass

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import UnknownUser
from homeassistant.helpers import entity_registry as er

from ...const import DOMAIN
from ..evse.evse import EvseRuntime


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The rights behind a call; without a user it is Home Assistant itself, which may all."""

    hass: HomeAssistant
    user: User | None

    @property
    def is_admin(self) -> bool:
        """Whether nothing is hidden."""
        return self.user is None or self.user.is_admin

    @property
    def who(self) -> str:
        """The name in the audit trail."""
        return "system" if self.user is None else self.user.id

    def may_read(self, evse: EvseRuntime) -> bool:
        """Whether the sessions of an EVSE may be seen."""
        return self._may(evse, POLICY_READ)

    def may_control(self, evse: EvseRuntime) -> bool:
        """Whether an EVSE may be commanded, and its sessions edited."""
        return self._may(evse, POLICY_CONTROL)

    def may_control_site(self, evses: Sequence[EvseRuntime]) -> bool:
        """Whether what is done may touch the sessions of a whole site; one without chargers is for admins."""
        return self.is_admin or (bool(evses) and all(self.may_control(evse) for evse in evses))

    def _may(self, evse: EvseRuntime, policy: str) -> bool:
        if self.user is None or self.user.is_admin:
            return True
        unique_id = f"{evse.charger_id}_{evse.evse}_status"
        entity_id = er.async_get(self.hass).async_get_entity_id("sensor", DOMAIN, unique_id)
        return entity_id is not None and self.user.permissions.check_entity(entity_id, policy)


async def async_access(hass: HomeAssistant, context: Context) -> Access:
    """Return the rights of who is behind a context."""
    if context.user_id is None:
        return Access(hass=hass, user=None)
    user = await hass.auth.async_get_user(context.user_id)
    if user is None:
        raise UnknownUser(context=context)
    return Access(hass=hass, user=user)
