"""Bring a station's settings to what we wish: read, change what differs, read again."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
import logging
from typing import Final

from ....core.station.capabilities import Capabilities
from ..quirks.quirk import Quirks
from .calls import GoneError
from .dialect import Dialect, Written
from .learn import learn
from .memory import SettingChange, SettingsMemory
from .settings import Setting
from .told import Kind, Readout, Told, items_of, joined
from .wishes import ENERGY, FREE, Wanted, Wish, wishes

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupReport:
    """What became of a set-up; settings go by the names of the wire.

    `changed` took hold, as far as the station tells; `refused` it would not take, or has not;
    `ignored` it took and holds another value; `reboot` are in force after its next start only.
    `metering` are the measurands that it samples now; None where it does not tell.
    """

    capabilities: Capabilities = field(default_factory=Capabilities)
    changed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    reboot: tuple[str, ...] = ()
    metering: tuple[str, ...] | None = None
    #: Whether all was asked that was to be asked.
    complete: bool = True
    #: How strong the station's radio hears the network, where its settings tell.
    signal_dbm: float | None = None
    #: What is wished and what the station holds instead, for good: it was tried.
    settled: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def refuses_metering(self) -> bool:
        """Whether it is known that the station does not sample its register."""
        return self.metering is not None and ENERGY.lower() not in {one.lower() for one in self.metering}


#: Of these a station that does not speak of them is asked all the same.
_ALWAYS: Final = frozenset({Setting.SAMPLED_MEASURANDS, Setting.SAMPLE_INTERVAL})


async def async_configure(
    dialect: Dialect,
    *,
    wanted: Wanted,
    quirks: Quirks,
    memory: SettingsMemory,
    settled: Mapping[str, tuple[str, str | None]],
    anew: Collection[Setting] = (),
) -> SetupReport:
    """Set a station up and return what became of it. Raises GoneError where not even reading was possible.

    `settled` are wishes of an earlier set-up that the station would not grant: they are
    tried again only when the wish or what the station holds is another. `anew` is set
    though it stands as it should, for the station does not act as if it did.
    """
    readout = await dialect.async_read()
    earlier = await memory.async_changes()
    changes = _Changes(dialect, memory, readout, earlier)
    open_wishes = [
        (name, wish)
        for wish in (*wishes(wanted, readout, quirks), *_taken_back(dialect, wanted, earlier))
        if (name := dialect.name(wish.setting)) is not None
        and (wish.setting in anew or not wish.granted(readout.value(wish.setting)))
        and settled.get(name) != (wish.value, readout.value(wish.setting))
    ]
    complete = True
    try:
        await changes.async_make([one for one in open_wishes if one[1].kind is Kind.LIST and one[1].metering])
        await changes.async_make([one for one in open_wishes if not (one[1].kind is Kind.LIST and one[1].metering)])
        await changes.async_verify()
    except GoneError:
        _LOGGER.debug("The station went away while it was set up")
        complete = False
    after = changes.readout
    measurands = after.value(Setting.SAMPLED_MEASURANDS)
    return SetupReport(
        capabilities=learn(after, quirks),
        changed=tuple(changes.changed),
        refused=tuple(changes.refused),
        ignored=tuple(changes.ignored),
        reboot=tuple(changes.reboot),
        metering=None if measurands is None else items_of(measurands),
        complete=complete,
        signal_dbm=readout.signal_dbm,
        settled={name: one for name, one in settled.items() if name not in changes.tried} | changes.settled,
    )


def _taken_back(dialect: Dialect, wanted: Wanted, earlier: Mapping[str, SettingChange]) -> Iterator[Wish]:
    """Yield what let everybody charge and shall do so no more: as it was before us."""
    for setting in () if wanted.free else FREE:
        change = earlier.get(dialect.name(setting) or "")
        if change is not None and change.before is not None:
            yield Wish(setting=setting, value=change.before, kind=Kind.SWITCH)


class _Changes:
    """The changes of one set-up as they are made."""

    def __init__(
        self, dialect: Dialect, memory: SettingsMemory, readout: Readout, earlier: Mapping[str, SettingChange]
    ) -> None:
        self._dialect = dialect
        self._memory = memory
        self._earlier = earlier
        self.readout = readout
        self.tried: dict[str, Wish] = {}
        self.changed: list[str] = []
        self.refused: list[str] = []
        self.ignored: list[str] = []
        self.reboot: list[str] = []
        self.settled: dict[str, tuple[str, str | None]] = {}
        self._taken: dict[str, str] = {}

    async def async_make(self, wishes: list[tuple[str, Wish]]) -> None:
        """Send what is wished, but what the station says it has not or does not let be set."""
        values: dict[str, str] = {}
        for name, wish in wishes:
            self.tried[name] = wish
            if self.readout.refuses(wish.setting) and not self._worth_a_try(wish.setting):
                self._refuse(name)
            elif wish.kind is Kind.LIST:
                await self._async_reduce(name, items_of(wish.value))
            else:
                values[name] = wish.value
        await self._async_send(values)

    def _worth_a_try(self, setting: Setting) -> bool:
        return setting in _ALWAYS and setting not in self.readout.told

    async def _async_send(self, values: Mapping[str, str]) -> Mapping[str, Written]:
        for name, value in values.items():
            # Before it is sent: should we stop here, it can still be put back.
            before = self.readout.value(self.tried[name].setting)
            await self._memory.async_remember(name, before=before, after=value)
        written = await self._dialect.async_write(values) if values else {}
        for name, answer in written.items():
            if answer.taken:
                self._taken[name] = values[name]
                if answer is Written.REBOOT and name not in self.reboot:
                    self.reboot.append(name)
            elif name not in self._taken:
                await self._async_not_taken(name, answer)
        return written

    async def _async_not_taken(self, name: str, answer: Written) -> None:
        if answer is Written.UNANSWERED:
            # It may have taken it all the same.
            self._taken[name] = self.tried[name].value
            return
        await self._async_unremember(name)
        self._refuse(name)

    async def _async_unremember(self, name: str) -> None:
        """Take back what was remembered of a change that did not come about; one of an earlier set-up stays."""
        if (earlier := self._earlier.get(name)) is None:
            await self._memory.async_forget(name)
        else:
            await self._memory.async_remember(name, before=earlier.before, after=earlier.after)

    async def _async_reduce(self, name: str, items: tuple[str, ...]) -> None:
        """Set a list: as a whole, else one item after another, keeping those with which it is accepted."""
        written = await self._async_send({name: joined(items)})
        if written[name].taken or written[name] is Written.UNSUPPORTED or len(items) == 1:
            return
        accepted: list[str] = []
        for item in items:
            answer = await self._async_send({name: joined([*accepted, item])})
            if answer[name].taken:
                accepted.append(item)
                self._taken[name] = joined(accepted)
        if accepted and name in self.refused:
            self.refused.remove(name)

    def _refuse(self, name: str) -> None:
        if name not in self.refused:
            self.refused.append(name)
        wish = self.tried[name]
        self.settled[name] = (wish.value, self.readout.value(wish.setting))

    async def async_verify(self) -> None:
        """Read again what was taken: a station may say Accepted and do nothing, or round."""
        told = await self._dialect.async_reread(list(self._taken)) if self._taken else {}
        for name, value in self._taken.items():
            await self._async_judge(name, value, told.get(name))
        held = {self.tried[name].setting: one for name, one in told.items()}
        self.readout = Readout(
            told={**self.readout.told, **held}, unknown=self.readout.unknown, connectors=self.readout.connectors
        )

    async def _async_judge(self, name: str, value: str, told: Told | None) -> None:
        wish = self.tried[name]
        if told is None or told.value is None or name in self.reboot or wish.granted(told.value):
            # What it does not tell has to be believed.
            self.changed.append(name)
        elif told.value == self.readout.value(wish.setting):
            self.ignored.append(name)
            await self._async_unremember(name)
        else:
            self.changed.append(name)
        if told is not None and name not in self.reboot and not wish.granted(told.value):
            self.settled[name] = (wish.value, told.value)
        if value != wish.value or (told is not None and told.value not in {None, value}):
            await self._async_correct(name, value if told is None or told.value is None else told.value)

    async def _async_correct(self, name: str, after: str) -> None:
        """Remember what is really held, for putting it back asks whether it still is."""
        if name in self.changed:
            before = self.readout.value(self.tried[name].setting)
            await self._memory.async_remember(name, before=before, after=after)
