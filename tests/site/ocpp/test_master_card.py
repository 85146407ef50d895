"""A card that ends any charge and begins none: by the station itself where it knows such cards, else from here."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.ev_sessions.core.id_token import IdToken, TokenState
from custom_components.ev_sessions.core.station.authorisation import MASTER_PASS_GROUP
from tests.actions.past import act
from tests.chargers.ocpp.rig import until

from .test_sessions import simulated, started
from .test_set_up import service_of, set_up

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize(("version", "reason"), [("1.6", "RemoteStop"), ("2.0.1", "MasterPass"), ("2.1", "MasterPass")])
async def test_a3_c47_c49_master_card_ends_what_runs_and_begins_nothing(
    hass: HomeAssistant, tmp_path: Path, version: str, reason: str
) -> None:
    async with started(hass, tmp_path, evses=2) as (entry, port):
        cards = entry.runtime_data.cards
        for value, state in (("TAG1", TokenState.ACCEPTED), ("TAG2", TokenState.ACCEPTED), ("BOSS", TokenState.MASTER)):
            await cards.async_put(IdToken(value=value), state, who="test")
        station = simulated(port, version, evses=2)
        async with station.running(accepted_s=5):
            await set_up(entry)
            knows = service_of(entry).capabilities.master_pass
            assert knows == (version != "1.6")
            if knows:
                assert station.dialect.settings["AuthCtrlr.MasterPassGroupId"].value == MASTER_PASS_GROUP
            # The station's own list, for the time in which nobody answers it.
            await until(lambda: "BOSS" in station.local_list)
            assert station.local_list["BOSS"] == ("Accepted" if knows else "Blocked")

            station.plug_in(1)
            assert not await station.present("BOSS", 1)
            assert station.connectors[1].transaction is None

            station.plug_in(2)
            assert await station.present("TAG1", 1)
            assert await station.present("TAG2", 2)
            await station.line.flush()
            assert not await station.present("BOSS", 1)
            await until(lambda: all(one.transaction is None for one in station.connectors.values()))
            await station.line.flush()
            assert any(reason in text for _, text in station.line.frames)
            await hass.async_block_till_done()
            sessions = (await act(hass, "get_sessions", include_empty=True))["sessions"]
        assert sorted(one["evse"] for one in sessions) == [1, 2]
        for session in sessions:
            assert [one["end"] is None for one in session["transactions"]] == [False]
