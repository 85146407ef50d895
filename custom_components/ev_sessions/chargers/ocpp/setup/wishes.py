"""What we wish of every station, once for all versions: the table of settings and their values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ....core.station.authorisation import MASTER_PASS_GROUP
from ..asked import OUR_TOKEN
from ..quirks.quirk import Quirks
from .settings import Setting
from .told import Kind, Readout, items_of, joined, same

ENERGY: Final = "Energy.Active.Import.Register"
#: In the order of their worth: a station may take only the first few.
MEASURANDS: Final = (
    ENERGY,
    "Power.Active.Import",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "Power.Offered",
    "SoC",
)
#: What 2.1 calls otherwise; it has the former names as well, but not each station of it does.
_NAMES_21: Final = {
    "Current.Offered": "Current.Import.Offered",
    "Power.Offered": "Power.Import.Offered",
    "SoC": "Display.PresentSOC",
}
_YES: Final = "true"
_NO: Final = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the house wants of a station. `free`: whoever plugs in may charge."""

    measurands: tuple[str, ...] = MEASURANDS
    sample_interval_s: int = 10
    aligned_interval_s: int = 900
    heartbeat_s: int = 300
    ping_s: int = 30
    connection_timeout_s: int = 300
    local_list: bool = True
    free: bool = False
    currency: str | None = None  # of what a charge costs; None: nobody tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A setting and the value that it should have.

    `metering`: without it sessions are not exact. `without` must not be in a list, whatever else is.
    """

    setting: Setting
    value: str
    kind: Kind = Kind.TEXT
    metering: bool = False
    without: tuple[str, ...] = ()

    def granted(self, value: str | None) -> bool:
        """Tell whether a value is as good as the one that is wished; a list may hold more."""
        if self.kind is Kind.LIST:
            held = _lower(value)
            return _lower(self.value) <= held and held.isdisjoint(_lower(joined(self.without)))
        return same(self.kind, self.value, value)


def wishes(wanted: Wanted, readout: Readout, quirks: Quirks) -> Iterator[Wish]:
    """Yield what is wished of a station that tells `readout`, what matters most first."""
    yield from _metering(wanted, readout, quirks)
    yield from _signing(readout)
    yield from _transactions(wanted, quirks)
    if Setting.MASTER_PASS_GROUP in readout.told:
        yield Wish(setting=Setting.MASTER_PASS_GROUP, value=MASTER_PASS_GROUP)
    if wanted.free:
        yield from _free(readout)
    yield from _connection(wanted)
    yield from _features(wanted, readout)


def _metering(wanted: Wanted, readout: Readout, quirks: Quirks) -> Iterator[Wish]:
    interval_s = max(wanted.sample_interval_s, quirks.least_sample_interval_s or 0)
    measurands = joined(_measurands(wanted, readout, quirks))
    yield Wish(
        setting=Setting.SAMPLED_MEASURANDS,
        value=measurands,
        kind=Kind.LIST,
        metering=True,
        without=quirks.unwanted_measurands,
    )
    yield Wish(setting=Setting.SAMPLE_INTERVAL, value=str(interval_s), kind=Kind.NUMBER, metering=True)
    aligned_s = str(wanted.aligned_interval_s)
    yield Wish(setting=Setting.ALIGNED_MEASURANDS, value=ENERGY, kind=Kind.LIST)
    yield Wish(setting=Setting.ALIGNED_INTERVAL, value=aligned_s, kind=Kind.NUMBER)
    # What the stop brings along bridges an outage: quarter hours, which stay small in a day's session.
    yield Wish(setting=Setting.STOP_ALIGNED_MEASURANDS, value=ENERGY, kind=Kind.LIST)
    if Setting.STOP_ALIGNED_INTERVAL in readout.told:
        yield Wish(setting=Setting.STOP_ALIGNED_INTERVAL, value=aligned_s, kind=Kind.NUMBER)
    if Setting.START_MEASURANDS in readout.told:
        yield Wish(setting=Setting.START_MEASURANDS, value=ENERGY, kind=Kind.LIST)
    yield from _at_stop(readout, aligned_s)


def _measurands(wanted: Wanted, readout: Readout, quirks: Quirks) -> tuple[str, ...]:
    """Return the measurands that the station has, as far as it says; not more than it takes."""
    told = readout.told.get(Setting.SAMPLED_MEASURANDS)
    choices = readout.items(Setting.SUPPORTED_MEASURANDS) or (told.choices if told is not None else ())
    have = {choice.lower() for choice in choices}
    wished = [one for one in wanted.measurands if one not in quirks.unwanted_measurands]
    # A list without the register is not believed.
    if ENERGY.lower() in have:
        wished = [name for one in wished if (name := _as_listed(one, have)) is not None]
    most = readout.number(Setting.SAMPLED_MEASURANDS_MAX)
    return tuple(wished[:most] if most is not None and most > 0 else wished)


def _as_listed(measurand: str, have: set[str]) -> str | None:
    """Return what a station that has these (in small letters) calls a measurand; None where it lacks it."""
    names = (measurand, _NAMES_21.get(measurand, measurand))
    return next((name for name in names if name.lower() in have), None)


def _at_stop(readout: Readout, interval_s: str) -> Iterator[Wish]:
    """Yield what a stop brings along: the register alone, or a long session's would not fit into a message.

    In 1.6 these are as many values as samples were taken (§9.1.36), so only where they carry
    signatures, or where the station sends more than the register.
    """
    items = readout.items(Setting.STOP_MEASURANDS)
    interval = readout.number(Setting.STOP_INTERVAL)
    if interval is not None and 0 < interval < int(interval_s):
        yield Wish(setting=Setting.STOP_INTERVAL, value=interval_s, kind=Kind.NUMBER)
    if interval is not None or readout.switch(Setting.SIGN_SAMPLED) is not None or len(items) > 1:
        # Not as a list: more than this is not as good.
        yield Wish(setting=Setting.STOP_MEASURANDS, value=ENERGY)


def _signing(readout: Readout) -> Iterator[Wish]:
    """Yield what makes a station sign what it measures, where it offers that."""
    for setting in (Setting.SIGN_SAMPLED, Setting.SIGN_STARTED):
        if readout.switch(setting) is not None:
            yield Wish(setting=setting, value=_YES, kind=Kind.SWITCH)
    if (readout.value(Setting.PUBLIC_KEY) or "").lower() == "never":
        yield Wish(setting=Setting.PUBLIC_KEY, value="OncePerTransaction")


def _transactions(wanted: Wanted, quirks: Quirks) -> Iterator[Wish]:
    """Yield how transactions begin and end: we are asked while we are there, known tokens charge without us."""
    switches = {
        Setting.STOP_WHEN_UNPLUGGED: _YES,
        Setting.STOP_ON_INVALID_TOKEN: _YES,
        Setting.AUTHORISE_REMOTE_START: _NO,
        Setting.AUTHORISE_LOCALLY_FIRST: _NO,
        Setting.AUTHORISE_LOCALLY_OFFLINE: _YES,
        Setting.OFFLINE_UNKNOWN_TOKEN: _YES if wanted.free else _NO,
    }
    for setting, value in switches.items():
        yield Wish(setting=setting, value=value, kind=Kind.SWITCH)
    timeout_s = quirks.connection_timeout_s or wanted.connection_timeout_s
    yield Wish(setting=Setting.CONNECTION_TIMEOUT, value=str(timeout_s), kind=Kind.NUMBER)


#: What lets everybody charge, and is taken back where not everybody may any more.
FREE: Final = (Setting.AUTHORISATION, Setting.FREE_CHARGING)


def _free(readout: Readout) -> Iterator[Wish]:
    """Yield what has a station charge without asking anybody, where it can be told so."""
    values = {Setting.AUTHORISATION: _NO, Setting.FREE_CHARGING: _YES}
    for setting, value in values.items():
        if readout.switch(setting) is not None:
            yield Wish(setting=setting, value=value, kind=Kind.SWITCH)
    if readout.value(Setting.FREE_CHARGING_TOKEN) == "":
        yield Wish(setting=Setting.FREE_CHARGING_TOKEN, value=OUR_TOKEN.value)


def _connection(wanted: Wanted) -> Iterator[Wish]:
    yield Wish(setting=Setting.HEARTBEAT, value=str(wanted.heartbeat_s), kind=Kind.NUMBER)
    yield Wish(setting=Setting.PING, value=str(wanted.ping_s), kind=Kind.NUMBER)


def _features(wanted: Wanted, readout: Readout) -> Iterator[Wish]:
    """Yield what switches on what is there and switched off."""
    switchable = [Setting.SMART_CHARGING_ENABLED]
    if wanted.local_list:
        switchable.append(Setting.LOCAL_LIST_ENABLED)
    if wanted.currency is not None and Setting.COST_CURRENCY in readout.told:
        switchable.append(Setting.COST_ENABLED)
        yield Wish(setting=Setting.COST_CURRENCY, value=wanted.currency)
    for setting in switchable:
        if readout.switch(setting) is False:
            yield Wish(setting=setting, value=_YES, kind=Kind.SWITCH)


def _lower(text: str | None) -> frozenset[str]:
    return frozenset(item.lower() for item in items_of(text))
