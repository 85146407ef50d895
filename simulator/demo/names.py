"""What the entity registry calls the entities that the demo shows and checks."""

from dataclasses import dataclass
from typing import Any

from simulator.demo.brands import CHARGERS
from simulator.hass.client import HassClient, HassError

_OURS = "ev_sessions"
_SOURCE = "ev_house"
_BRANDS = {charger.name: charger for charger in CHARGERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Entity ids by what they mean: unique ids are the integration's contract, entity ids are the user's."""

    entry_id: str
    chargers: dict[str, str]  # title -> subentry id
    circuits: dict[str, str]  # the same
    by_unique_id: dict[tuple[str, str], str]

    @classmethod
    async def read(cls, client: HassClient, entry_id: str | None = None) -> Names:
        """Read the registries; where there are several sites, `entry_id` tells of which."""
        if entry_id is None:
            (entry,) = await client.entries(_OURS)
            entry_id = str(entry["entry_id"])
        subentries: list[Any] = await client.command("config_entries/subentries/list", entry_id=entry_id)
        return cls(
            entry_id=entry_id,
            chargers=_titles(subentries, "charger"),
            circuits=_titles(subentries, "circuit"),
            by_unique_id={
                (entity["platform"], entity["unique_id"]): entity["entity_id"] for entity in await client.entities()
            },
        )

    @property
    def places(self) -> list[tuple[str, int]]:
        """Return title and number of each EVSE."""
        found = []
        for title, subentry_id in self.chargers.items():
            evse = 1
            while (_OURS, f"{subentry_id}_{evse}_status") in self.by_unique_id:
                found.append((title, evse))
                evse += 1
        return found

    def of_charger(self, title: str, key: str, evse: int = 1) -> str:
        """Return our entity of a charger's EVSE."""
        return self._find(_OURS, f"{self.chargers[title]}_{evse}_{key}")

    def of_circuit(self, title: str, key: str) -> str:
        """Return our entity of a circuit."""
        return self._find(_OURS, f"{self.circuits[title]}_{key}")

    def is_brands(self, title: str) -> bool:
        """Tell whether a charger is reached through a brand's integration."""
        return title in _BRANDS

    def of_site(self, key: str) -> str:
        """Return our entity of the site."""
        return self._find(_OURS, f"{self.entry_id}_{key}")

    def drawn(self, title: str) -> str:
        """Return the brand's own entity of what a charger's car draws on its first line."""
        return self._find(_BRANDS[title].domain, _BRANDS[title].drawn)

    def register(self, title: str) -> str:
        """Return the brand's own register of a charger."""
        return self._find(_BRANDS[title].domain, _BRANDS[title].register)

    def meter(self, key: str) -> str:
        """Return the meter's entity."""
        return self._find(_SOURCE, f"meter_{key}")

    def _find(self, platform: str, unique_id: str) -> str:
        try:
            return self.by_unique_id[platform, unique_id]
        except KeyError:
            raise HassError(f"{platform} has no entity {unique_id}") from None


def _titles(subentries: list[Any], kind: str) -> dict[str, str]:
    return {one["title"]: one["subentry_id"] for one in subentries if one["subentry_type"] == kind}
