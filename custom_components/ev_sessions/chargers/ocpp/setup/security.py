"""A station's password, and the way to a higher security profile."""

from dataclasses import dataclass
from enum import StrEnum
from secrets import choice
import string
from typing import Any, Final

from ..version import Version
from .calls import Calls
from .dialect import Dialect, Written
from .told import items_of

#: 1.6 security white paper, A00.FR.205: 16 to 20 bytes, sent as hexadecimal; 2.x takes 16 to 40 characters.
_PASSWORD_LENGTH: Final = 20
_PASSWORD_CHARACTERS: Final = string.ascii_letters + string.digits
_PASSWORD_KEY: Final = "AuthorizationKey"  # noqa: S105 -- the name of a setting
_PASSWORD_VARIABLE: Final = "SecurityCtrlr.BasicAuthPassword"  # noqa: S105 -- the name of a setting
_PROFILE_KEY: Final = "SecurityProfile"
_PRIORITY: Final = "OCPPCommCtrlr.NetworkConfigurationPriority"


class PasswordPush(StrEnum):
    """Which password a station comes with after it was given a new one."""

    NEW = "new"
    OLD = "old"
    EITHER = "either"  # it did not answer, or takes it up with its next start: both have to be good until one came


def new_password() -> str:
    """Return a password that every version takes."""
    return "".join(choice(_PASSWORD_CHARACTERS) for _ in range(_PASSWORD_LENGTH))


async def async_push_password(dialect: Dialect, version: Version, password: str) -> PasswordPush:
    """Give a station its password and tell with which it will come; raise GoneError.

    The new one has to be good before this is called: the station may come with it before it
    has answered. Nothing of this is remembered, nor can it be read again.
    """
    if version is Version.V16:
        name, value = _PASSWORD_KEY, password.encode().hex().upper()
    else:
        name, value = _PASSWORD_VARIABLE, password
    written = (await dialect.async_write({name: value}))[name]
    if written is Written.ACCEPTED:
        return PasswordPush.NEW
    return PasswordPush.OLD if written in {Written.REJECTED, Written.UNSUPPORTED} else PasswordPush.EITHER


class Upgrade(StrEnum):
    """How far the way to another security profile went."""

    AWAITING_RECONNECT = "awaiting_reconnect"
    PROFILE_REFUSED = "profile_refused"
    PRIORITY_REFUSED = "priority_refused"
    RESET_REFUSED = "reset_refused"  # all is set; it takes it up with its next start
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkProfile:
    """Where and how a station shall connect. `slot` is the place that it is written to; 2.x only."""

    url: str
    security_profile: int
    slot: int = 1
    message_timeout_s: int = 30
    interface: str = "Wired0"


async def async_upgrade(calls: Calls, dialect: Dialect, version: Version, profile: NetworkProfile) -> Upgrade:
    """Lead a station to another security profile; what it has stays behind the new one as its way back."""
    if version is Version.V16:
        # The station connects again by itself (A05); the address stays its own.
        written = await dialect.async_write({_PROFILE_KEY: str(profile.security_profile)})
        return await _async_restarted(calls, version, written[_PROFILE_KEY], refused=Upgrade.PROFILE_REFUSED)
    answer = await calls.async_ask("SetNetworkProfile", _network_profile(version, profile))
    if answer is None:
        return Upgrade.UNANSWERED
    if str(answer.get("status")).lower() != "accepted":
        return Upgrade.PROFILE_REFUSED
    told = await dialect.async_reread([_PRIORITY])
    held = told.get(_PRIORITY)
    slots = [slot for slot in items_of(held.value if held else None) if slot != str(profile.slot)]
    written = await dialect.async_write({_PRIORITY: ",".join([str(profile.slot), *slots])})
    return await _async_restarted(calls, version, written[_PRIORITY], refused=Upgrade.PRIORITY_REFUSED)


async def async_reset(calls: Calls, version: Version) -> bool:
    """Have a station start again as soon as that ends no charge; return whether it will; raise GoneError."""
    answer = await calls.async_ask("Reset", {"type": "Soft" if version is Version.V16 else "OnIdle"})
    return str((answer or {}).get("status")).lower() in {"accepted", "scheduled"}


async def _async_restarted(calls: Calls, version: Version, written: Written, *, refused: Upgrade) -> Upgrade:
    if written is Written.UNANSWERED:
        return Upgrade.UNANSWERED
    if not written.taken:
        return refused
    if version is Version.V16 and written is Written.ACCEPTED:
        return Upgrade.AWAITING_RECONNECT
    return Upgrade.AWAITING_RECONNECT if await async_reset(calls, version) else Upgrade.RESET_REFUSED


def _network_profile(version: Version, profile: NetworkProfile) -> dict[str, Any]:
    data: dict[str, Any] = {
        "ocppTransport": "JSON",
        "ocppCsmsUrl": profile.url,
        "messageTimeout": profile.message_timeout_s,
        "securityProfile": profile.security_profile,
        "ocppInterface": profile.interface,
    }
    if version is Version.V201:
        # 2.0.1 calls itself 2.0 here; 2.1 leaves it to the handshake.
        data["ocppVersion"] = "OCPP20"
    return {"configurationSlot": profile.slot, "connectionData": data}
